"""`/store panel …` and `/store announce`: what staff have posted for everybody to see."""

import asyncio
from contextlib import suppress
from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.catalog.catalog import Catalog
from bot.catalog.models import Category
from bot.catalog.search import fold
from bot.discord.channel_messages import ChannelMessages
from bot.discord.client import ShopBot
from bot.discord.components import Card, Persistent, Stack, button, list_page, notice
from bot.discord.interactions import (
    Answer,
    Interaction,
    choices,
    language_of,
    private_answer,
    service_of,
    update_in_place,
)
from bot.discord.staff import Staff
from bot.errors import Unavailable
from bot.jobs.waiting import Asked
from bot.markdown import cut
from bot.panels.models import Panel, PanelKind, PanelSubject
from bot.panels.refusals import category_unknown, one_or_the_other
from bot.panels.service import Panels
from bot.staff.repository import LogMessage
from bot.texts import Text, as_text, lines, markdown, mention, text
from bot.texts import channel as channel_link
from cogs import custom_ids
from cogs.catalog.autocomplete import (
    LONGEST_CHOICE,
    Choice,
    matching_choices,
    meant_product,
    product_choices,
)
from cogs.catalog.product_text import shown
from cogs.panels.delivery import PanelCards
from cogs.panels.view import LONGEST_ANNOUNCEMENT
from cogs.staff.sales_log import require_writable

_LONGEST_NAME: Final = 80
_PATIENCE: Final = 3.0
"""Seconds for looking which messages are still there; the rest stay in the list."""

Announcement = app_commands.Range[str, 1, LONGEST_ANNOUNCEMENT]


class StaffPanelActions:
    """What staff do with panels; who may is checked each time."""

    def __init__(self, bot: ShopBot, panels: Panels, cards: PanelCards, staff: Staff) -> None:
        self.panels = panels
        self.staff = staff
        self._cards = cards
        self._messages = ChannelMessages(bot)

    async def listed(self, guild_id: int, number: int) -> Card:
        """A page of the server's panels and announcements; pages count from 0."""
        found = await self._standing(guild_id)
        if not found:
            return notice(text("No panels here yet. Post one with /store panel post."))
        return list_page(text("### Panels and announcements"), map(_line, found), number, custom_ids.panels)

    async def _standing(self, guild_id: int) -> list[Panel]:
        """Without those whose messages somebody deleted: nobody tells the bot of that, so it looks."""
        found = await self.panels.all(guild_id)
        gone: list[Panel] = []

        async def look(panel: Panel) -> None:
            message = LogMessage(panel.channel_id, panel.message_id or 0)
            if panel.message_id is not None and await self._messages.is_gone(message):
                gone.append(panel)

        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await asyncio.gather(*map(look, found))
        if gone:
            await self.panels.retire_all(gone)
        return [panel for panel in found if panel not in gone]

    async def preview(self, panel: Panel) -> Stack | Card:
        """An announcement as it would be posted, with the question whether to."""
        made = await self._cards.made(panel)
        if made is None:
            raise Unavailable
        for item in made.message.card.walk_children():
            if isinstance(item, ui.Button | ui.Select):
                item.disabled = True  # it is only to be looked at
        yes, no = (custom_ids.announce(panel.reference, answer) for answer in ("yes", "no"))
        question = notice(
            text("### Post this in {channel}?", channel=channel_link(panel.channel_id)),
            text("It mentions nobody, and its price and stock stay up to date."),
            buttons=(
                button(text("Post it"), yes, discord.ButtonStyle.success),
                button(text("Cancel"), no, discord.ButtonStyle.secondary),
            ),
        )
        both = Stack()
        both.put(made.message.card)
        both.put(question)
        return both


class PanelCommands(app_commands.Group):
    def __init__(self, actions: StaffPanelActions, catalog: Catalog) -> None:
        super().__init__(name="panel", description="Show the shop in a channel, for everyone to see")
        self._actions = actions
        self._catalog = catalog

    @app_commands.command()
    @app_commands.describe(
        channel="Where to post it",
        product="Show just this product",
        category="Show just this category; leave both out to show the whole shop",
    )
    async def post(
        self,
        interaction: discord.Interaction[ShopBot],
        channel: discord.TextChannel,
        product: str | None = None,
        category: str | None = None,
    ) -> None:
        """Post the shop, a category or a product for everyone to see; it stays up to date."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = self._actions.staff.require(interaction)
            if product is not None and category is not None:
                raise one_or_the_other()
            require_writable(channel, interaction)
            subject = await self._subject(product, category)
            replaced = await self._actions.panels.post(guild_id, channel.id, subject, by=interaction.user.id)
            there = channel_link(channel.id)
            said = text("Posting {what} in {channel}.", what=_named(subject), channel=there)
            follows = text(
                "Prices, stock and pictures stay up to date. See all of them in /store panel list."
            )
            earlier = text("It replaces the one that was there.") if replaced else None
            await answer.show(notice(lines(said, earlier, follows)))

    @app_commands.command(name="list")
    async def list_panels(self, interaction: discord.Interaction[ShopBot]) -> None:
        """See this server's panels and announcements."""
        async with private_answer(interaction) as answer:
            guild_id = self._actions.staff.require(interaction)
            await answer.show(await self._actions.listed(guild_id, 0))

    @app_commands.command()
    @app_commands.describe(panel="Choose one from the list")
    async def remove(self, interaction: discord.Interaction[ShopBot], panel: str) -> None:
        """Take down a panel or an announcement."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = self._actions.staff.require(interaction)
            removed = await self._actions.panels.remove(guild_id, panel, by=interaction.user.id)
            there = channel_link(removed.channel_id)
            gone = text("Removed from {channel}: {what}.", channel=there, what=_named(removed.subject))
            await answer.show(notice(gone))

    @post.autocomplete("product")
    @choices
    async def _suggest_products(self, _interaction: Interaction, current: str) -> list[Choice]:
        return await product_choices(self._catalog, current)

    @post.autocomplete("category")
    @choices
    async def _suggest_categories(self, _interaction: Interaction, current: str) -> list[Choice]:
        categories = self._catalog.snapshot.categories
        return matching_choices(((each.name, each.id) for each in categories), current)

    @remove.autocomplete("panel")
    @choices
    async def _suggest_panels(self, interaction: Interaction, current: str) -> list[Choice]:
        found = await self._actions.panels.all(self._actions.staff.require(interaction))
        return matching_choices(((_label(interaction, panel), panel.reference) for panel in found), current)

    async def _subject(self, product: str | None, category: str | None) -> PanelSubject:
        """What was chosen. Raises product_unknown, category_unknown and Unavailable."""
        if product is not None:
            found = await meant_product(self._catalog, product)
            return PanelSubject(product_id=found.id, title=found.title)
        if self._catalog.age() is None and not await self._catalog.refresh():
            raise Unavailable
        if category is None:
            return PanelSubject()
        chosen = _meant_category(self._catalog.snapshot.categories, category)
        return PanelSubject(category_id=chosen.id, title=chosen.name)


class AnnounceCommand(app_commands.Command[Any, ..., None]):
    """`/store announce`: shown to who wrote it first."""

    def __init__(self, actions: StaffPanelActions, catalog: Catalog) -> None:
        async def announce(
            interaction: discord.Interaction[ShopBot],
            product: str,
            channel: discord.TextChannel,
            text: Announcement,
        ) -> None:
            async with private_answer(interaction, Asked.CHANGE) as answer:
                guild_id = actions.staff.require(interaction)
                require_writable(channel, interaction)
                found = await meant_product(catalog, product)
                subject = PanelSubject(product_id=found.id, title=found.title)
                panel = await actions.panels.draft(
                    guild_id, channel.id, subject, text.strip() or "…", by=interaction.user.id
                )
                await answer.show(await actions.preview(panel), announce=False)

        super().__init__(
            name="announce",
            description="Post a product with your words and a Buy button; you see it first",
            callback=app_commands.describe(
                product="What to announce", channel="Where to post it", text="Your words, above the product"
            )(announce),
        )
        self._catalog = catalog
        self.autocomplete("product")(self.suggest_products)

    @choices
    async def suggest_products(self, _interaction: Interaction, current: str) -> list[Choice]:
        return await product_choices(self._catalog, current)


class PanelPage(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.PANELS):
    """Turns the list of panels."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = _actions(interaction)
            guild_id = actions.staff.require(interaction)
            await answer.show(await actions.listed(guild_id, int(self.match["page"])))


class AnswerAnnouncement(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.ANNOUNCE):
    """Posts an announcement, or drops it."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions, reference = _actions(interaction), self.match["panel"]
            guild_id, by = actions.staff.require(interaction), interaction.user.id
            if self.match["answer"] == "no":
                await actions.panels.discard(guild_id, reference, by=by)
                await answer.show(notice(text("Cancelled. Nothing was posted.")))
                return
            await _announce(answer, interaction, reference)


async def _announce(answer: Answer, interaction: Interaction, reference: str) -> None:
    actions, by = _actions(interaction), interaction.user.id
    guild_id = actions.staff.require(interaction)
    drafted = await actions.panels.drafted(guild_id, reference, by=by)
    channel = interaction.guild.get_channel(drafted.channel_id) if interaction.guild else None
    if isinstance(channel, discord.TextChannel):  # one that is gone is said by the note that follows
        require_writable(channel, interaction)
    await actions.panels.announce(guild_id, reference, by=by)
    there = channel_link(drafted.channel_id)
    said = text("Posting it in {channel}.", channel=there)
    await answer.show(notice(lines(said, text("To take it down, use /store panel remove."))))


def _meant_category(categories: tuple[Category, ...], typed: str) -> Category:
    """The category that was chosen, or whose name was typed. Raises category_unknown."""
    for each in categories:
        if each.id == typed:
            return each
    named = [each for each in categories if fold(each.name) == fold(typed)]
    if len(named) != 1:
        raise category_unknown(cut(typed, LONGEST_CHOICE))
    return named[0]


def _named(subject: PanelSubject) -> Text:
    if subject.kind is PanelKind.STOREFRONT:
        return text("the shop")
    return text("**{title}**", title=shown(subject.title, _LONGEST_NAME))


def _line(panel: Panel) -> Text:
    """What it is, where, and since when; the channel leads to its message."""
    there = (
        channel_link(panel.channel_id)
        if panel.message_id is None
        else markdown(f"https://discord.com/channels/{panel.guild_id}/{panel.channel_id}/{panel.message_id}")
    )
    facts: dict[str, Text] = {
        "what": _named(panel.subject),
        "channel": there,
        "member": mention(panel.posted_by),
        "date": as_text(panel.created_at),
    }
    if panel.said is None:
        return text("- {what} in {channel}, by {member}, {date}", **facts)
    return text("- {what} in {channel}, announced by {member}, {date}", **facts)


def _label(interaction: Interaction, panel: Panel) -> str:
    """The same in a menu, which knows no Markdown."""
    guild = interaction.guild
    channel = guild.get_channel(panel.channel_id) if guild else None
    what = _named(panel.subject).render(language_of(interaction), plain=True).strip("*")
    name = channel.name if channel else str(panel.channel_id)
    return f"{cut(what, _LONGEST_NAME)} · #{name}"


def _actions(interaction: Interaction) -> StaffPanelActions:
    return service_of(interaction, StaffPanelActions)
