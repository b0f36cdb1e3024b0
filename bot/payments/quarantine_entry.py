"""Holding back payments that don't fit, until staff or the store itself decide."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.checkout.models import Sale
from bot.jobs.worker import Clock
from bot.payments.events import QuarantineChanged
from bot.payments.models import Decision, ObservationResult
from bot.payments.observations import observation_as_json
from bot.payments.order_changes import OrderObservation
from bot.payments.payment_notes import note_of_sale
from bot.payments.provider import Order
from bot.payments.quarantine_repository import QuarantinedPayment, QuarantineRepository
from bot.payments.retention import order_as_kept
from bot.payments.verification import SENTENCES, Reason
from bot.snowflakes import snowflake
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction
from bot.texts import joined, text

log = logging.getLogger(__name__)


class QuarantineWriter:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def put(
        self,
        tx: Transaction,
        observed: OrderObservation,
        sale: Sale | None,
        reasons: list[Reason],
        *,
        wait: timedelta = timedelta(),
    ) -> ObservationResult:
        """Hold it back, and have staff and its payer told after a `wait`, if it is still held then."""
        order = observed.order
        values: dict[str, Any] = {
            "reasons": list(reasons),
            "observation": observation_as_json(replace(observed.seen, order=order_as_kept(order))),
        }
        known = await QuarantineRepository(tx).order(order.id, order.order_number)
        if known is not None:
            if known.decision is None and order.items is not None:
                await QuarantineRepository(tx).observe_again(
                    known.id, order_id=order.id or known.order_id, **values
                )
            return ObservationResult.QUARANTINED
        quarantined = await self._add(tx, order, sale, values)
        if sale is not None:
            what = text(
                "A payment doesn't match its purchase. Decide about it in /store quarantine. {why}",
                why=joined(" ", (SENTENCES[reason] for reason in reasons)),
            )
            note = note_of_sale(sale, _key(quarantined), what)
            await StaffRepository(tx).write_note(note, self._clock(), wait=wait)
            await tx.publish(QuarantineChanged(sale.id, self._clock() + wait))
        return ObservationResult.QUARANTINED

    async def _add(
        self, tx: Transaction, order: Order, sale: Sale | None, values: dict[str, Any]
    ) -> QuarantinedPayment:
        member = order.metadata.get("discord_user_id", "")
        quarantined = await QuarantineRepository(tx).put(
            order_id=order.id or order.order_number,
            order_number=order.order_number,
            sale_id=sale.id if sale else None,
            guild_id=sale.guild_id if sale else None,
            member_id=sale.buyer_id if sale else snowflake(member),
            created_at=self._clock(),
            **values,
        )
        log.warning(
            "Order %s is in quarantine as %s: %s",
            quarantined.order_id,
            quarantined.reference,
            ", ".join(quarantined.reasons),
        )
        return quarantined

    async def release(self, tx: Transaction, quarantined: QuarantinedPayment) -> None:
        """It fits after all, by what the store told since."""
        await QuarantineRepository(tx).decide(quarantined.id, Decision.FITS, by=None, now=self._clock())
        await StaffRepository(tx).withdraw_notes(_key(quarantined))


def _key(quarantined: QuarantinedPayment) -> str:
    return f"quarantine:{quarantined.reference}"
