"""Payments that claim to be ours and don't fit: staff see why, and decide."""

from collections.abc import Callable, Sequence
from typing import Final

from bot.alarm import Clock
from bot.errors import DecidedAlready, PurchaseUnknown
from bot.pandabase.schemas.orders import StoreOrder
from bot.payments.claims import Claim, basket_of
from bot.payments.observations import Observation, Source
from bot.payments.quarantine_repository import QuarantinedPayment
from bot.payments.service import Payments
from bot.payments.verdicts import Decision
from bot.sales.models import Place, Sale, new_reference
from bot.storage.unit_of_work import Transaction, UnitOfWork

SHOWN: Final = 25
"""Most that are read at once; staff look at one after the other."""


class Quarantine:
    """`changed` is called after something was accepted: others have work then."""

    def __init__(
        self,
        database: UnitOfWork,
        payments: Payments,
        currency: str,
        *,
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._currency = currency
        self._changed = changed
        self._clock = clock

    async def waiting(self, guild_id: int) -> Sequence[QuarantinedPayment]:
        """What nobody has decided on, oldest first."""
        async with self._database.read() as tx:
            return await tx.quarantine.waiting(guild_id, limit=SHOWN)

    async def find(self, guild_id: int, reference: str) -> QuarantinedPayment:
        """Raises PurchaseUnknown."""
        async with self._database.read() as tx:
            return await _find(tx, guild_id, reference)

    async def dismiss(self, guild_id: int, reference: str, *, by: int) -> None:
        """It doesn't count, now or later. Raises PurchaseUnknown or DecidedAlready."""
        async with self._database.write() as tx:
            held = await _find(tx, guild_id, reference)
            if not await tx.quarantine.decide(held.id, Decision.DISMISSED, by=by, now=self._clock()):
                raise DecidedAlready

    async def accept(self, place: Place, reference: str, member_id: int, *, by: int) -> Sale:
        """It counts, for this member: its sale if it is theirs, else a sale of what was paid.

        Raises PurchaseUnknown or DecidedAlready.
        """
        async with self._database.write() as tx:
            held = await _find(tx, place.guild_id, reference)
            if not await tx.quarantine.decide(held.id, Decision.ACCEPTED, by=by, now=self._clock()):
                raise DecidedAlready
            seen = observation_of(held).model_copy(update={"source": Source.STAFF})
            assert seen.order is not None  # noqa: S101  # only orders are held
            claim = await self._claim(tx, held, seen.order, place, member_id)
            await self._payments.accept(tx, seen, claim)
            sale = await tx.sales.by_id(claim.sale.id)
        self._changed()
        return sale

    async def _claim(
        self, tx: Transaction, held: QuarantinedPayment, order: StoreOrder, place: Place, member_id: int
    ) -> Claim:
        named = await tx.sales.session_named(held.order_number) if held.order_number else None
        if held.sale_id is not None:
            sale = await tx.sales.by_id(held.sale_id)
            if sale.buyer_id == member_id:
                return Claim(sale, named[1] if named and named[0] == sale.id else None)
        sale_id, session = await tx.sales.recover(
            member_id,
            member_id,
            place,
            basket_of(order, self._currency),
            kind="purchase",
            reference=new_reference(),
            session_id=None if named else held.order_number,
            now=self._clock(),
        )
        found = await tx.sales.session_by_id(session)
        return Claim(await tx.sales.by_id(sale_id), found[1] if found else None, recovered=True)


def observation_of(held: QuarantinedPayment) -> Observation:
    """What was seen of it."""
    return Observation.model_validate(held.observation)


async def _find(tx: Transaction, guild_id: int, reference: str) -> QuarantinedPayment:
    held = await tx.quarantine.named(reference, guild_id)
    if held is None:
        raise PurchaseUnknown
    return held
