"""Payment links in front of people: asked for by a command, or by a button that outlives the process."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from discord import ui

from bot.checkout.models import Basket, Buyer, Origin, Sale, UnconfirmedPurchase, own_purchase
from bot.checkout.pricing import Pricing
from bot.checkout.service import Link, Sales
from bot.checkout.unconfirmed import UnconfirmedPurchases
from bot.discord.components import Persistent
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.errors import AlreadyHeld, CouponRefused, PriceChanged
from bot.jobs.models import Job
from bot.jobs.queue import JobQueue
from bot.jobs.waiting import Asked
from bot.texts import text
from cogs import custom_ids
from cogs.checkout.delivery import LinkMessages
from cogs.checkout.view import SaleView


class CheckoutActions:
    """Asks for a link, has it brought, and shows what there is to decide when the store won't have it so."""

    def __init__(
        self,
        sales: Sales,
        queue: JobQueue,
        view: SaleView,
        *,
        links: LinkMessages,
        pricing: Pricing,
        unconfirmed: UnconfirmedPurchases,
        server_name: Callable[[int], str],
    ) -> None:
        self._sales = sales
        self._queue = queue
        self._links = links
        self._view = view
        self._pricing = pricing
        self._unconfirmed = unconfirmed
        self._server_name = server_name

    async def buy(self, answer: Answer, buyer: Buyer, origin: Origin, basket: Basket) -> Link | None:
        """Returns the link that was brought; None while there is something for the buyer to decide first."""
        try:
            link = await self._decided(answer, self._sales.open(buyer, origin, basket, reply=answer.reply))
        except AlreadyHeld as held:
            await self._ask(answer, held, buyer, origin, basket)
            return None
        await self._bring(answer, link)
        return link

    async def buy_anyway(self, answer: Answer, buyer: Buyer, reference: str) -> None:
        """Buy what they were asked about, at the price they saw. Raises confirmation_gone and not_yours."""
        unconfirmed = await self._unconfirmed.of_buyer(buyer.id, reference)
        basket = await self._pricing.today(unconfirmed.basket)
        origin = self._origin(unconfirmed)
        seen, now = unconfirmed.basket.subtotal, basket.subtotal
        if seen != now:
            held = AlreadyHeld(text("The price has changed since you were asked."), may_buy=True)
            await self._ask(answer, held, buyer, origin, basket)
            return
        opening = self._sales.open(
            buyer,
            origin,
            basket,
            reply=answer.reply,
            also=lambda tx, _sale: self._unconfirmed.take(tx, unconfirmed),
            anyway=True,
        )
        await self._bring(answer, await self._decided(answer, opening))

    async def _ask(
        self, answer: Answer, held: AlreadyHeld, buyer: Buyer, origin: Origin, basket: Basket
    ) -> None:
        if not held.may_buy:
            raise held
        answer.guild_id = origin.guild_id
        reference = await self._unconfirmed.keep(buyer, origin, basket)
        await answer.show(self._view.already_held(held, reference, basket))

    async def _bring(self, answer: Answer, link: Link | None) -> None:
        if link is None:
            return
        if link.job is None:
            await answer.show(self._view.again(link.sale))
        else:
            await self._carry_out(link.job, link)

    async def _carry_out(self, job: Job, link: Link) -> None:
        """What was just written isn't read again."""
        first = partial(self._links.deliver_first, sale=link.sale, may_wait=link.may_wait)
        await self._queue.carry_out(job, first if link.is_first else None)

    async def renew(self, answer: Answer, buyer: Buyer, reference: str) -> None:
        """Buy what a sale sold once more, at the day's price, though its buyer has it still.

        Raises purchase_unknown, not_yours, is_invoice, and what a purchase does.
        """
        sale = own_purchase(await self._sales.of_buyer(buyer.id, reference), buyer.id)
        basket = await self._pricing.today(replace(sale.basket, coupon=None))
        origin = self._origin(sale)
        # Two subscriptions to the same would only charge them twice.
        anyway = not any(line.is_subscription for line in basket.lines)
        opening = self._sales.open(buyer, origin, basket, reply=answer.reply, anyway=anyway)
        await self._bring(answer, await self._decided(answer, opening))

    async def again(
        self,
        answer: Answer,
        buyer: Buyer,
        reference: str,
        *,
        accepted: int | None,
        plain: bool,
        coupon: str | None = None,
    ) -> None:
        opening = self._sales.again(
            buyer,
            reference,
            server_name=self._server_name,
            accepted=accepted,
            without_coupon=plain,
            coupon=coupon,
            reply=answer.reply,
        )
        try:
            link = await self._decided(answer, opening)
        except AlreadyHeld as held:
            sale = await self._sales.of_buyer(buyer.id, reference)
            basket = replace(sale.basket, coupon=coupon) if plain or coupon else sale.basket
            origin = self._origin(sale)
            await self._ask(answer, held, buyer, origin, basket)
            return
        if link is None:
            return
        answer.guild_id = link.sale.guild_id
        if link.job is not None:
            await self._carry_out(link.job, link)
        elif link.sale.reference == reference:
            await answer.show(self._view.open(link.sale))
        else:
            await answer.tell(self._view.again(link.sale))

    def _origin(self, wanted: Sale | UnconfirmedPurchase) -> Origin:
        """Where it was wanted first: the click may come from a direct message."""
        return Origin(wanted.guild_id, self._server_name(wanted.guild_id), wanted.channel_id)

    async def decline(self, answer: Answer, buyer: Buyer, reference: str) -> None:
        """Leave it as it is. Raises purchase_unknown and not_yours."""
        sale = await self._sales.of_buyer(buyer.id, reference)
        answer.guild_id = sale.guild_id
        await answer.show(
            self._view.open(sale) if self._sales.is_payable(sale) else self._view.declined(sale)
        )

    async def write_gift_note(self, answer: Answer, buyer_id: int, reference: str, note: str) -> None:
        """Keep the note, and show the gift's link with it. Raises as `Sales.write_gift_note` does."""
        sale = await self._sales.write_gift_note(buyer_id, reference, note)
        answer.guild_id = sale.guild_id
        await answer.show(self._view.live(sale))

    async def _decided(self, answer: Answer, opening: Awaitable[Link]) -> Link | None:
        """The link, or None when there is something for the buyer to decide first."""
        try:
            return await opening
        except PriceChanged as change:
            await self._head(answer, change.reference)
            await answer.show(self._view.price_changed(change))
        except CouponRefused as refusal:
            await self._head(answer, refusal.reference)
            await answer.show(self._view.coupon_refused(refusal))
        return None

    async def _head(self, answer: Answer, reference: str) -> None:
        """In a direct message, the answer says whose shop it is from."""
        if answer.is_in_dm:
            answer.guild_id = (await self._sales.of_buyer(answer.reader_id, reference)).guild_id


class GetLink(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.GET_LINK):
    """A link for a sale, for the one member it is for."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            reference, plain = self.match["reference"], self.match["plain"] is not None
            await get_again(interaction, answer, reference, accepted=self.number("accepted"), plain=plain)


class GetLinkBelow(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.GET_LINK_BELOW):
    """The same from the list of /purchases, below it."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.match.string) as answer:
            await get_again(interaction, answer, self.match["reference"])


class BuyAnyway(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.BUY_ANYWAY):
    """Buys what somebody has already, for the one who was asked."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = service_of(interaction, CheckoutActions)
            await actions.buy_anyway(answer, buyer_of(interaction), self.match["reference"])


class Renew(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.RENEW):
    """Buys what ends soon once more, for who bought it."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.match.string) as answer:
            actions = service_of(interaction, CheckoutActions)
            await actions.renew(answer, buyer_of(interaction), self.match["reference"])


class NoThanks(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.NO_THANKS):
    """Says no to what was asked, for the one who was."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = service_of(interaction, CheckoutActions)
            await actions.decline(answer, buyer_of(interaction), self.match["reference"])


async def get_again(
    interaction: Interaction,
    answer: Answer,
    reference: str,
    *,
    accepted: int | None = None,
    plain: bool = False,
    coupon: str | None = None,
) -> None:
    """Ask for a link for the same once more, and show what comes of that."""
    await service_of(interaction, CheckoutActions).again(
        answer,
        buyer_of(interaction),
        reference,
        accepted=accepted,
        plain=plain,
        coupon=coupon,
    )


ITEMS: Final = (GetLink, GetLinkBelow, BuyAnyway, Renew, NoThanks)


def buyer_of(interaction: Interaction) -> Buyer:
    user = interaction.user
    return Buyer(id=user.id, username=user.name, display_name=user.display_name)


def origin_of(interaction: Interaction) -> Origin:
    """Where in a server a purchase begins."""
    guild = interaction.guild
    return Origin(
        guild_id=interaction.guild_id or 0,
        guild_name=guild.name if guild else "",
        channel_id=interaction.channel_id or 0,
    )
