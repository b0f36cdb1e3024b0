"""`/help`: what members can do, and what staff can, with buttons to begin."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.discord.cards import State, card
from bot.discord.client import ShopBot
from bot.discord.components import Card, Persistent, Stack, button
from bot.discord.interactions import Answer, Interaction, private_answer, service_of
from bot.discord.staff import Staff
from bot.errors import NotStaff
from bot.staff.token_features import TokenFeature, TokenFeatures
from bot.texts import Text, lines, text
from cogs import custom_ids
from cogs.billing.commands import BillingActions
from cogs.cart.actions import CartActions
from cogs.invoices.actions import InvoiceActions
from cogs.purchases.commands import PurchaseActions
from cogs.shop.storefront import StorefrontActions
from cogs.staff.benefits import BenefitActions
from cogs.staff.quarantine import QuarantineActions
from cogs.staff.settings import SettingsPage
from cogs.staff.setup import SetupPage, features_off
from cogs.staff.welcome import FIRST_STEPS

_GREY: Final = discord.ButtonStyle.secondary
FOR_MEMBERS: Final = lines(
    text("**/shop** Browse products, prices and categories."),
    text("**/buy** Buy something you know by name, for yourself or as a gift."),
    text("**/cart** Collect several things, and pay for them with one link."),
    text("**/purchases** See your payment links, receipts, keys and invoices."),
    text("**/claim** Bought something on our website? Get what it gives here, too."),
    text(
        "**/billing** Save your billing details once, and see the tax before you pay. “Delete my "
        "data” is there, too."
    ),
    text(
        "-# Payment links come by direct message, and only you see the bot's answers. "
        "Something wrong? Contact this server's staff."
    ),
)
FOR_STAFF: Final = lines(text("**Set up, in this order**"), FIRST_STEPS)
EVERY_DAY: Final = lines(
    text("**Every day**"),
    text("- **/invoice create** Charge a member for anything. You see it before they do."),
    text("- **/invoice list** See who has paid, and resend or cancel an invoice."),
    text("- **/store member** See what a member bought, and help them with it."),
    text("- **/store quarantine** Decide about payments that don't match a purchase."),
    text("- **/store benefit list** See which roles products give, and what's in the way."),
    text("- **/store coupon create** Create a coupon for your store."),
    text("- **/store stats** See what was sold. **/store export** gets it as a file."),
    text("- **/store setup** Check what your shop still needs, and fix it."),
)


class HelpCommand(commands.Cog):
    @app_commands.command()
    async def help(self, interaction: discord.Interaction[ShopBot]) -> None:
        """How to shop here. Staff also see how to run the shop."""
        async with private_answer(interaction) as answer:
            await show_help(answer, interaction)


async def show_help(answer: Answer, interaction: Interaction) -> None:
    """What the person can do here."""
    try:
        service_of(interaction, Staff).require(interaction)
    except NotStaff:
        await answer.show(members_help())
        return
    both = Stack()
    both.put(staff_help(await service_of(interaction, TokenFeatures).off()))
    both.put(members_help())
    await answer.show(both)


def members_help() -> Card:
    return card(
        State.NEUTRAL,
        text("🛍️ Shopping here"),
        FOR_MEMBERS,
        buttons=(
            open_button(text("Open the shop"), "shop", discord.ButtonStyle.primary),
            open_button(text("My purchases"), "purchases"),
        ),
    )


def staff_help(off: Sequence[TokenFeature] = ()) -> Card:
    """`off` is what the store's token doesn't allow."""
    return card(
        State.NEUTRAL,
        text("🧰 For staff"),
        FOR_STAFF,
        # What follows a list would be taken for its last line's.
        facts=(text("-# {off}", off=features_off(off)) if off else None, EVERY_DAY),
        buttons=(
            open_button(text("Setup"), "setup", discord.ButtonStyle.primary),
            open_button(text("Settings"), "settings"),
            open_button(text("Invoices"), "invoices"),
            open_button(text("Roles"), "benefits"),
            open_button(text("Quarantine"), "quarantine"),
        ),
    )


def open_button(label: Text, what: str, style: discord.ButtonStyle = _GREY) -> ui.Button[Any]:
    """A button that does what a command does."""
    return button(label, custom_ids.opens(what), style)


class OpenItem(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.OPEN):
    """Opens a page, privately, for whoever clicks."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.match.string) as answer:
            await _open(self.match["what"], answer, interaction)


async def _open(what: str, answer: Answer, interaction: Interaction) -> None:
    bot: ShopBot = interaction.client
    guild_id = interaction.guild_id or 0
    match what:
        case "shop":
            await bot.service(StorefrontActions).open(answer, interaction.user.id, "")
        case "cart":
            await bot.service(CartActions).show(answer, interaction.user.id, guild_id)
        case "billing":
            await bot.service(BillingActions).show(answer, interaction.user.id)
        case "purchases":
            await bot.service(PurchaseActions).show(answer, interaction.user.id, guild_id, 0)
        case "settings":
            await bot.service(SettingsPage).show(answer, interaction)
        case "setup":
            await bot.service(SetupPage).show(answer, interaction)
        case "invoices":
            await bot.service(InvoiceActions).list(answer, interaction, 0, None, None)
        case "benefits":
            bot.service(Staff).require(interaction)
            await answer.show(await bot.service(BenefitActions).listed(guild_id, 0))
        case "quarantine":
            await bot.service(QuarantineActions).show(answer, interaction)
        case _:
            await show_help(answer, interaction)
