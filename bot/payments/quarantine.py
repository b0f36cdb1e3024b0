"""Payments that claim to be ours and don't fit: staff see why, and decide."""

from dataclasses import dataclass, replace

from bot.checkout.models import AnyLine, Origin, Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.session_repository import SessionRepository
from bot.checkout.states import SaleKind
from bot.jobs.worker import Clock
from bot.payments.event_repository import EventRepository
from bot.payments.events import QuarantineChanged
from bot.payments.matching import MatchedSale
from bot.payments.models import Decision, SubscriptionRecord
from bot.payments.observations import Observation, Source, observation_from_json
from bot.payments.orders import Payments
from bot.payments.quarantine_repository import QuarantinedPayment, QuarantineRepository
from bot.payments.refusals import decided_already, payment_unknown
from bot.payments.repository import PaymentRepository
from bot.references import new_reference
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """One payment of those that wait; `number` counts from 1."""

    quarantined: QuarantinedPayment
    number: int
    of: int


class Quarantine:
    def __init__(
        self, database: UnitOfWork, payments: Payments, audit: Audit, currency: str, clock: Clock
    ) -> None:
        self._database = database
        self._payments = payments
        self._audit = audit
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
            quarantined = await _find(tx, guild_id, reference)
            references = await QuarantineRepository(tx).waiting(guild_id)
        if reference not in references:
            raise decided_already()
        return QuarantineEntry(quarantined, references.index(reference) + 1, len(references))

    async def lines(self, quarantined: QuarantinedPayment) -> tuple[AnyLine, ...]:
        """What counts as bought once it is accepted: by the order, and by the sale that it may be one of."""
        order = observation_of(quarantined).order
        assert order is not None  # noqa: S101  # only orders are held
        bought = self._payments.matching.basket_of(order, self._currency).lines
        if quarantined.sale_id is None:
            return bought
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_id(quarantined.sale_id)
        return (*bought, *sale.basket.lines)

    async def dismiss(self, guild_id: int, reference: str, *, by: int) -> None:
        """It doesn't count, now or later. Raises payment_unknown or decided_already."""
        async with self._database.write() as tx:
            quarantined = await _find(tx, guild_id, reference)
            if not await self._payments.dismiss(tx, quarantined, Decision.DISMISSED, by=by):
                raise decided_already()
            details = {"order": quarantined.order_id}
            entry = AuditEntry(guild_id, AuditAction.PAYMENT_DISMISSED, by, details=details)
            await self._audit.write(tx, entry)

    async def accept(self, origin: Origin, reference: str, member_id: int, *, by: int) -> Sale:
        """It counts, for this member: its sale if it is theirs, else a sale of what was paid.

        Raises payment_unknown or decided_already.
        """
        async with self._database.write() as tx:
            quarantined = await _find(tx, origin.guild_id, reference)
            if not await QuarantineRepository(tx).decide(
                quarantined.id, Decision.ACCEPTED, by=by, now=self._clock()
            ):
                raise decided_already()
            seen = replace(observation_of(quarantined), source=Source.STAFF)
            matched = await self._matched_sale(tx, quarantined, origin, member_id)
            await self._payments.accept(tx, seen, matched)
            if quarantined.sale_id not in (None, matched.sale.id):  # it was another's purchase
                await tx.publish(QuarantineChanged(quarantined.sale_id, self._clock()))
            details = {"order": quarantined.order_id, "member": member_id}
            entry = AuditEntry(origin.guild_id, AuditAction.PAYMENT_ACCEPTED, by, details=details)
            await self._audit.write(tx, entry)
            if quarantined.order_number:
                # Its subscription, say, which was of no sale that we knew.
                await EventRepository(tx).reconsider(self._clock(), order_numbers={quarantined.order_number})
            return await SaleRepository(tx).by_id(matched.sale.id)

    async def _matched_sale(
        self, tx: Transaction, quarantined: QuarantinedPayment, origin: Origin, member_id: int
    ) -> MatchedSale:
        seen = observation_of(quarantined)
        assert seen.order is not None  # noqa: S101  # only orders are held
        number = quarantined.order_number
        named = await SessionRepository(tx).session_named(number) if number else None
        if quarantined.sale_id is not None:
            sale = await SaleRepository(tx).by_id(quarantined.sale_id)
            if sale.buyer_id == member_id and named is not None and named.sale.id == sale.id:
                return MatchedSale(sale, named.session)
            renewed = await _renewed(tx, sale, seen) if named is None else None
            if sale.buyer_id == member_id and renewed is not None:
                return MatchedSale(sale, None, renewed)
        sale = await SaleRepository(tx).recover(
            member_id,
            member_id,
            origin,
            self._payments.matching.basket_of(seen.order, self._currency),
            kind=SaleKind.PURCHASE,
            reference=new_reference(),
            session_id=None if named else number,
            made=seen.order.made_by(self._clock()),
            now=self._clock(),
        )
        return MatchedSale(sale, sale.session, recovered=True)


def observation_of(quarantined: QuarantinedPayment) -> Observation:
    """What was seen of it."""
    return observation_from_json(quarantined.observation)


async def _renewed(tx: Transaction, sale: Sale, seen: Observation) -> SubscriptionRecord | None:
    """The sale's subscription that the payment is another period of; it need not say so."""
    if seen.subscription is None or seen.subscription.id is None:
        return await PaymentRepository(tx).subscription_of(sale.id)
    known = await PaymentRepository(tx).subscription(seen.subscription.id)
    return known if known is not None and known.sale_id == sale.id else None


async def _find(tx: Transaction, guild_id: int, reference: str) -> QuarantinedPayment:
    quarantined = await QuarantineRepository(tx).named(reference, guild_id)
    if quarantined is None:
        raise payment_unknown()
    return quarantined
