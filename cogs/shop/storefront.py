"""`/shop`: the store to look at, in one private message that its buttons change."""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.access.service import Access
from bot.catalog.availability import Line
from bot.catalog.catalog import FRESH_FOR, REFRESH_INTERVAL, Catalog, Snapshot
from bot.catalog.models import Category, Product, ProductSummary
from bot.catalog.refusals import FreeProduct, ProductGone
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.pricing import Pricing
from bot.checkout.refusals import not_yours
from bot.discord.client import ShopBot
from bot.discord.components import Card, page_led_to
from bot.discord.forms import answers_form, typed_into, whole_number
from bot.discord.interactions import Answer, Interaction, private_answer, update_in_place
from bot.discord.private_replies import PrivateReplies
from bot.errors import PandabaseError, Refusal
from bot.jobs.worker import Clock
from bot.storage.queues import Mark
from bot.texts import Text, text
from cogs import custom_ids
from cogs.cart.actions import CartActions
from cogs.checkout.actions import CheckoutActions
from cogs.shop.forms import LONGEST_SEARCH
from cogs.shop.listing_view import PRODUCTS_PER_PAGE, ListingPage, ListingView, chosen_category, closed
from cogs.shop.product_view import fitting, mark_of
from cogs.shop.sessions import Choice, Listing, StorefrontSession, StorefrontSessions

log = logging.getLogger(__name__)

MOST_FOUND: Final = 300
"""Products that a search lists: fifty pages, more than anyone turns."""
_WAIT_FOR_DETAILS: Final = 2.0
"""Seconds that a list waits for its products' details; without them it says less, but is there."""
_GONE: Final = text("That product is no longer sold.")

Search = app_commands.Range[str, 1, LONGEST_SEARCH]


class StorefrontActions:
    """What the storefront's message shows, and what its buttons, menus and forms change."""

    def __init__(
        self,
        catalog: Catalog,
        pricing: Pricing,
        links: CheckoutActions,
        carts: CartActions,
        pages: ListingView,
        *,
        access: Access,
        replies: PrivateReplies,
        mark: Mark,
        clock: Clock,
    ) -> None:
        self._access = access
        self._catalog = catalog
        self._pricing = pricing
        self._links = links
        self._carts = carts
        self._pages = pages
        self._replies = replies
        self._clock = clock
        self.sessions = StorefrontSessions(self._close, mark, clock)

    async def open(
        self,
        answer: Answer,
        user_id: int,
        search: str = "",
        *,
        category: str | None = None,
        product: str | None = None,
    ) -> None:
        """A new page: of what is found, of a category, or of a product (their ids)."""
        if self._catalog.age() is None:
            await self._catalog.refresh()
        choice = None if product is None else Choice(product)
        session = StorefrontSession(
            user_id, answer.guild_id or 0, answer.reply, Listing(category, search), choice
        )
        self.sessions.begin(session)
        await answer.show(await self._card(session))

    def session(self, key: str, user_id: int) -> StorefrontSession | None:
        """The session of a clicked page; None when it has closed. Raises not_yours."""
        session = self.sessions.find(key)
        if session is not None and session.user_id != user_id:
            raise not_yours()
        return session

    async def step(self, answer: Answer, session: StorefrontSession | None, action: str, value: str) -> None:
        """Do what a button, or the `value` chosen in a menu, stands for."""
        if action == "refresh":
            await self._catalog.refresh()
        await self._change(answer, session, partial(_turn, action=action, value=value))

    async def fill_in(self, answer: Answer, session: StorefrontSession | None, form: str, typed: str) -> None:
        """Do what was typed into a form; what can't be is said on the page."""
        await self._change(answer, session, partial(_fill_in, form=form, typed=typed.strip()))

    async def buy(
        self,
        answer: Answer,
        session: StorefrontSession | None,
        buyer: Buyer,
        origin: Origin,
        *,
        mark: str,
        amount: int | None,
    ) -> None:
        """Buy what the page showed; the page stays, and the answer comes below it.

        `mark` says what that was, `amount` (cents) at what price: anything else is shown first.
        """
        if session is None:
            await answer.show(closed())
            return
        choice = session.choice
        if choice is None:
            await self._redraw(session)
            await answer.show(self._pages.of_products.offer_changed())
            return
        try:
            line = await self._pricing.line(choice.product_id, choice.variant_id, choice.quantity)
            if mark_of(line, choice.coupon) != mark:
                await answer.show(self._pages.of_products.offer_changed())
            elif line.amount != amount:
                await answer.show(self._pages.of_products.price_changed(line, amount))
            else:
                await self._links.buy(answer, buyer, origin, Basket((line,), choice.coupon))
                if self._offered(await self._catalog.details(choice.product_id), choice) == line:
                    return
        except Refusal:
            await self._redraw(session)
            raise
        await self._redraw(session)

    async def add(
        self,
        answer: Answer,
        session: StorefrontSession | None,
        user_id: int,
        guild_id: int,
        *,
        mark: str,
    ) -> None:
        """Put what the page showed into the cart, below the page; `mark` says what that was."""
        if session is None:
            await answer.show(closed())
            return
        choice = session.choice
        if choice is not None:
            line = await self._pricing.line(choice.product_id, choice.variant_id, choice.quantity)
            if mark_of(line, choice.coupon) == mark:
                await self._carts.add(answer, user_id, guild_id, line, choice.coupon)
                return
        await self._redraw(session)
        await answer.show(self._pages.of_products.offer_changed())

    # --- what is shown --------------------------------------------------------------------------------

    async def _change(
        self, answer: Answer, session: StorefrontSession | None, change: Callable[[StorefrontSession], None]
    ) -> None:
        """Change what the session shows, and show it."""
        if session is None:
            await answer.show(closed())
            return
        async with session.turning:
            self.sessions.prolong(session, answer.reply)
            before = session.listing, session.choice
            try:
                change(session)
                await answer.show(await self._card(session))
            except Exception:
                session.listing, session.choice = before  # what can't be shown was not turned to
                raise

    async def _redraw(self, session: StorefrontSession) -> None:
        """Have the page show what is true now, after it turned out not to."""
        async with session.turning:
            try:
                card = await self._card(session)
            except PandabaseError as error:
                log.info("A page of the shop stays as it was: %s", error)
            else:
                await self._replies.edit(session.reply, card)

    async def _card(self, session: StorefrontSession) -> Card:
        if session.choice is None:
            return await self._listing_card(session)
        try:
            return await self._product_card(session, session.choice)
        except ProductGone:
            session.choice = None
            await self._catalog.refresh()  # the list has it still
            return await self._listing_card(session, note=_GONE)

    async def _listing_card(self, session: StorefrontSession, *, note: Text | None = None) -> Card:
        snapshot = self._catalog.snapshot
        if snapshot.fetched_at is None:
            return self._pages.store_away(session)
        found = await self._listed(session.listing, snapshot)
        pages = max(1, -(-len(found) // PRODUCTS_PER_PAGE))
        number = min(session.listing.page, pages - 1)
        session.turn(page=number)
        shown = found[number * PRODUCTS_PER_PAGE :][:PRODUCTS_PER_PAGE]
        return self._pages.listing(
            session,
            snapshot,
            ListingPage(await self._with_details(shown), number, pages, len(found)),
            stale=self._catalog.is_stale,
            away=self._catalog.is_away,
            now=self._clock(),
            note=note,
        )

    async def _listed(self, listing: Listing, snapshot: Snapshot) -> list[ProductSummary]:
        if listing.search:
            found = await self._catalog.search(listing.search, MOST_FOUND)
        else:
            found = list(reversed(snapshot.products))  # newest first
        found.sort(key=self._is_refused)  # what can't be bought comes last, by what lists say: pages stay put
        if listing.category is None:
            return found
        wanted = with_those_below(listing.category, snapshot.categories)
        return [product for product in found if any(each.id in wanted for each in product.categories)]

    def _is_refused(self, product: ProductSummary) -> bool:
        refusal = self._pages.product_text.refusal(product, self._clock())
        return refusal is not None and not isinstance(refusal, FreeProduct)

    async def _with_details(self, products: list[ProductSummary]) -> list[ProductSummary]:
        """The same products, with what lists don't say of them: variants, interval and trial."""
        unknown = [each for each in products if not self._is_refused(each)]
        if not unknown:
            return products
        details = partial(self._catalog.details, max_age=REFRESH_INTERVAL)
        reads = [asyncio.create_task(details(each.id)) for each in unknown]
        done, late = await asyncio.wait(reads, timeout=_WAIT_FOR_DETAILS)
        for read in late:
            read.cancel()
        known = {read.result().id: read.result() for read in done if read.exception() is None}
        return sorted((known.get(product.id, product) for product in products), key=self._is_refused)

    async def _product_card(self, session: StorefrontSession, choice: Choice) -> Card:
        product = await self._catalog.details(choice.product_id)
        if not fitting(product, choice):
            session.choose(variant_search="")  # it is said once that nothing fits
        return self._pages.product(
            session,
            choice,
            product,
            await self._offered_to(session, product, choice),
            snapshot=self._catalog.snapshot,
            known_at=self._known_at(product),
            now=self._clock(),
        )

    def _known_at(self, product: Product) -> datetime | None:
        """When this was read, if that is longer ago than the store being there would have it."""
        age = self._catalog.details_age(product.id)
        return self._clock() - age if age is not None and age > FRESH_FOR else None

    async def _offered_to(
        self, session: StorefrontSession, product: Product, choice: Choice
    ) -> Line | Refusal:
        """What they would buy, or why they can't: others may be able to."""
        offered = self._offered(product, choice)
        if isinstance(offered, Refusal):
            return offered
        try:
            await self._access.require(session.guild_id, session.user_id, Basket((offered,)))
        except Refusal as refusal:
            return refusal
        return offered

    def _offered(self, product: Product, choice: Choice) -> Line | Refusal:
        try:
            return self._pricing.offered(product, choice.variant_id, choice.quantity)
        except Refusal as refusal:
            return refusal

    async def _close(self, session: StorefrontSession) -> None:
        await self._replies.edit(session.reply, closed())


class ShopCommand(commands.Cog):
    def __init__(self, actions: StorefrontActions) -> None:
        self._actions = actions

    @app_commands.command()
    @app_commands.describe(search="What you're looking for; leave empty to see everything")
    async def shop(self, interaction: discord.Interaction[ShopBot], search: Search | None = None) -> None:
        """Browse the shop. Only you see it."""
        async with private_answer(interaction) as answer:
            await self._actions.open(answer, interaction.user.id, (search or "").strip())

    @answers_form(custom_ids.SHOP_FORM)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with update_in_place(interaction) as answer:
            session = self._actions.session(match["key"], interaction.user.id)
            await self._actions.fill_in(answer, session, match["action"], typed_into(interaction))


def _turn(session: StorefrontSession, *, action: str, value: str) -> None:
    listing = session.listing
    match action:
        case "previous":
            session.turn(page=max(0, listing.page - 1))
        case "next":
            session.turn(page=listing.page + 1)
        case "all":
            session.listing = Listing()
        case "category" if (page := page_led_to(value)) is not None:
            session.turn(category_page=page)
        case "category":
            session.turn(category=chosen_category(value), search="", page=0)
        case "product":
            session.choice = Choice(value)
        case "back":
            session.choice = None
        case _ if session.choice is not None:
            _turn_product(session, session.choice, action=action, value=value)


def _turn_product(session: StorefrontSession, choice: Choice, *, action: str, value: str) -> None:
    match action:
        case "variant" if (page := page_led_to(value)) is not None:
            session.choose(variant_page=page)
        case "variant":
            session.choose(variant_id=value)
        case "read":
            session.choose(is_read=not choice.is_read)


def _fill_in(session: StorefrontSession, *, form: str, typed: str) -> None:
    match form:
        case "search":
            session.choice = None
            session.turn(search=typed, category=None, page=0)
        case "quantity" if (quantity := whole_number(typed)) is not None:
            session.choose(quantity=quantity)
        case "quantity":
            session.choose(mistyped=typed or "–")
        case "coupon":
            session.choose(coupon=typed or None)
        case "variants":
            session.choose(variant_search=typed, variant_page=0)


def with_those_below(category: str, categories: tuple[Category, ...]) -> set[str]:
    """The category's id and those of all below it."""
    wanted = {category}
    # A tree is walked level by level; one that bites its own tail adds nothing new.
    while below := {each.id for each in categories if each.parent_id in wanted} - wanted:
        wanted |= below
    return wanted
