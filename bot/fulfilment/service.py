"""What a payment earns, and what becomes of it. Decides and records; the outbox carries it out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.catalog.models import ProductType
from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.states import MoneyState
from bot.fulfilment.grants import Grants, is_subscription, plan_of
from bot.fulfilment.models import Grant
from bot.fulfilment.notices import PAYERS, Audience, Notice, NoticeKind
from bot.fulfilment.pauses import note_of_pause
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import money_of, payers
from bot.jobs.models import JobKind
from bot.jobs.repository import OutboxRepository
from bot.jobs.worker import Clock, Worker
from bot.payments.models import OrderRecord, PaymentEvent, SubscriptionChange, SubscriptionRecord
from bot.payments.repository import PaymentRepository
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork

_WITH_CONTENT: Final = frozenset(
    {
        ProductType.LICENSE_KEY,
        ProductType.SERIAL,
        # A sale that was written because of its order, of a product that the catalog no longer knows:
        # better a Reveal button too many than keys that nobody finds.
        ProductType.UNKNOWN,
    }
)
_TOLD: Final[Mapping[PaymentEvent, NoticeKind]] = {
    PaymentEvent.REFUNDED: NoticeKind.REFUNDED,
    PaymentEvent.DISPUTED: NoticeKind.DISPUTED,
    PaymentEvent.CHARGED_BACK: NoticeKind.CHARGED_BACK,
    PaymentEvent.DISPUTE_WON: NoticeKind.DISPUTE_WON,
    PaymentEvent.DISPUTE_LOST: NoticeKind.DISPUTE_LOST,
    PaymentEvent.DISPUTE_PREVENTED: NoticeKind.DISPUTE_PREVENTED,
}
_TOLD_OF_SUBSCRIPTION: Final[Mapping[SubscriptionChange, NoticeKind]] = {
    SubscriptionChange.PAST_DUE: NoticeKind.PAST_DUE,
    SubscriptionChange.CANCELLED: NoticeKind.CANCELLED,
    SubscriptionChange.PAUSED: NoticeKind.PAUSED,
    SubscriptionChange.RESUMED: NoticeKind.RESUMED,
}
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

    def __init__(self, database: UnitOfWork, *, outbox: Worker, notes: Worker, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._notes = notes
        self._clock = clock
        self.grants = Grants(database, outbox=outbox, clock=clock)

    # --- what payments say ----------------------------------------------------------------------------

    async def order_changed(
        self, tx: Transaction, sale: Sale, order: OrderRecord, change: PaymentEvent
    ) -> None:
        now = self._clock()
        if change is PaymentEvent.PAID and not order.again:
            await self._earn(tx, sale, order, now)
        else:
            await self._follow_money(tx, sale, order, now)
        if (story := _TOLD.get(change)) is not None:
            await self._tell(tx, sale, story, order.id, now)
            await self._tell_staff(tx, sale, story, order.id, now)
        if change not in _LOGGED_ONLY_IF_KNOWN or await StaffRepository(tx).log_message(sale.id) is not None:
            await OutboxRepository(tx).plan_again(sale.id, JobKind.LOG, "", now)
        await OutboxRepository(tx).refresh_messages([sale.id], now)
        self._wake()

    async def subscription_changed(
        self, tx: Transaction, subscription: SubscriptionRecord, change: SubscriptionChange
    ) -> None:
        now = self._clock()
        sale = await SaleRepository(tx).by_id(subscription.sale_id)
        await self.grants.follow_subscription(tx, sale, now)
        if (story := _TOLD_OF_SUBSCRIPTION.get(change)) is not None:
            await self._tell(tx, sale, story, subscription.id, now)
        if change is SubscriptionChange.PAUSED:
            await StaffRepository(tx).write_note(note_of_pause(sale, subscription), now)
        await OutboxRepository(tx).plan_again(sale.id, JobKind.LOG, "", now)
        self._wake()

    async def _earn(self, tx: Transaction, sale: Sale, order: OrderRecord, now: datetime) -> None:
        subscription = await PaymentRepository(tx).subscription_of(sale.id)
        for benefit in await FulfilmentRepository(tx).benefits_of(
            sale.guild_id, plan_of(sale, subscription, [order])
        ):
            await self.grants.earn(tx, sale, order.id, benefit, now)
        for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id):
            if grant.follows_subscription and grant.order_id != order.id:
                await FulfilmentRepository(tx).change_grant(grant.id, order_id=order.id)
                paid = replace(grant, money=MoneyState.PAID)
                ends_at = await self.grants.end_by_subscription(tx, paid, subscription, now)
                await self.grants.change(tx, grant, MoneyState.PAID, ends_at, now)
        await OutboxRepository(tx).plan(sale.id, JobKind.RECEIPT, str(order.id), now)
        if sale.basket.gift_to is not None:
            await OutboxRepository(tx).plan(sale.id, JobKind.RECEIPT, f"{order.id}{PAYERS}", now)
        if any(line.product_id and line.product_type in _WITH_CONTENT for line in sale.basket.lines):
            await OutboxRepository(tx).ready(sale.id, str(order.id), now)

    async def _follow_money(self, tx: Transaction, sale: Sale, order: OrderRecord, now: datetime) -> None:
        """Have what was earned follow what became of the money."""
        orders = await PaymentRepository(tx).orders_of(sale.id)
        subscription = await is_subscription(tx, sale)
        for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id):
            # Each period is paid by an order of its own; else two payments may have come for the same.
            if subscription:
                paying = [order] if grant.order_id == order.id else []
            else:
                paying = payers(orders, grant.order_id)
            if order.id in {each.id for each in paying}:
                await self.grants.change(tx, grant, money_of(paying), grant.ends_at, now)

    async def _tell(self, tx: Transaction, sale: Sale, story: NoticeKind, row: int, now: datetime) -> None:
        audiences = [Audience.PAYER]
        if sale.basket.gift_to is not None and story is not NoticeKind.PAST_DUE:
            audiences.append(Audience.RECIPIENT)
        for audience in audiences:
            await OutboxRepository(tx).plan(
                sale.id, JobKind.NOTICE, Notice(story, audience, row, now).target, now
            )

    async def _tell_staff(
        self, tx: Transaction, sale: Sale, story: NoticeKind, row: int, now: datetime
    ) -> None:
        text = f"{sale.name.capitalize()} of <@{sale.buyer_id}> {_STAFF_HEAR[story]}."
        kept = [grant for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id) if grant.kept]
        if kept and story is not NoticeKind.DISPUTE_WON:
            text += " The role stays, as its benefit says."
        await StaffRepository(tx).write_note(StaffNote(sale.guild_id, f"{story}:{row}", text), now)

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
            await OutboxRepository(tx).retry_undelivered(
                guild_id, user_id, (JobKind.RECEIPT, JobKind.NOTICE), now
            )
        self._outbox.wake()

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
            await OutboxRepository(tx).retry_undelivered(
                guild_id, user_id, (JobKind.RECEIPT, JobKind.NOTICE), now
            )
        self._outbox.wake()

    @staticmethod
    async def _give_again(tx: Transaction, grants: Sequence[Grant], now: datetime) -> None:
        for grant in grants:
            await FulfilmentRepository(tx).change_grant(grant.id, given_at=None)
            await OutboxRepository(tx).plan_again(grant.sale_id, JobKind.ROLE, str(grant.id), now)

    def _wake(self) -> None:
        # They wait for the write lock, and so see what this transaction wrote.
        self._outbox.wake()
        self._notes.wake()


def is_lost(grant: Grant, joined_at: datetime, awaited: Collection[int]) -> bool:
    """Whether a live grant's role has to be given to a member who is there since `joined_at` (UTC).

    `awaited` are the grants that were to be given while their member was away.
    """
    return grant.id in awaited or (grant.given_at is not None and joined_at > grant.given_at)
