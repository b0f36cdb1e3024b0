"""What costs nothing: staff give it, or members take what is free."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.access.service import Access
from bot.catalog.availability import Line
from bot.checkout.models import Basket, Buyer, FreeOfCharge, Origin, Sale
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.models import Benefit
from bot.fulfilment.repository import FulfilmentRepository
from bot.giving.refusals import given_just_now, has_it_already, not_given_here, nothing_to_give, taken_before
from bot.giving.repository import GivingRepository
from bot.jobs.worker import Clock
from bot.payments.events import OrderChanged
from bot.payments.models import PaymentEvent
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork

JUST_NOW: Final = timedelta(minutes=1)
"""The same is given to the same member once in this time, whoever gives it."""


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A sale without money, and the benefits that it earns."""

    sale: Sale
    benefits: tuple[Benefit, ...]


class Giving:
    def __init__(
        self, database: UnitOfWork, access: Access, benefits: Benefits, audit: Audit, clock: Clock
    ) -> None:
        self.access = access
        self._database = database
        self._benefits = benefits
        self._audit = audit
        self._clock = clock

    async def givable(self, guild_id: int) -> list[tuple[str, str, str | None]]:
        """What gives something in the server: its title, and the ids of product and variant."""
        found = [benefit for benefit, _ in await self._benefits.all(guild_id)]
        return list(dict.fromkeys((each.title, each.product_id, each.variant_id) for each in found))

    async def give(
        self, origin: Origin, member_id: int, line: Line, *, days: int | None, reason: str | None, by: int
    ) -> HandedOut:
        """Give a member what the product earns; it ends after `days`, else as its benefits say.

        Raises nothing_to_give, has_it_already, given_just_now, role_unfit, role_out_of_reach and NotHere.
        """
        basket = Basket((line,))
        if not await self._benefits.require_givable(origin.guild_id, basket.lines, member_id, by=by):
            raise nothing_to_give(line.title)
        now = self._clock()
        async with self._database.write() as tx:
            standing = await FulfilmentRepository(tx).earned_by(origin.guild_id, basket.lines, member_id)
            if standing and all(each.is_held for each in standing):
                raise has_it_already(member_id, line.title)
            lately = now - JUST_NOW
            if await GivingRepository(tx).was_given(
                origin.guild_id, member_id, basket.fingerprint, since=lately
            ):
                raise given_just_now(member_id, line.title)
            given = FreeOfCharge(by, days, reason)
            sale = await self._hand_out(tx, origin, member_id, basket, given)
            if sale is None:
                raise given_just_now(member_id, line.title)
            details = {
                "product": line.title,
                "member": member_id,
                "days": days,
                "reason": reason,
                "sale": sale.reference,
            }
            await self._audit.write(tx, AuditEntry(origin.guild_id, AuditAction.GIVEN, by, details=details))
        return HandedOut(sale, tuple(each.benefit for each in standing))

    async def take(self, buyer: Buyer, origin: Origin, line: Line) -> HandedOut:
        """What a free product earns here, for the member who asks, once.

        Raises not_given_here, taken_before, CantBeDelivered, NotHere, and what `Access.require` does.
        """
        basket = Basket((line,))
        await self.access.require(origin.guild_id, buyer.id, basket)
        earned = await self._benefits.require_deliverable(buyer, origin, basket)
        if not earned:
            raise not_given_here(line.title)
        async with self._database.write() as tx:
            self.access.require_now(origin.guild_id, buyer.id, basket)
            sale = await self._hand_out(tx, origin, buyer.id, basket, FreeOfCharge(None))
            if sale is None:
                raise taken_before()
        return HandedOut(sale, tuple(each.benefit for each in earned))

    async def _hand_out(
        self, tx: Transaction, origin: Origin, member_id: int, basket: Basket, given: FreeOfCharge
    ) -> Sale | None:
        now = self._clock()
        fingerprint = basket.fingerprint if given.by is not None else _taken(basket)
        added = await GivingRepository(tx).add(
            member_id, origin, basket, given, fingerprint=fingerprint, now=now
        )
        if added is None:
            return None
        sale, order = added
        # Roles, message and sales log follow it as they follow a payment.
        await tx.publish(OrderChanged(sale, order, PaymentEvent.PAID, said=now, at=now))
        return sale


def _taken(basket: Basket) -> str:
    """What is free is taken once, whichever variant."""
    products = [line.product_id for line in basket.lines]
    return hashlib.sha256(json.dumps(["free", products]).encode()).hexdigest()
