"""What a payment earns, and what becomes of it: each step decides and records; the queue carries it out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from bot.checkout.repository import SaleRepository
from bot.fulfilment.evidence import evidence_id
from bot.fulfilment.models import Grant
from bot.fulfilment.notices import (
    ANSWERED_AT_THE_STORE,
    FOR_STAFF,
    OF_ORDERS,
    PART_REFUNDED,
    NoticeKind,
    is_in_part,
)
from bot.fulfilment.pauses import note_of_pause
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.steps.base import earnings_of
from bot.fulfilment.steps.registry import Steps, kept_kinds
from bot.jobs.events import JobAttempted
from bot.jobs.models import JobKind
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.events import OrderChanged, SubscriptionChanged
from bot.payments.models import PaymentEvent, SubscriptionChange
from bot.staff.models import NoteButton, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import lines, mention, moment, text

_LOGGED_ONLY_IF_KNOWN: Final = frozenset({PaymentEvent.FAILED, PaymentEvent.CANCELLED})


class FulfilmentService:
    def __init__(self, database: UnitOfWork, steps: Steps, clock: Clock) -> None:
        self._database = database
        self._steps = steps
        self._clock = clock

    # --- what payments say ----------------------------------------------------------------------------

    async def steps_of_order(self, tx: Transaction, event: OrderChanged) -> None:
        """Roles, receipts, keys and notices, each by its own step."""
        earned = await earnings_of(tx, event)
        for step in self._steps.values():
            await step.order_changed(tx, event, earned)

    async def steps_of_subscription(self, tx: Transaction, event: SubscriptionChanged) -> None:
        sale = await SaleRepository(tx).by_id(event.subscription.sale_id)
        for step in self._steps.values():
            await step.subscription_changed(tx, sale, event)

    # --- what time and people do ----------------------------------------------------------------------

    async def member_joined(self, guild_id: int, user_id: int) -> None:
        """Somebody came, perhaps back: what is theirs is given, and what waited for them is sent."""
        async with self._database.read() as tx:
            has_part = await FulfilmentRepository(tx).has_part(guild_id, user_id)
        if not has_part:
            return  # nearly always: whoever joins a server has bought nothing there
        now = self._clock()
        async with self._database.write() as tx:
            await self._give_again(tx, await FulfilmentRepository(tx).live_grants_of(guild_id, user_id), now)
            await JobRepository(tx).retry_undelivered(guild_id, user_id, kept_kinds(), now)

    async def member_found(self, guild_id: int, user_id: int, joined_at: datetime) -> None:
        """Somebody is there since `joined_at` (UTC), and nobody saw them come.

        They get what was given to them before, or was to be given while they were away. Whatever else they
        lack was taken by somebody's hand, or waits for staff, and that stands.
        """
        now = self._clock()
        async with self._database.write() as tx:
            grants = await FulfilmentRepository(tx).live_grants_of(guild_id, user_id)
            awaited = await FulfilmentRepository(tx).awaited(grants)
            lost = [grant for grant in grants if has_lost_role(grant, joined_at, awaited)]
            if not lost:
                return
            await self._give_again(tx, lost, now)
            await JobRepository(tx).retry_undelivered(guild_id, user_id, kept_kinds(), now)

    @staticmethod
    async def _give_again(tx: Transaction, grants: Sequence[Grant], now: datetime) -> None:
        for grant in grants:
            await FulfilmentRepository(tx).change_grant(grant.id, given_at=None)
            await JobRepository(tx).plan_again(grant.sale_id, JobKind.ROLE, str(grant.id), now)


def has_lost_role(grant: Grant, joined_at: datetime, awaited: Collection[int]) -> bool:
    """Whether a live grant's role has to be given to a member who is there since `joined_at` (UTC).

    `awaited` are the grants that were to be given while their member was away.
    """
    return grant.id in awaited or (grant.given_at is not None and joined_at > grant.given_at)


# --- what staff read of it: notes, and the sales log's message about the sale -------------------------


async def note_of_order(tx: Transaction, event: OrderChanged) -> None:
    """That it was refunded, or how its dispute goes."""
    sale, kind = event.sale, OF_ORDERS.get(event.change)
    if kind is None:
        return
    if is_in_part(kind, sale.status):
        told = PART_REFUNDED.text(sale=sale.name, member=mention(sale.buyer_id))
    else:
        told = FOR_STAFF[kind].text(sale=sale.title, member=mention(sale.buyer_id))
    grants = await FulfilmentRepository(tx).grants_of_sale(sale.id)
    kept = any(grant.outlives(event.order.money) for grant in grants)
    if kept and kind is not NoticeKind.DISPUTE_WON:
        told = text("{what} They keep the role, as set for this product.", what=told)
    buttons: tuple[NoteButton, ...] = ()
    since = None
    if kind in ANSWERED_AT_THE_STORE:
        buttons = (NoteButton(text("Evidence text"), evidence_id(event.order)),)
    if kind is NoticeKind.DISPUTED:
        since = text(
            "Disputed {distance}, on {date}. The store's dashboard says until when you can answer; the bot "
            "isn't told.",
            distance=moment(event.said, "R"),
            date=moment(event.said),
        )
    said = lines(told, sale.summary, since)
    note = StaffNote(sale.guild_id, f"{kind}:{event.order.id}", said, buttons)
    await StaffRepository(tx).write_note(note, event.at)


async def note_of_subscription(tx: Transaction, event: SubscriptionChanged) -> None:
    """That it is paused, with the button that ends its access."""
    if event.change is SubscriptionChange.PAUSED:
        sale = await SaleRepository(tx).by_id(event.subscription.sale_id)
        await StaffRepository(tx).write_note(note_of_pause(sale, event.subscription), event.at)


async def log_of_order(tx: Transaction, event: OrderChanged) -> None:
    sale_id = event.sale.id
    if (
        event.change not in _LOGGED_ONLY_IF_KNOWN
        or await StaffRepository(tx).log_message(sale_id) is not None
    ):
        await JobRepository(tx).refresh_log(sale_id, event.at)


async def log_of_subscription(tx: Transaction, event: SubscriptionChanged) -> None:
    await JobRepository(tx).refresh_log(event.subscription.sale_id, event.at)


async def log_of_job(tx: Transaction, event: JobAttempted) -> None:
    """One of many from before is no news: the log tells of it where it told of the sale."""
    job = event.job
    if not event.result.refresh:
        return
    if not job.bulk or await StaffRepository(tx).log_message(job.sale_id) is not None:
        await JobRepository(tx).refresh_log(job.sale_id, event.at)
