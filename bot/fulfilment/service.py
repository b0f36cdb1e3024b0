"""What a payment earns, and what becomes of it: each step decides and records; the outbox carries it out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.fulfilment.models import Grant
from bot.fulfilment.notices import NoticeKind
from bot.fulfilment.pauses import note_of_pause
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.steps.notice import OF_ORDERS
from bot.fulfilment.steps.registry import Steps
from bot.jobs.models import JobKind
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.models import OrderRecord, PaymentEvent, SubscriptionChange, SubscriptionRecord
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork

_STAFF_HEAR: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.REFUNDED: "was refunded",
    NoticeKind.DISPUTED: "is disputed by its payer; answer in the store's dashboard",
    NoticeKind.DISPUTE_WON: "is yours again: the dispute was won",
    NoticeKind.DISPUTE_LOST: "is lost: the dispute was decided for the payer",
    NoticeKind.CHARGED_BACK: (
        "is disputed by its payer, or the card network has given it back to them for good; the store's "
        "dashboard says which"
    ),
    NoticeKind.DISPUTE_PREVENTED: (
        "is lost: the card network gave the money back to the payer before there was a dispute. That is "
        "final, and there is nothing to answer; the store may charge a fee for it"
    ),
}
_LOGGED_ONLY_IF_KNOWN: Final = frozenset({PaymentEvent.FAILED, PaymentEvent.CANCELLED})


class FulfilmentService:
    """Implements `bot.payments.models.Fulfilment`: what it writes commits with the change, or not at all."""

    def __init__(self, database: UnitOfWork, steps: Steps, clock: Clock) -> None:
        self._database = database
        self._steps = steps
        self._clock = clock

    # --- what payments say ----------------------------------------------------------------------------

    async def order_changed(
        self, tx: Transaction, sale: Sale, order: OrderRecord, change: PaymentEvent
    ) -> None:
        now = self._clock()
        for step in self._steps.values():
            await step.order_changed(tx, sale, order, change, now)
        if (kind := OF_ORDERS.get(change)) is not None:
            await self._tell_staff(tx, sale, kind, order.id, now)
        if change not in _LOGGED_ONLY_IF_KNOWN or await StaffRepository(tx).log_message(sale.id) is not None:
            await JobRepository(tx).plan_again(sale.id, JobKind.LOG, "", now)
        await JobRepository(tx).refresh_messages([sale.id], now)

    async def subscription_changed(
        self, tx: Transaction, subscription: SubscriptionRecord, change: SubscriptionChange
    ) -> None:
        now = self._clock()
        sale = await SaleRepository(tx).by_id(subscription.sale_id)
        for step in self._steps.values():
            await step.subscription_changed(tx, sale, subscription, change, now)
        if change is SubscriptionChange.PAUSED:
            await StaffRepository(tx).write_note(note_of_pause(sale, subscription), now)
        await JobRepository(tx).plan_again(sale.id, JobKind.LOG, "", now)

    async def _tell_staff(
        self, tx: Transaction, sale: Sale, kind: NoticeKind, row: int, now: datetime
    ) -> None:
        text = f"{sale.name.capitalize()} of <@{sale.buyer_id}> {_STAFF_HEAR[kind]}."
        kept = [grant for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id) if grant.kept]
        if kept and kind is not NoticeKind.DISPUTE_WON:
            text += " The role stays, as its benefit says."
        await StaffRepository(tx).write_note(StaffNote(sale.guild_id, f"{kind}:{row}", text), now)

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
            await JobRepository(tx).retry_undelivered(
                guild_id, user_id, (JobKind.RECEIPT, JobKind.NOTICE), now
            )

    async def member_found(self, guild_id: int, user_id: int, joined_at: datetime) -> None:
        """Somebody is there since `joined_at` (UTC), and nobody saw them come.

        They get what was given to them before, or was to be given while they were away. Whatever else they
        lack was taken by somebody's hand, or waits for staff, and that stands.
        """
        now = self._clock()
        async with self._database.write() as tx:
            grants = await FulfilmentRepository(tx).live_grants_of(guild_id, user_id)
            awaited = await FulfilmentRepository(tx).awaited(grants)
            lost = [grant for grant in grants if is_lost(grant, joined_at, awaited)]
            if not lost:
                return
            await self._give_again(tx, lost, now)
            await JobRepository(tx).retry_undelivered(
                guild_id, user_id, (JobKind.RECEIPT, JobKind.NOTICE), now
            )

    @staticmethod
    async def _give_again(tx: Transaction, grants: Sequence[Grant], now: datetime) -> None:
        for grant in grants:
            await FulfilmentRepository(tx).change_grant(grant.id, given_at=None)
            await JobRepository(tx).plan_again(grant.sale_id, JobKind.ROLE, str(grant.id), now)


def is_lost(grant: Grant, joined_at: datetime, awaited: Collection[int]) -> bool:
    """Whether a live grant's role has to be given to a member who is there since `joined_at` (UTC).

    `awaited` are the grants that were to be given while their member was away.
    """
    return grant.id in awaited or (grant.given_at is not None and joined_at > grant.given_at)
