"""What a payment earns, and what becomes of it. Decides and records; the outbox carries it out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.alarm import Alarm, Clock
from bot.fulfilment.models import Benefit, Grant, StaffNote
from bot.fulfilment.repository import SUBSCRIPTION
from bot.fulfilment.states import GrantState, grant_state, subscription_ends_at
from bot.fulfilment.stories import PAYERS, Audience, Notice, Story
from bot.outbox.models import Step
from bot.pandabase.schemas import ProductType
from bot.payments.models import Change, OrderRecord, SubscriptionChange, SubscriptionRecord
from bot.sales.models import AnyLine, Sale
from bot.sales.states import MoneyState, SaleStatus
from bot.storage.unit_of_work import Transaction, UnitOfWork

_ENDED_AT_ONCE: Final = 200
"""Grants that are ended in one transaction: a purchase waits for it no longer than a few milliseconds."""
_EARNS: Final = frozenset({Change.PAID, Change.RENEWED})
_WITH_CONTENT: Final = frozenset({ProductType.LICENSE_KEY, ProductType.SERIAL, ProductType.DIGITAL_DOWNLOAD})
_TOLD: Final[Mapping[Change, Story]] = {
    Change.REFUNDED: Story.REFUNDED,
    Change.DISPUTED: Story.DISPUTED,
    Change.DISPUTE_WON: Story.DISPUTE_WON,
    Change.DISPUTE_LOST: Story.DISPUTE_LOST,
}
_TOLD_OF_SUBSCRIPTION: Final[Mapping[SubscriptionChange, Story]] = {
    SubscriptionChange.PAST_DUE: Story.PAST_DUE,
    SubscriptionChange.CANCELLED: Story.CANCELLED,
    SubscriptionChange.PAUSED: Story.PAUSED,
    SubscriptionChange.RESUMED: Story.RESUMED,
}
_STAFF_HEAR: Final[Mapping[Story, str]] = {
    Story.REFUNDED: "was refunded",
    Story.DISPUTED: "is disputed by its payer; answer in the store's dashboard",
    Story.DISPUTE_WON: "is yours again: the dispute was won",
    Story.DISPUTE_LOST: "is lost: the dispute was decided for the payer",
}
_LOGGED_ONLY_IF_KNOWN: Final = frozenset({Change.FAILED, Change.CANCELLED})


class FulfilmentService:
    """Implements `bot.payments.models.Fulfilment`: what it writes commits with the change, or not at all."""

    def __init__(self, database: UnitOfWork, *, outbox: Alarm, notes: Alarm, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._notes = notes
        self._clock = clock
        self.endings = Alarm(self.settle_ended, name="ends of roles", clock=clock)

    # --- what payments say ----------------------------------------------------------------------------

    async def order_changed(self, tx: Transaction, sale: Sale, order: OrderRecord, change: Change) -> None:
        now = self._clock()
        if change in _EARNS:
            await self._earn(tx, sale, order, now)
        else:
            await self._follow_money(tx, sale, order, now)
        if (story := _TOLD.get(change)) is not None:
            await self._tell(tx, sale, story, order.id, now)
            await self._tell_staff(tx, sale, story, order.id, now)
        if change not in _LOGGED_ONLY_IF_KNOWN or await tx.staff.log_message(sale.id) is not None:
            await tx.outbox.plan_again(sale.id, Step.LOG, "", now)
        await tx.outbox.refresh_messages([sale.id], now)
        self._wake()

    async def subscription_changed(
        self, tx: Transaction, subscription: SubscriptionRecord, change: SubscriptionChange
    ) -> None:
        now = self._clock()
        sale = await tx.sales.by_id(subscription.sale_id)
        ends_at = subscription_ends_at(subscription, now)
        for grant in await tx.fulfilment.grants_of_sale(sale.id):
            if grant.follows_subscription:
                await self._change(tx, grant, grant.money, ends_at, now)
        if (story := _TOLD_OF_SUBSCRIPTION.get(change)) is not None:
            # One that is told again next month is another notice.
            await self._tell(tx, sale, story, subscription.id, now, at=now)
        await tx.outbox.plan_again(sale.id, Step.LOG, "", now)
        self._wake()

    async def _earn(self, tx: Transaction, sale: Sale, order: OrderRecord, now: datetime) -> None:
        for benefit in await tx.fulfilment.benefits_of(sale.guild_id, sale.basket.lines):
            await self.grant(tx, sale, order.id, benefit, now)
        for grant in await tx.fulfilment.grants_of_sale(sale.id):
            if grant.follows_subscription and grant.order_id != order.id:
                await tx.fulfilment.change_grant(grant.id, order_id=order.id)
                subscription = await tx.payments.subscription_of(sale.id)
                ends_at = None if subscription is None else subscription_ends_at(subscription, now)
                await self._change(tx, grant, MoneyState.PAID, ends_at, now)
        await tx.outbox.plan(sale.id, Step.RECEIPT, str(order.id), now)
        if sale.basket.gift_to is not None:
            await tx.outbox.plan(sale.id, Step.RECEIPT, f"{order.id}{PAYERS}", now)
        if any(line.product_type in _WITH_CONTENT for line in sale.basket.lines):
            await tx.outbox.ready(sale.id, str(order.id), now)

    async def grant(
        self, tx: Transaction, sale: Sale, order_id: int, benefit: Benefit, now: datetime
    ) -> Grant | None:
        """Record what the order's payment earns by the benefit, from `now` (UTC); None if it has already.

        What is timed goes on where what the member has of it ends, rather than beside it.
        """
        subscribed = any(line.is_subscription for line in sale.basket.lines)
        follows = benefit.terms.days is None and subscribed
        begins_at, ends_at = now, None
        if benefit.terms.days is not None:
            units = sum(line.quantity for line in sale.basket.lines if _earns(line, benefit))
            last_end = await tx.fulfilment.last_end(benefit.id, sale.recipient_id)
            begins_at = max(now, last_end or now)
            ends_at = begins_at + timedelta(days=benefit.terms.days * max(units, 1))
        elif follows and (subscription := await tx.payments.subscription_of(sale.id)) is not None:
            ends_at = subscription_ends_at(subscription, now)
        state = grant_state(MoneyState.PAID, ends_at, now, kept=benefit.terms.kept)
        grant = await tx.fulfilment.add_grant(
            {
                "sale_id": sale.id,
                "benefit_id": benefit.id,
                "earned_by": SUBSCRIPTION if follows else str(order_id),
                "order_id": order_id,
                "guild_id": sale.guild_id,
                "user_id": sale.recipient_id,
                "role_id": benefit.terms.role_id,
                "money": MoneyState.PAID,
                "kept": benefit.terms.kept,
                "state": state,
                "begins_at": begins_at,
                "ends_at": ends_at,
            }
        )
        if grant is not None and state is GrantState.LIVE:
            await tx.outbox.plan_again(sale.id, Step.ROLE, str(grant.id), now)
            self._end_at(ends_at)
        return grant

    async def _follow_money(self, tx: Transaction, sale: Sale, order: OrderRecord, now: datetime) -> None:
        """Have what was earned follow what became of the money."""
        subscription = any(line.is_subscription for line in sale.basket.lines)
        for grant in await tx.fulfilment.grants_of_sale(sale.id):
            if subscription:
                # Each period is paid by an order of its own.
                if grant.order_id == order.id:
                    await self._change(tx, grant, order.money, grant.ends_at, now)
            else:
                # Of two payments for the same, one is refunded: the other still pays.
                money = MoneyState.PAID if sale.status is SaleStatus.PAID else order.money
                await self._change(tx, grant, money, grant.ends_at, now)

    async def _change(
        self, tx: Transaction, grant: Grant, money: MoneyState, ends_at: datetime | None, now: datetime
    ) -> None:
        state = grant_state(money, ends_at, now, kept=grant.kept)
        values: dict[str, object] = {"money": money, "ends_at": ends_at, "state": state}
        if state is not grant.state:
            if state is GrantState.LIVE:
                values["given_at"] = None  # it was taken: it is to be given anew
            await tx.outbox.plan_again(grant.sale_id, Step.ROLE, str(grant.id), now)
        await tx.fulfilment.change_grant(grant.id, **values)
        if state is GrantState.LIVE:
            self._end_at(ends_at)

    async def _tell(
        self,
        tx: Transaction,
        sale: Sale,
        story: Story,
        row: int,
        now: datetime,
        *,
        at: datetime | None = None,
    ) -> None:
        audiences = [Audience.PAYER]
        if sale.basket.gift_to is not None and story is not Story.PAST_DUE:
            audiences.append(Audience.RECIPIENT)
        for audience in audiences:
            await tx.outbox.plan(sale.id, Step.NOTICE, Notice(story, audience, row, at).target, now)

    async def _tell_staff(self, tx: Transaction, sale: Sale, story: Story, row: int, now: datetime) -> None:
        text = f"{sale.name.capitalize()} of <@{sale.buyer_id}> {_STAFF_HEAR[story]}."
        kept = [grant for grant in await tx.fulfilment.grants_of_sale(sale.id) if grant.kept]
        if kept and story in {Story.REFUNDED, Story.DISPUTED, Story.DISPUTE_LOST}:
            text += " The role stays, as its benefit says."
        await tx.staff.write_note(StaffNote(sale.guild_id, f"{story}:{row}", text), now)

    # --- what time and people do ----------------------------------------------------------------------

    async def settle_ended(self) -> datetime | None:
        """End some of what has run out, however long ago; returns when (UTC) there is more."""
        now = self._clock()
        async with self._database.write() as tx:
            ended = await tx.fulfilment.ended(now, limit=_ENDED_AT_ONCE)
            for grant in ended:
                await self._change(tx, grant, grant.money, grant.ends_at, now)
                if not await tx.fulfilment.holds(grant.guild_id, grant.user_id, grant.role_id):
                    notice = Notice(Story.ENDED, Audience.RECIPIENT, grant.id)
                    await tx.outbox.plan(grant.sale_id, Step.NOTICE, notice.target, now)
            next_end = await tx.fulfilment.next_end()
        if not ended:
            return next_end
        self._outbox.wake()
        return now

    async def member_joined(self, guild_id: int, user_id: int) -> None:
        """Somebody came, perhaps back: what is theirs is given, and what waited for them is sent."""
        async with self._database.read() as tx:
            sales = await tx.fulfilment.sales_for(guild_id, user_id)
        if not sales:
            return  # nearly always: whoever joins a server has bought nothing there
        now = self._clock()
        async with self._database.write() as tx:
            for grant in await tx.fulfilment.live_grants_of(guild_id, user_id):
                await tx.fulfilment.change_grant(grant.id, given_at=None)
                await tx.outbox.plan_again(grant.sale_id, Step.ROLE, str(grant.id), now)
            await tx.outbox.retry_undelivered(sales, (Step.RECEIPT, Step.NOTICE), now)
        self._outbox.wake()

    def _end_at(self, ends_at: datetime | None) -> None:
        if ends_at is not None:
            self.endings.at(ends_at)

    def _wake(self) -> None:
        # They wait for the write lock, and so see what this transaction wrote.
        self._outbox.wake()
        self._notes.wake()


def _earns(line: AnyLine, benefit: Benefit) -> bool:
    return line.product_id == benefit.product_id and benefit.variant_id in (None, line.variant_id)
