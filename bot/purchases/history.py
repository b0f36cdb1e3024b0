"""What a member bought, meant to buy, or was given, in one server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import SETTLED, is_lost
from bot.fulfilment.steps.registry import kept_kinds, reader_of
from bot.invoices.models import Invoice
from bot.invoices.repository import InvoiceRepository
from bot.jobs.models import JobKind, JobRecord
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.models import SubscriptionRecord
from bot.payments.quarantine_repository import QuarantineRepository
from bot.payments.repository import PaymentRepository
from bot.purchases.repository import HistoryRepository, Payment
from bot.storage.transaction import Transaction, UnitOfWork

_MEANT_TO_PAY: Final = (JobKind.LINK, JobKind.REMINDER)
"""Messages that matter only while there is something to pay."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A sale as one of its people may know it. `messages` are those for them, oldest first."""

    sale: Sale
    reader_id: int
    invoice: Invoice | None = None
    payments: tuple[Payment, ...] = ()
    messages: tuple[JobRecord, ...] = ()
    subscription: SubscriptionRecord | None = None
    is_held: bool = False
    """Whether staff have to decide about a payment of it."""

    @property
    def is_given(self) -> bool:
        """Whether it is a gift that the reader got."""
        return self.sale.buyer_id != self.reader_id

    @property
    def paid_at(self) -> datetime | None:
        """When (UTC) it was first paid; None where the store didn't tell."""
        return min((each.paid_at for each in self.payments if each.paid_at is not None), default=None)

    @property
    def is_lost(self) -> bool:
        """Whether the payer has the money back for good, and nothing else is in dispute."""
        return is_lost(each.money for each in self.payments)

    @property
    def has_receipts(self) -> bool:
        return any(each.kind in kept_kinds() for each in self.messages)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`number` counts from 0. `waiting` messages to the reader could not be delivered by DM."""

    entries: tuple[Purchase, ...]
    number: int
    pages: int
    waiting: int
    now: datetime
    """What it was true at, in UTC."""

    @property
    def reminders(self) -> list[int]:
        """Those that reached nobody, as jobs: a page that was seen says what they would have."""
        return [
            each.id
            for entry in self.entries
            for each in entry.messages
            if each.kind == JobKind.REMINDER and each.is_undelivered
        ]


class History:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, user_id: int, guild_id: int, number: int, *, size: int) -> HistoryPage:
        """A page of what somebody bought or was given: what can be paid first, then newest first."""
        now = self._clock()
        async with self._database.read() as tx:
            total = await HistoryRepository(tx).count(user_id, guild_id)
            pages = max(1, -(-total // size))
            number = min(max(number, 0), pages - 1)
            sales = await HistoryRepository(tx).page(user_id, guild_id, offset=number * size, limit=size)
            entries = await _entries(tx, sales, user_id)
            waiting = await HistoryRepository(tx).waiting_for(user_id, guild_id, now)
        return HistoryPage(entries, number, pages, waiting, now)

    async def waiting(self, user_id: int, guild_id: int) -> int:
        """How many messages could not be delivered to somebody, and still matter."""
        async with self._database.look() as tx:
            return await HistoryRepository(tx).waiting_for(user_id, guild_id, self._clock())

    async def collected(self, delivery_ids: Sequence[int]) -> None:
        """Their reader has seen what these jobs would have told."""
        if delivery_ids:
            async with self._database.write() as tx:
                await JobRepository(tx).collect(delivery_ids)

    async def link_seen(self, sale_id: int) -> None:
        """The buyer has seen the sale's link, or the invoice that asks for it."""
        async with self._database.read() as tx:
            links = await JobRepository(tx).of_sales([sale_id], [JobKind.LINK])
        await self.collected([each.id for each in links if each.is_undelivered])


async def _entries(tx: Transaction, sales: Sequence[Sale], reader_id: int) -> tuple[Purchase, ...]:
    ids = [sale.id for sale in sales]
    charged = [sale.id for sale in sales if sale.basket.charge is not None]
    invoices = (
        {each.sale_id: each for each in await InvoiceRepository(tx).of_sales(charged)} if charged else {}
    )
    payments = await HistoryRepository(tx).payments(ids)
    jobs = await JobRepository(tx).of_sales(ids, [*kept_kinds(), *_MEANT_TO_PAY])
    unpaid = [sale.id for sale in sales if sale.status not in SETTLED]
    held = await QuarantineRepository(tx).held(unpaid) if unpaid else set()
    subscribed = [sale.id for sale in sales if any(line.is_subscription for line in sale.basket.lines)]
    subscriptions = await PaymentRepository(tx).subscriptions_of(subscribed) if subscribed else {}
    return tuple(
        Purchase(
            sale,
            reader_id,
            invoices.get(sale.id),
            tuple(each for each in payments if each.sale_id == sale.id),
            tuple(each for each in jobs if each.sale_id == sale.id and _is_for(each, sale, reader_id)),
            subscriptions.get(sale.id),
            sale.id in held,
        )
        for sale in sales
    )


def _is_for(job: JobRecord, sale: Sale, reader_id: int) -> bool:
    return reader_of(job.kind, job.key, sale.buyer_id, sale.recipient_id) == reader_id
