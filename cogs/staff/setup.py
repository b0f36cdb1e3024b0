"""`/store setup`: what has to be so before the shop sells, with a button where one mends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.access.service import Access
from bot.catalog.catalog import Catalog
from bot.catalog.models import ProductType
from bot.discord.cards import State, headed
from bot.discord.client import ShopBot
from bot.discord.components import Card, Persistent, button, link_button
from bot.discord.connection import CONNECTION_LOST
from bot.discord.inspection import FOR_HELP, NEEDED
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.discord.localized import ChannelMenu, Paragraph
from bot.discord.roles import RoleKeeper
from bot.discord.staff import Staff
from bot.errors import Refusal
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.models import Benefit, Obstacle
from bot.fulfilment.steps.contents import WITH_KEYS
from bot.staff.audit import SetupAudit
from bot.staff.token_features import TokenFeature, TokenFeatures
from bot.texts import Text, as_text, joined, limited, lines, listed, markdown, ntext, text, titled
from cogs import custom_ids
from cogs.staff.sales_log import StaffChannels
from cogs.staff.settings import SettingsPage

_TROUBLES_SHOWN: Final = 3
_LONGEST_TROUBLE: Final = 300
_PRODUCTS_NAMED: Final = 5
_EARN_WITHOUT_ROLE: Final = WITH_KEYS | {ProductType.DIGITAL_DOWNLOAD, ProductType.PHYSICAL}
"""Kinds of products whose buyers get something by the store alone."""
_PERMISSIONS: Final = {
    "view_channel": text("View Channels"),
    "send_messages": text("Send Messages"),
    "embed_links": text("Embed Links"),
    "attach_files": text("Attach Files"),
    "read_message_history": text("Read Message History"),
    "manage_roles": text("Manage Roles"),
    "create_private_threads": text("Create Private Threads"),
    "send_messages_in_threads": text("Send Messages in Threads"),
}


class Standing(Enum):
    """How a part of the checklist stands."""

    FINE = "✅"
    HINT = "💡"
    """It may be meant so."""
    WRONG = "❌"


@dataclass(frozen=True, slots=True)
class Item:
    """A part of the checklist, and what mends it where a button can."""

    standing: Standing
    title: Text
    said: Text
    mend: ui.Button[Any] | ui.ChannelSelect[Any] | None = None


PaymentTrouble = Callable[[], Text | None]
"""What keeps payments from being seen; None if nothing is known to."""


class SetupPage:
    """Who may is checked at every look and click."""

    def __init__(
        self,
        bot: ShopBot,
        staff: Staff,
        *,
        payments: PaymentTrouble,
        channels: StaffChannels,
        benefits: Benefits,
        roles: RoleKeeper,
        access: Access,
        catalog: Catalog,
        audit: SetupAudit,
    ) -> None:
        self._bot = bot
        self._staff = staff
        self._payments = payments
        self._channels = channels
        self._benefits = benefits
        self._roles = roles
        self._access = access
        self._catalog = catalog
        self._audit = audit

    async def show(self, answer: Answer, interaction: Interaction) -> None:
        """The checklist as it stands now. Raises NotStaff."""
        guild_id = self._staff.require(interaction)
        found = await self._benefits.all(guild_id)
        items = [
            self._payment(),
            self._permissions(guild_id),
            self._role_order(guild_id, found),
            await self._log(guild_id),
            self._products(found),
            await self._commands(guild_id),
        ]
        if off := await self._bot.service(TokenFeatures).off():
            items.append(Item(Standing.HINT, text("Store token"), features_off(off)))
        await answer.show(checklist(items))

    async def mend(self, interaction: Interaction, what: str) -> None:
        """Mend what that button is for. Raises NotStaff, Refusal, and what Discord answers."""
        guild_id = self._staff.require(interaction)
        if what == "commands":
            await self._bot.command_sync.settle(guild_id, shown=True)
        elif what == "roles":
            for benefit, _ in await self._benefits.all(guild_id):
                if self._is_gone(benefit):
                    await self._benefits.remove(guild_id, benefit.reference, by=interaction.user.id)
        else:
            return
        await self._audit.mended(guild_id, what, by=interaction.user.id)

    async def log_to(self, interaction: Interaction, channel_id: int) -> None:
        """Have the sales log in that channel. Raises NotStaff, and Refusal."""
        guild_id = self._staff.require(interaction)
        await self._bot.service(SettingsPage).log_to(interaction, channel_id)
        await self._audit.mended(guild_id, "log", by=interaction.user.id)

    # --- its parts --------------------------------------------------------------------------------

    def _payment(self) -> Item:
        title = text("Payments")
        trouble = self._payments()
        if trouble is not None:
            return Item(Standing.WRONG, title, trouble)
        return Item(Standing.FINE, title, text("Payments are seen, so buyers get what they paid for."))

    def _permissions(self, guild_id: int) -> Item:
        title = text("Permissions")
        guild = self._bot.get_guild(guild_id)
        has = guild.me.guild_permissions if guild else discord.Permissions.none()
        lacking = [name for name in _PERMISSIONS if not getattr(has, name)]
        if not lacking or guild is None:
            return Item(Standing.FINE, title, text("The bot has every permission it needs."))
        said = text(
            "The bot is missing {permissions}.",
            permissions=joined(", ", map(_PERMISSIONS.__getitem__, lacking)),
        )
        invitation = discord.utils.oauth_url(
            self._bot.application_id or 0,
            permissions=NEEDED,
            guild=guild,
            scopes=("bot", "applications.commands"),
        )
        is_needed = any(not getattr(FOR_HELP, name) for name in lacking)
        standing = Standing.WRONG if is_needed else Standing.HINT  # help goes on by notes without them
        return Item(standing, title, said, link_button(text("Give permissions"), invitation))

    def _role_order(self, guild_id: int, found: Sequence[tuple[Benefit, Text]]) -> Item:
        title = text("Roles")
        troubles = list({str(trouble): trouble for _, trouble in found if trouble}.values())
        troubles += [
            text(
                "**{product}** is only for members with a role that was deleted, so nobody can buy it. "
                "Choose another role with **/store access**.",
                product=titled(product),
            )
            for product in self._bought_by_nobody(guild_id)
        ]
        if not found and not troubles:
            return Item(
                Standing.HINT,
                title,
                text("No product gives a role yet. Choose one with **/store benefit add**."),
            )
        if not troubles:
            return Item(Standing.FINE, title, text("The bot can give every role that products give."))
        said = lines(*(limited(trouble, _LONGEST_TROUBLE) for trouble in troubles[:_TROUBLES_SHOWN]))
        remove = None
        if any(self._is_gone(benefit) for benefit, _ in found):
            remove = button(
                text("Remove deleted roles"), custom_ids.setup("roles"), discord.ButtonStyle.danger
            )
        return Item(Standing.WRONG, title, said, remove)

    async def _log(self, guild_id: int) -> Item:
        title, standing = text("Sales log"), await self._channels.standing(guild_id)
        if await self._channels.has_sales_log(guild_id):
            return Item(Standing.FINE, title, standing)
        menu = ChannelMenu(
            text("Choose a channel"),
            custom_id=custom_ids.SETUP_LOG_MENU,
            channel_types=[discord.ChannelType.text],
        )
        is_on = await self._channels.sales_log(guild_id) is not None
        return Item(Standing.WRONG if is_on else Standing.HINT, title, standing, menu)

    def _products(self, found: Sequence[tuple[Benefit, Text]]) -> Item:
        title = text("Products")
        giving = {benefit.product_id for benefit, _ in found}
        products = self._catalog.snapshot.products
        if not products:
            return Item(
                Standing.WRONG, title, text("The store has no product for sale. Publish one at Pandabase.")
            )
        without = [
            product.title
            for product in products
            if product.id not in giving and product.product_type not in _EARN_WITHOUT_ROLE
        ]
        if not without:
            return Item(Standing.FINE, title, text("Everything for sale gives a role, a key or a file."))
        said = ntext(
            "{count} product gives no role, key or file ({products}). Add one with **/store benefit add**.",
            "{count} products give no role, key or file ({products}). Add some with **/store benefit add**.",
            len(without),
            products=_listed(without),
        )
        return Item(Standing.HINT, title, said)

    async def _commands(self, guild_id: int) -> Item:
        title = text("Commands")
        try:
            differing = await self._bot.command_sync.differences(guild_id, shown=True)
        except (discord.HTTPException, app_commands.AppCommandError, *CONNECTION_LOST):
            return Item(
                Standing.HINT, title, text("Discord doesn't say which commands it shows. Look again later.")
            )
        if not differing:
            return Item(Standing.FINE, title, text("Discord shows every command up to date."))
        said = text(
            "Discord shows {commands} differently than it should.",
            commands=joined(", ", (markdown(f"`/{name}`") for name in differing[:5])),
        )
        return Item(
            Standing.WRONG, title, said, button(text("Update commands"), custom_ids.setup("commands"))
        )

    def _bought_by_nobody(self, guild_id: int) -> Sequence[str]:
        """The titles of products that are for roles alone of which none is left."""
        titles: dict[str, str] = {}
        left: set[str] = set()
        for each in self._access.standing(guild_id).roles:
            titles[each.product_id] = each.title
            if self._roles.obstacle(guild_id, each.role_id) is not Obstacle.ROLE_GONE:
                left.add(each.product_id)
        return [title for product_id, title in titles.items() if product_id not in left]

    def _is_gone(self, benefit: Benefit) -> bool:
        return self._roles.obstacle(benefit.guild_id, benefit.terms.role_id) is Obstacle.ROLE_GONE


def features_off(off: Sequence[TokenFeature]) -> Text:
    """What staff can't do or offer, and what the owner would have to add for it."""
    features = [
        text("{feature} ({scopes})", feature=each.what, scopes=markdown(", ".join(each.scopes)))
        for each in off
    ]
    return text(
        "Off until the bot's owner gives it a store token with these scopes: {features}.",
        features=listed(features),
    )


def checklist(items: Sequence[Item]) -> Card:
    """Each part with its mark; below all, what mends some of them."""
    wrong = sum(item.standing is Standing.WRONG for item in items)
    if wrong:
        state = State.ATTENTION
        title = ntext(
            "{count} thing keeps your shop from working", "{count} things keep your shop from working", wrong
        )
    else:
        state, title = State.DELIVERED, text("Your shop is ready")
    shown: list[ui.Item[Any]] = [Paragraph(headed(state, title))]
    shown += [
        Paragraph(
            lines(text("{mark} **{title}**", mark=markdown(item.standing.value), title=item.title), item.said)
        )
        for item in items
    ]
    mends = [item.mend for item in items if item.mend is not None]
    shown += [ui.ActionRow(menu) for menu in mends if isinstance(menu, ui.ChannelSelect)]
    again = button(text("Look again"), custom_ids.setup("look"), discord.ButtonStyle.secondary)
    shown.append(ui.ActionRow(*(each for each in mends if isinstance(each, ui.Button)), again))
    return Card(*shown, accent=state.colour)


def _listed(titles: Sequence[str]) -> Text:
    named = [as_text(titled(title)) for title in titles[:_PRODUCTS_NAMED]]
    return joined(", ", (*named, markdown("…") if len(titles) > _PRODUCTS_NAMED else None))


class SetupCommand(app_commands.Command[Any, ..., None]):
    def __init__(self, page: SetupPage) -> None:
        async def setup(interaction: discord.Interaction[ShopBot]) -> None:
            async with private_answer(interaction) as answer:
                await page.show(answer, interaction)

        super().__init__(
            name="setup",
            description="Check what your shop still needs, and fix it",
            callback=setup,
        )


class SetupItem(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SETUP):
    """Mends a part of the checklist, and looks at all of it again."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            page = _page(interaction)
            try:
                await page.mend(interaction, self.match["what"])
            except (discord.HTTPException, app_commands.AppCommandError, *CONNECTION_LOST) as error:
                refused = text("Discord didn't take that. Try again in a few minutes.")
                raise Refusal("not_mended", refused) from error
            await page.show(answer, interaction)


class SetupLog(Persistent, ui.DynamicItem[ui.ChannelSelect[Any]], template=custom_ids.SETUP_LOG_MENU):
    """Has the sales log in the channel that was chosen."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _page(interaction).log_to(interaction, self.item.values[0].id)
            await _page(interaction).show(answer, interaction)


def _page(interaction: Interaction) -> SetupPage:
    return service_of(interaction, SetupPage)
