"""Tells people what their payment earned, and what became of it."""

from collections.abc import Sequence

import discord

from bot.discord_io.cards import Card
from bot.discord_io.direct_messages import DirectMessageRefused, DirectMessages, DirectMessageUnknown
from bot.discord_io.fulfilment_cards import Earned, FulfilmentCards, footer
from bot.discord_io.roles import RoleKeeper
from bot.fulfilment.models import Benefit, Grant
from bot.fulfilment.reveal import Contents
from bot.fulfilment.states import GrantState
from bot.fulfilment.stories import Audience, Notice, Story, notice_of, reader_of
from bot.markdown import escape
from bot.outbox.models import Delivery, Outcome, PlannedStep, Result, Step
from bot.sales.models import Sale
from bot.sales.states import MoneyState
from bot.storage.unit_of_work import UnitOfWork


class FulfilmentMessages:
    """Two steps of the outbox. Each looks up what is true now, so that it may come late, or twice."""

    def __init__(
        self,
        bot: discord.Client,
        database: UnitOfWork,
        cards: FulfilmentCards,
        roles: RoleKeeper,
        contents: Contents,
    ) -> None:
        self._database = database
        self._direct_messages = DirectMessages(bot)
        self._cards = cards
        self._roles = roles
        self._contents = contents

    async def tell(self, delivery: Delivery) -> Result:
        """Tell what a payment earned, or what became of it: of a gift, each side has messages of its own."""
        async with self._database.read() as tx:
            sale = await tx.sales.by_id(delivery.sale_id)
        card = await self.paper(sale, delivery)
        reader_id = reader_of(delivery.step, delivery.target, sale.buyer_id, sale.recipient_id)
        return await self._send(delivery, reader_id, card, _number(sale, delivery.id))

    async def paper(self, sale: Sale, step: Delivery | PlannedStep) -> Card:
        """A receipt or notice as its DM has it now. Raises ValueError for a notice that isn't known."""
        number = _number(sale, step.id)
        if step.step is Step.RECEIPT:
            return await self._receipt(sale, step.target, number)
        return await self._notice(sale, notice_of(step.target), number)

    async def _receipt(self, sale: Sale, target: str, number: str) -> Card:
        row, _, audience = target.partition(":")
        if audience:
            return self._cards.gift_for_payer(sale, number)
        async with self._database.read() as tx:
            order = await tx.payments.order_by_row(int(row))
        # What was refunded since has nothing to reveal any more.
        paid = order is not None and order.money is MoneyState.PAID
        shown = int(row) if paid and await self._contents.ready(sale, int(row)) else None
        earned = [each for each in await self._earned(sale) if each.grant.order_id == int(row)]
        show = self._cards.receipt if sale.basket.gift_to is None else self._cards.gift_for_recipient
        return show(sale, earned, number, shown)

    async def _notice(self, sale: Sale, notice: Notice, number: str) -> Card:
        theirs = sale.basket.gift_to is None or notice.audience is Audience.RECIPIENT
        earned = await self._earned(sale)
        facts = {
            "role": _role_of(earned, notice),
            "after": after(earned) if theirs else "",
            "earned": self._earned_later(earned, notice),
        }
        return self._cards.notice(sale, notice.story, notice.audience, number, facts)

    def _earned_later(self, earned: Sequence[Earned], notice: Notice) -> str:
        if notice.story is not Story.EARNED:
            return ""
        return "\n".join(self._cards.earned([each for each in earned if each.grant.id == notice.row]))

    async def _earned(self, sale: Sale) -> list[Earned]:
        async with self._database.read() as tx:
            grants = await tx.fulfilment.grants_of_sale(sale.id)
            benefits = await tx.fulfilment.benefits_by_id(grant.benefit_id for grant in grants)
        return [self._as_earned(grant, benefits[grant.benefit_id]) for grant in grants]

    def _as_earned(self, grant: Grant, benefit: Benefit) -> Earned:
        role = self._roles.name(grant.guild_id, grant.role_id)
        return Earned(grant, benefit, role, self._roles.server(grant.guild_id))

    async def _send(self, delivery: Delivery, user_id: int, card: Card, number: str) -> Result:
        try:
            await self._direct_messages.send(
                user_id,
                card,
                marker=footer(number),
                nonce=number,
                look_first=delivery.may_have_happened,
            )
        except DirectMessageRefused:
            return Result(Outcome.UNDELIVERED, refresh=True)
        except DirectMessageUnknown:
            return Result(Outcome.UNDELIVERED, retry=True)
        return Result(Outcome.DIRECT_MESSAGE, refresh=True)


def after(earned: Sequence[Earned]) -> str:
    """What the holder has now, in a sentence for each role."""
    sentences = []
    for each in earned:
        role, ends_at = escape(each.role), each.grant.ends_at
        if each.grant.state is not GrantState.LIVE:
            sentences.append(f" You no longer have the role **{role}** by it.")
        elif ends_at is not None:
            sentences.append(f" You keep the role **{role}** until {discord.utils.format_dt(ends_at, 'f')}.")
        else:
            sentences.append(f" You keep the role **{role}**.")
    return "".join(dict.fromkeys(sentences))


def _role_of(earned: Sequence[Earned], notice: Notice) -> str:
    if notice.story is not Story.ENDED:
        return ""
    return "".join(f"**{escape(each.role)}**" for each in earned if each.grant.id == notice.row)


def _number(sale: Sale, delivery: int) -> str:
    """What a message is found again by: the sale's public name and which of its messages it is."""
    return f"{sale.reference}-{delivery}"
