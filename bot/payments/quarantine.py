"""Payments that claim to be ours and don't fit: staff see why, and decide."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.models import Origin, Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.session_repository import SessionRepository
from bot.errors import Refusal
from bot.jobs.worker import Clock, Worker
from bot.payments.event_repository import EventRepository
from bot.payments.matching import MatchedSale
from bot.payments.models import Decision, SubscriptionRecord
from bot.payments.observations import Observation, Source, observation_from_json
from bot.payments.orders import Payments
from bot.payments.quarantine_repository import QuarantinedPayment, QuarantineRepository
from bot.payments.repository import PaymentRepository
from bot.references import new_reference
from bot.snowflakes import snowflake
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import Text, ntext, text


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """One payment of those that wait; `number` counts from 1."""

    held: QuarantinedPayment
    number: int
    of: int


class Quarantine:
    def __init__(self, database: UnitOfWork, payments: Payments, currency: str, clock: Clock) -> None:
        self._database = database
        self._payments = payments
        self._currency = currency
        self._clock = clock

    async def waiting(self, guild_id: int, after: str | None = None) -> QuarantineEntry | None:
        """What nobody has decided on: the first, or the one that follows a reference, round and round."""
        async with self._database.read() as tx:
            references = await QuarantineRepository(tx).waiting(guild_id)
            if not references:
                return None
            index = references.index(after) + 1 if after in references else 0
            index %= len(references)
            return QuarantineEntry(await _find(tx, guild_id, references[index]), index + 1, len(references))

    async def one(self, guild_id: int, reference: str) -> QuarantineEntry:
        """That payment, and where it stands among all. Raises payment_unknown or decided_already."""
        async with self._database.read() as tx:
            held = await _find(tx, guild_id, reference)
            references = await QuarantineRepository(tx).waiting(guild_id)
        if reference not in references:
            raise decided_already()
        return QuarantineEntry(held, references.index(reference) + 1, len(references))

    async def dismiss(self, guild_id: int, reference: str, *, by: int) -> None:
        """It doesn't count, now or later. Raises payment_unknown or decided_already."""
        async with self._database.write() as tx:
            held = await _find(tx, guild_id, reference)
            if not await self._payments.dismiss(tx, held, Decision.DISMISSED, by=by):
                raise decided_already()

    async def accept(self, origin: Origin, reference: str, member_id: int, *, by: int) -> Sale:
        """It counts, for this member: its sale if it is theirs, else a sale of what was paid.

        Raises payment_unknown or decided_already.
        """
        async with self._database.write() as tx:
            held = await _find(tx, origin.guild_id, reference)
            if not await QuarantineRepository(tx).decide(
                held.id, Decision.ACCEPTED, by=by, now=self._clock()
            ):
                raise decided_already()
            seen = replace(observation_of(held), source=Source.STAFF)
            matched = await self._matched_sale(tx, held, origin, member_id)
            await self._payments.accept(tx, seen, matched)
            if held.order_number:
                # Its subscription, say, which was of no sale that we knew.
                await EventRepository(tx).reconsider(self._clock(), order_numbers={held.order_number})
            return await SaleRepository(tx).by_id(matched.sale.id)

    async def _matched_sale(
        self, tx: Transaction, held: QuarantinedPayment, origin: Origin, member_id: int
    ) -> MatchedSale:
        seen = observation_of(held)
        assert seen.order is not None  # noqa: S101  # only orders are held
        named = await SessionRepository(tx).session_named(held.order_number) if held.order_number else None
        if held.sale_id is not None:
            sale = await SaleRepository(tx).by_id(held.sale_id)
            if sale.buyer_id == member_id and named is not None and named[0] == sale.id:
                return MatchedSale(sale, named[1])
            renewed = await _renewed(tx, sale, seen) if named is None else None
            if sale.buyer_id == member_id and renewed is not None:
                return MatchedSale(sale, None, renewed)
        sale_id, session = await SaleRepository(tx).recover(
            member_id,
            member_id,
            origin,
            self._payments.matching.basket_of(seen.order, self._currency),
            kind="purchase",
            reference=new_reference(),
            session_id=None if named else held.order_number,
            made=seen.order.made_by(self._clock()),
            now=self._clock(),
        )
        found = await SessionRepository(tx).session_by_id(session)
        return MatchedSale(
            await SaleRepository(tx).by_id(sale_id), found[1] if found else None, recovered=True
        )


def observation_of(held: QuarantinedPayment) -> Observation:
    """What was seen of it."""
    return observation_from_json(held.observation)


async def _renewed(tx: Transaction, sale: Sale, seen: Observation) -> SubscriptionRecord | None:
    """The sale's subscription that the payment is another period of; it need not say so."""
    if seen.subscription is None or seen.subscription.id is None:
        return await PaymentRepository(tx).subscription_of(sale.id)
    known = await PaymentRepository(tx).subscription(seen.subscription.id)
    return known[0] if known is not None and known[0].sale_id == sale.id else None


async def _find(tx: Transaction, guild_id: int, reference: str) -> QuarantinedPayment:
    held = await QuarantineRepository(tx).named(reference, guild_id)
    if held is None:
        raise Refusal(
            "payment_unknown",
            text("This payment isn't here anymore. See what's left in /store quarantine."),
        )
    return held


# --- tells staff of payments in quarantine that are of no sale of ours, gathered ----------------------


TOLD_EVERY: Final = timedelta(minutes=30)
"""The first is told at once, and what comes meanwhile together."""
_AT_ONCE: Final = 500
"""Payments that are read in one go: there may be any number, and a statement takes only so many values."""


class QuarantineNotes:
    """`servers` are those that are served."""

    def __init__(self, database: UnitOfWork, servers: Callable[[], Collection[int]], clock: Clock) -> None:
        self._database = database
        self._servers = servers
        self._clock = clock
        self.worker = Worker(
            self.tell,
            name="notes of the quarantine",
            clock=clock,
            queue=Queue.QUARANTINE,
            needs_servers=True,
        )

    async def tell(self) -> datetime | None:
        """Write the notes that are due; returns when (UTC) the next ones are."""
        async with self._database.read() as tx:
            page = await QuarantineRepository(tx).untold(after=0, limit=_AT_ONCE)
            last = await QuarantineRepository(tx).last_told()
        if not page:
            return None
        now = self._clock()
        if not self._servers():
            return now + TOLD_EVERY
        if last is not None and last + TOLD_EVERY > now:
            return last + TOLD_EVERY
        counts: Counter[int] = Counter()
        told: list[list[int]] = []
        while page:
            counts.update(guild_id for held in page for guild_id in self._told_of(held))
            told.append([held.id for held in page])
            async with self._database.read() as tx:
                page = await QuarantineRepository(tx).untold(after=page[-1].id, limit=_AT_ONCE)
        async with self._database.write() as tx:
            for guild_id, count in counts.items():
                await StaffRepository(tx).write_note(StaffNote(guild_id, "held", _text(count)), now)
            for ids in told:
                await QuarantineRepository(tx).mark_told(ids, now)
        return None

    def _told_of(self, held: QuarantinedPayment) -> Collection[int]:
        """The server that it names, if that is one of ours, else all of them."""
        order = observation_of(held).order
        named = snowflake(order.metadata.get("discord_guild_id", "")) if order else None
        servers = self._servers()
        return [named] if named is not None and named in servers else servers


def _text(count: int) -> Text:
    # It may name this server, another one, or none.
    return ntext(
        "A payment claims to be from this bot, but matches no purchase. Decide about it "
        "in /store quarantine.",
        "{count} payments claim to be from this bot, but match no purchase. Decide about "
        "them in /store quarantine.",
        count,
    )


def decided_already() -> Refusal:
    return Refusal(
        "decided_already",
        text("Someone already decided this. See what's left in /store quarantine."),
    )
