"""Tells people what their payment earned, and what became of it."""

from collections.abc import Sequence

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
)
from bot.discord.roles import RoleKeeper
from bot.fulfilment.deliverables import Contents
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.models import Benefit, Grant, SaleFacts
from bot.fulfilment.notices import Audience, Notice, NoticeKind, notice_of
from bot.fulfilment.receipts import Receipts
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.receipt import ReceiptMessage, is_payers
from bot.jobs.models import Job, JobKind, JobRecord, Outcome, Result
from bot.payments.models import SubscriptionStatus
from bot.texts import NOTHING, Text, joined, lines, text
from cogs.fulfilment.text import COMES_BACK, GET_IT_AGAIN, Earned, Facts, after, earned_by, message_of
from cogs.fulfilment.view import FulfilmentView, footer


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
    ) -> None:
        self._receipts = receipts
        self._facts = facts
        self._direct_messages = DirectMessages(bot)
        self._view = view
        self._roles = roles
        self._contents = contents

    async def send(self, job: Job, facts: SaleFacts, reader_id: int) -> Result:
        """Tell what a payment earned, or what became of it: of a gift, each side has messages of its own."""
        number = _number(facts.sale, job.id)
        try:
            await self._direct_messages.send(
                reader_id,
                await self._paper(facts, job),
                guild_id=facts.sale.guild_id,
                marker=footer(number),
                nonce=number,
                since=job.created_at,
                look_first=job.may_have_happened,
            )
        except DirectMessageRefused:
            return Result(Outcome.UNDELIVERED, refresh=True)
        except DirectMessageHindered as error:
            return Result(Outcome.UNDELIVERED, refresh=True, hindrance=error.hindrance)
        except DirectMessageUnknown:
            return Result(Outcome.UNKNOWN, retry=True, refresh=True)
        return Result(Outcome.DIRECT_MESSAGE, refresh=True)

    async def paper(self, sale: Sale, job: Job | JobRecord) -> Card:
        """A receipt or notice as its DM has it now. Raises ValueError for a notice that isn't known."""
        return await self._paper(await self._facts.of(sale.id), job)

    async def _paper(self, facts: SaleFacts, job: Job | JobRecord) -> Card:
        number = _number(facts.sale, job.id)
        if job.kind == JobKind.RECEIPT:
            return await self._receipt(facts, job.key, number)
        return await self._notice(facts, notice_of(job.key), number)

    async def _receipt(self, facts: SaleFacts, target: str, number: str) -> Card:
        sale, order = facts.sale, facts.order(ReceiptMessage.order_row(target))
        if is_payers(target):
            return self._view.gift_for_payer(sale, order, number)
        # What isn't theirs any more can't be opened.
        reveals = order.money is MoneyState.PAID and await self._contents.ready(sale, order.id, facts.jobs)
        earned = [each for each in self._earned(facts) if each.grant.order_id == order.id]
        show = self._view.receipt if sale.basket.gift_to is None else self._view.gift_for_recipient
        return show(sale, order, earned, number, reveals=reveals)

    async def _notice(self, facts: SaleFacts, notice: Notice, number: str) -> Card:
        sale = facts.sale
        subscription = await self._receipts.subscription(sale)
        theirs = sale.basket.gift_to is None or notice.audience is Audience.RECIPIENT
        earned = self._earned(facts)
        if subscription is not None and subscription.status is SubscriptionStatus.PAUSED:
            again = COMES_BACK  # who buys it anew would pay twice
        else:
            again = NOTHING if sale.basket.gift_to is not None else GET_IT_AGAIN
        told = Facts(
            role=_role_of(earned, notice),
            after=after(earned) if theirs else (),
            again=again,
            earned=_earned_later(earned, notice),
        )
        is_over = bool(earned) and all(each.grant.state is GrantState.ENDED for each in earned)
        return self._view.notice(sale, notice.kind, notice.audience, number, told, is_over=is_over)

    def _earned(self, facts: SaleFacts) -> list[Earned]:
        return [self._as_earned(grant, facts.benefits[grant.benefit_id]) for grant in facts.grants]

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
    if notice.kind is not NoticeKind.ENDED:
        return NOTHING
    return joined("", (text("**{role}**", role=each.role) for each in earned if each.grant.id == notice.row))


def _number(sale: Sale, job: int) -> str:
    """What a message is found again by: the sale's public name and which of its messages it is."""
    return f"{sale.reference}-{job}"
