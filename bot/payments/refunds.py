"""Giving a payment back through the store, when staff say so."""

import hashlib
import logging
from dataclasses import dataclass
from typing import Final

from bot.checkout.refusals import button_from_before
from bot.checkout.repository import SaleRepository
from bot.checkout.states import MoneyState
from bot.errors import NotFound, PandabaseError, Rejected
from bot.jobs.worker import Clock
from bot.payments.models import OrderRecord, PaymentEvent
from bot.payments.observations import Observation
from bot.payments.orders import Payments
from bot.payments.provider import PaymentProvider, RefundReason
from bot.payments.refusals import RefundFailed, cant_refund, no_money_to_refund
from bot.payments.repository import PaymentRepository
from bot.storage.queues import Mark, Queue
from bot.storage.transaction import UnitOfWork
from bot.texts import text

log = logging.getLogger(__name__)

_WHERE_INSTEAD: Final = text(
    "See what's left in /store quarantine. You can refund any payment in Pandabase's dashboard."
)
_LONGEST_KEY: Final = 32
"""Characters of an Idempotency-Key; source: Pandabase's core OpenAPI file."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """An order whose refund the store took; `is_followed` says that it shows it, and all of it is written."""

    order: OrderRecord
    is_followed: bool


class Refunds:
    """`api` is None without a token of the store; `mark` has refunds looked for that it has not told of."""

    def __init__(
        self,
        database: UnitOfWork,
        payments: Payments,
        api: PaymentProvider | None,
        *,
        mark: Mark,
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._api = api
        self._mark = mark
        self._clock = clock

    async def order(self, guild_id: int, reference: str) -> OrderRecord:
        """A paid order of this server by its reference. Raises button_from_before or cant_refund."""
        async with self._database.read() as tx:
            found = await PaymentRepository(tx).order_named(reference)
            sale = await SaleRepository(tx).by_id(found.sale_id) if found else None
        if found is None or sale is None or sale.guild_id != guild_id:
            raise button_from_before(_WHERE_INSTEAD)
        if found.money is not MoneyState.PAID:
            raise no_money_to_refund(found.money)
        return found

    async def refund(self, guild_id: int, reference: str, reason: RefundReason) -> Refunded:
        """Give all of it back. Raises as `order` does, RefundFailed, and Rejected or NotFound."""
        found = await self.order(guild_id, reference)
        if self._api is None:
            raise cant_refund(
                text("This bot can't refund without pandabase.api_token. Refund it in Pandabase's dashboard.")
            )
        try:
            await self._api.refund(found.order_id, reason, idempotency_key=idempotency_key(found.order_id))
        except (Rejected, NotFound):
            raise  # the store's own words
        except PandabaseError as error:
            self._mark(Queue.REFUNDS, None)  # it may have happened
            raise RefundFailed(error, self._api.scopes.refunds) from error
        # The store took it: whatever goes wrong or isn't shown from here on is found by the sweep.
        try:
            asked = self._clock()
            now = await self._api.order(found.order_id)
            async with self._database.write() as tx:
                await self._payments.observe(tx, Observation.of_order(now, asked))
            is_shown = now.event is PaymentEvent.REFUNDED
        except Exception:
            log.exception(
                "The store took the refund of order %s; what follows from it waits for the store",
                found.order_id,
            )
            is_shown = False
        if not is_shown:
            self._mark(Queue.REFUNDS, None)
        return Refunded(found, is_followed=is_shown)


def idempotency_key(order_id: str) -> str:
    """The same for the same order, whatever became of our rows, and another for every other."""
    return f"refund-{hashlib.sha256(order_id.encode()).hexdigest()}"[:_LONGEST_KEY]
