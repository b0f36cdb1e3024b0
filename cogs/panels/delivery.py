"""Posts panels, edits what shows something else by now, and takes away what was removed."""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.catalog.availability import Line
from bot.catalog.catalog import REFRESH_INTERVAL, Catalog, Snapshot
from bot.catalog.models import Product, ProductSummary
from bot.catalog.refusals import ProductGone
from bot.checkout.pricing import Pricing
from bot.discord.cards import Marked, marker_of, numbered
from bot.discord.channel_messages import ChannelMessages, ChannelUnfit
from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.localized import localized
from bot.errors import PandabaseError, Refusal
from bot.jobs.models import Job, Outcome, Result
from bot.panels.models import Panel, PanelContent, PanelKind
from bot.panels.service import Panels
from bot.staff.repository import LogMessage
from bot.texts import channel, text
from cogs.panels.view import PanelView
from cogs.shop.storefront import with_those_below

log = logging.getLogger(__name__)

PRODUCTS_SHOWN: Final = 6
"""As many as fit one message, with what stands around them."""
_LISTED_READ_EVERY: Final = timedelta(hours=1)
"""What lists don't say of products, such as their variants, is read so often for a panel of many."""
_FINGERPRINT: Final = 32
"""Hexadecimal digits."""


class PanelCards:
    """Makes what panels show, from what is known of the store."""

    def __init__(self, bot: ShopBot, catalog: Catalog, pricing: Pricing, view: PanelView) -> None:
        self._bot = bot
        self._catalog = catalog
        self._pricing = pricing
        self._view = view

    async def content_of(self, panel: Panel) -> PanelContent | None:
        """As `PanelContents` of the panels' service says."""
        if not self._bot.serves(panel.guild_id):
            return None
        made = await self.made(panel)
        return None if made is None else made.content

    async def made(self, panel: Panel) -> "MadePanel | None":
        """The card; None as long as nothing is known of what it shows."""
        snapshot = self._catalog.latest
        if snapshot.fetched_at is None:
            return None
        try:
            card, until = await self._card(panel, snapshot)
        except PandabaseError as error:
            log.info("A panel stays as it is: %s", error)
            return None
        message = numbered(card, _number_of(panel))
        language = self._bot.language_in(panel.guild_id)
        shown = localized(card, language).to_components()  # type: ignore[no-untyped-call]  # discord.py's
        written = json.dumps(shown, sort_keys=True)
        fingerprint = hashlib.sha256(written.encode()).hexdigest()[:_FINGERPRINT]
        return MadePanel(message, PanelContent(fingerprint, until))

    async def _card(self, panel: Panel, snapshot: Snapshot) -> tuple[Card, datetime | None]:
        """The card, and when (UTC) it changes by itself."""
        product_id = panel.subject.product_id
        if product_id is None:
            return await self._listing(panel, snapshot)
        if product_id not in snapshot.by_id:
            return self._view.gone(panel), None
        try:
            product = await self._catalog.current(snapshot.by_id[product_id], max_age=REFRESH_INTERVAL)
        except ProductGone:
            return self._view.gone(panel), None
        card = self._view.product(
            panel,
            snapshot,
            product,
            self._offered(product),
            now=self._pricing.now,
            since=self._since(snapshot),
        )
        return card, self._changes_at([product])

    async def _listing(self, panel: Panel, snapshot: Snapshot) -> tuple[Card, datetime | None]:
        category = None
        found = list(reversed(snapshot.products))  # newest first
        if panel.subject.kind is PanelKind.CATEGORY:
            wanted = panel.subject.category_id or ""
            category = next((each for each in snapshot.categories if each.id == wanted), None)
            if category is None:
                return self._view.gone(panel), None
            below = with_those_below(wanted, snapshot.categories)
            found = [each for each in found if any(one.id in below for one in each.categories)]
        found.sort(key=self._is_refused)
        products: list[ProductSummary] = []
        for each in found[:PRODUCTS_SHOWN]:
            try:
                products.append(await self._catalog.current(each, max_age=_LISTED_READ_EVERY))
            except ProductGone:
                products.append(each)  # the next read of the list knows it too
        products.sort(key=self._is_refused)
        card = self._view.listing(
            panel,
            snapshot,
            category,
            products,
            total=len(found),
            now=self._pricing.now,
            since=self._since(snapshot),
        )
        return card, self._changes_at(products)

    def _offered(self, product: Product) -> Line | Refusal:
        """What Buy buys, or why it can't."""
        refusal = self._view.pages.product_text.refusal(product, self._pricing.now)
        if refusal is not None:
            return refusal  # of all variants, where there are some
        try:
            return self._pricing.offered(product, None, 1)
        except Refusal as refused:
            return refused

    def _is_refused(self, product: ProductSummary) -> bool:
        return self._view.pages.product_text.refusal(product, self._pricing.now) is not None

    def _since(self, snapshot: Snapshot) -> datetime | None:
        """Since when nothing newer is known, where that is so long that people should be told."""
        return snapshot.fetched_at if self._catalog.is_away and self._catalog.is_stale else None

    def _changes_at(self, products: list[Product] | list[ProductSummary]) -> datetime | None:
        moments = [
            moment
            for product in products
            if isinstance(product, Product)
            for moment in (product.available_from, product.available_until)
            if moment is not None and moment > self._pricing.now
        ]
        return min(moments, default=None)


@dataclass(frozen=True, slots=True)
class MadePanel:
    message: Marked
    content: PanelContent


class PanelMessages:
    """One kind of job."""

    def __init__(self, bot: ShopBot, panels: Panels, cards: PanelCards) -> None:
        self._posts = ChannelMessages(bot)
        self._panels = panels
        self._cards = cards

    async def show(self, job: Job) -> Result:
        """Have the panel's message show what is true now, or be gone. Raises what Discord answers."""
        panel = await self._panels.by_id(int(job.key))
        if panel is None:
            return Result(Outcome.GONE)
        if panel.is_removed:
            return await self._take_away(panel, job)
        made = await self._cards.made(panel)
        if made is None:
            return Result(Outcome.WAITING, retry=True)
        if panel.message_id is None:
            return await self._post(panel, made, job)
        return await self._edit(panel, panel.message_id, made)

    async def _post(self, panel: Panel, made: MadePanel, job: Job) -> Result:
        try:
            message = await self._posts.post(
                panel.channel_id,
                made.message,
                since=panel.created_at,
                look_first=job.may_have_happened,
            )
        except ChannelUnfit as unfit:
            why = text(
                "The bot couldn't post in {channel}. {why}", channel=channel(panel.channel_id), why=unfit.what
            )
            return Result(Outcome.GONE, write=partial(self._panels.retire, panel, why))
        keep = partial(self._panels.keep, panel, message.message_id, made.content.fingerprint)
        return Result(Outcome.POSTED, write=keep)

    async def _edit(self, panel: Panel, message_id: int, made: MadePanel) -> Result:
        if panel.shows == made.content.fingerprint:
            return Result(Outcome.UPDATED)
        try:
            is_there = await self._posts.edit(LogMessage(panel.channel_id, message_id), made.message.card)
        except ChannelUnfit as unfit:
            why = text(
                "The bot's message in {channel} is out of date, and it can't be edited. {why}",
                channel=channel(panel.channel_id),
                why=unfit.what,
            )
            return Result(Outcome.WAITING, retry=True, write=partial(self._panels.tell_staff, panel, why))
        if not is_there:
            return Result(Outcome.GONE, write=partial(self._panels.retire, panel, None))
        keep = partial(self._panels.keep, panel, message_id, made.content.fingerprint)
        return Result(Outcome.UPDATED, write=keep)

    async def _take_away(self, panel: Panel, job: Job) -> Result:
        message = None
        try:
            if panel.message_id is not None:
                message = LogMessage(panel.channel_id, panel.message_id)
            elif job.may_have_happened:
                message = await self._posts.found(
                    panel.channel_id, marker_of(_number_of(panel)), panel.created_at
                )
            if message is not None:
                await self._posts.take_away(message)
        except ChannelUnfit as unfit:
            why = text(
                "The bot couldn't delete its message in {channel}. Delete it by hand. {why}",
                channel=channel(panel.channel_id),
                why=unfit.what,
            )
            return Result(Outcome.GONE, write=partial(self._panels.tell_staff, panel, why))
        return Result(Outcome.GONE)


def _number_of(panel: Panel) -> int:
    """What its message is found again by; jobs, whose messages may be in the same channel, count upwards."""
    return -panel.id
