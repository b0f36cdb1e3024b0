"""Tells people what their payment earned, and what became of it."""

from collections.abc import Sequence
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.discord.cards import Marked, marker_of, numbered
from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
)
from bot.discord.live_messages import LiveMessages
from bot.discord.roles import RoleKeeper
from bot.fulfilment.deliverables import Contents, OrderContents
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.live_messages import SaleMessages
from bot.fulfilment.models import Benefit, Grant, SaleFacts
from bot.fulfilment.notices import REMINDERS, Audience, Notice, NoticeKind, notice_of
from bot.fulfilment.receipts import Receipts
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.receipt import ReceiptMessage, is_payers
from bot.jobs.models import Job, JobKind, JobRecord, LiveMessage, Outcome, Result
from bot.payments.models import SubscriptionStatus
from bot.storage.values import instant
from bot.texts import NOTHING, Text, joined, lines, text
from cogs.fulfilment.text import COMES_BACK, GET_IT_AGAIN, Earned, Facts, after, earned_by, message_of
from cogs.fulfilment.view import FulfilmentView

_CHANNEL: Final = "channel"
_MESSAGE: Final = "message"
"""Where a message is that was sent, in its job's payload."""


class FulfilmentMessages:
    """Receipts and notices. Each shows what is true now, so that it may come late, or twice."""

    def __init__(
        self,
        bot: ShopBot,
        receipts: Receipts,
        facts: FactsOfSales,
        view: FulfilmentView,
        roles: RoleKeeper,
        *,
        contents: Contents,
        messages: SaleMessages,
    ) -> None:
        self._receipts = receipts
        self._facts = facts
        self._live = LiveMessages(bot, messages)
        self._direct_messages = DirectMessages(bot)
        self._view = view
        self._roles = roles
        self._contents = contents

    async def send(self, job: Job, facts: SaleFacts, reader_id: int) -> Result:
        """Tell what a payment earned, or what became of it: of a gift, each side has messages of its own.

        What was sent before is brought up to date where it is.
        """
        sale, message = facts.sale, await self._message(facts, job)
        sent = _sent_before(job)
        if sent is not None:
            await self._live.edit(sent, message.card, sale, reader_id=reader_id)
            return Result(Outcome.DIRECT_MESSAGE)
        try:
            found = await self._direct_messages.send(
                reader_id,
                message,
                guild_id=sale.guild_id,
                nonce=f"{sale.reference}-{job.id}",
                since=job.created_at,
                look_first=job.may_have_happened,
            )
        except DirectMessageRefused:
            return Result(Outcome.UNDELIVERED, refresh=True)
        except DirectMessageHindered as error:
            return Result(Outcome.UNDELIVERED, refresh=True, hindrance=error.hindrance)
        except DirectMessageUnknown:
            return Result(Outcome.UNKNOWN, retry=True, refresh=True)
        sent = LiveMessage(found.channel_id, found.message_id, "")
        if job.may_have_happened:  # what an earlier attempt sent may say what was true then
            await self._live.edit(sent, await self.card_of(sale, job), sale, reader_id=reader_id)
        where = {_CHANNEL: sent.channel_id, _MESSAGE: sent.message_id}
        return Result(Outcome.DIRECT_MESSAGE, refresh=True, payload=where)

    async def moved(self, job: Job) -> Result:
        """Have a message that an account was sent say that the purchase is another's now."""
        sale, reader_id = (await self._facts.of(job.sale_id)).sale, int(job.payload["reader"])
        try:
            sent = _sent_before(job) if _MESSAGE in job.payload else await self._found(job, reader_id)
            if sent is None:
                return Result(Outcome.GONE)
            is_there = await self._live.edit(sent, self._view.moved(sale), sale, reader_id=reader_id)
        except DirectMessageRefused:
            return Result(Outcome.GONE)
        except DirectMessageHindered as error:
            return Result(Outcome.GONE, hindrance=error.hindrance)
        return Result(Outcome.UPDATED if is_there else Outcome.GONE)

    async def _found(self, job: Job, reader_id: int) -> LiveMessage | None:
        """What was on its way when the purchase moved, if it has arrived. Raises as `look_for` does."""
        since = instant(job.payload["since"])
        marker = marker_of(int(job.payload["job"]))
        found = await self._direct_messages.look_for(reader_id, marker=marker, since=since)
        return None if found is None else LiveMessage(found.channel_id, found.message_id, "")

    async def card_of(self, sale: Sale, job: Job | JobRecord) -> Card:
        """A receipt or notice as its DM has it now. Raises ValueError for a notice that isn't known."""
        return (await self._message(await self._facts.of(sale.id), job)).card

    async def _message(self, facts: SaleFacts, job: Job | JobRecord) -> Marked:
        if job.kind == JobKind.RECEIPT:
            return numbered(await self._receipt(facts, job.key), job.id)
        return numbered(await self._notice(facts, notice_of(job.key)), job.id)

    async def _receipt(self, facts: SaleFacts, target: str) -> Card:
        sale, order = facts.sale, facts.order(ReceiptMessage.order_row(target))
        is_subscription = any(line.is_subscription for line in sale.basket.lines)
        subscription = await self._receipts.subscription(sale) if is_subscription else None
        newest = order.id == max(each.id for each in facts.orders) if is_subscription else True
        if is_payers(target):
            return self._view.gift_for_payer(sale, order, subscription=subscription, newest=newest)
        # What isn't theirs any more can't be opened.
        is_theirs = order.money is MoneyState.PAID
        contents = await self._contents.of_order(sale, order.id, facts.jobs) if is_theirs else OrderContents()
        earned = [each for each in self._earned(facts) if each.grant.order_id == order.id]
        if sale.given is not None:
            return self._view.given(sale, sale.given, order, earned, contents=contents)
        if sale.basket.gift_to is not None:
            return self._view.gift_for_recipient(sale, order, earned, contents=contents)
        return self._view.receipt(
            sale, order, earned, contents=contents, subscription=subscription, newest=newest
        )

    async def _notice(self, facts: SaleFacts, notice: Notice) -> Card:
        sale = facts.sale
        subscription = await self._receipts.subscription(sale)
        theirs = sale.basket.gift_to is None or notice.audience is Audience.RECIPIENT
        earned = self._earned(facts)
        if subscription is not None and subscription.status is SubscriptionStatus.PAUSED:
            again = COMES_BACK  # who buys it anew would pay twice
        else:
            is_gift = sale.basket.gift_to is not None or sale.given is not None
            again = NOTHING if is_gift else GET_IT_AGAIN
        told = Facts(
            role=_role_of(earned, notice),
            after=after(earned) if theirs else (),
            again=again,
            earned=_earned_later(earned, notice),
            ends_at=notice.at if notice.kind in REMINDERS else None,
        )
        is_over = bool(earned) and all(each.grant.state is GrantState.ENDED for each in earned)
        return self._view.notice(sale, notice.kind, notice.audience, told, is_over=is_over)

    def _earned(self, facts: SaleFacts) -> list[Earned]:
        return [
            self._as_earned(grant, facts.benefits[grant.benefit_id])
            for grant in facts.grants
            if not grant.is_moved
        ]

    def _as_earned(self, grant: Grant, benefit: Benefit) -> Earned:
        role = self._roles.name(grant.guild_id, grant.role_id)
        return Earned(grant, benefit, role, self._roles.server(grant.guild_id))


def _earned_later(earned: Sequence[Earned], notice: Notice) -> Text:
    """What a benefit gives that was added after the purchase, with its message."""
    if notice.kind is not NoticeKind.EARNED:
        return NOTHING
    given = [each for each in earned if each.grant.id == notice.row]
    return lines(*(said for each in given for said in (earned_by(each, renewed=False), message_of(each))))


def _role_of(earned: Sequence[Earned], notice: Notice) -> Text:
    if notice.kind not in {NoticeKind.ENDED, NoticeKind.ENDS_SOON}:
        return NOTHING
    return joined("", (text("**{role}**", role=each.role) for each in earned if each.grant.id == notice.row))


def _sent_before(job: Job) -> LiveMessage | None:
    """The message that an earlier attempt is known to have sent."""
    if not job.payload:
        return None
    return LiveMessage(int(job.payload[_CHANNEL]), int(job.payload[_MESSAGE]), "")
