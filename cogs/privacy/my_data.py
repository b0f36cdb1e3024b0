"""“Delete my data”: asks once, says what goes and what stays and why, and does it."""

from typing import Any, Final

import discord
from discord import ui

from bot.discord.cards import State, card
from bot.discord.components import Card, Persistent, button
from bot.discord.interactions import Interaction, private_answer, service_of, update_in_place
from bot.privacy.service import Privacy
from bot.texts import lines, text
from cogs import custom_ids

_STAYS: Final = text(
    "**This stays:** what you bought or were given, with its payments, invoices, keys, roles and requests "
    "for help, and what staff did about it, such as a block. We need it to deliver, refund and account for "
    "it. What you typed on a payment page is with the store."
)


class MyData(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.MY_DATA):
    """Asks, below the page that it stands on."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, retry=self.match.string) as answer:
            await answer.show(asked())


class KeepMyData(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.KEEP_MY_DATA):
    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await answer.show(kept())


class DeleteMyData(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.DELETE_MY_DATA):
    """Deletes the data of whoever clicks."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await service_of(interaction, Privacy).forget(interaction.user.id)
            await answer.show(deleted())


ITEMS = (MyData, KeepMyData, DeleteMyData)


def asked() -> Card:
    return card(
        State.ATTENTION,
        text("Delete your data?"),
        text(
            "**This goes, in every server of this shop:** your billing details, your carts, what you want to "
            "be told about, questions you haven't answered yet, and which language you use."
        ),
        _STAYS,
        buttons=(
            button(text("Delete my data"), custom_ids.my_data("yes"), discord.ButtonStyle.danger),
            button(text("Keep it"), custom_ids.my_data("no"), discord.ButtonStyle.secondary),
        ),
    )


def deleted() -> Card:
    return card(
        State.ENDED,
        text("Your data is deleted"),
        text("Your billing details, carts, product alerts, open questions and language are gone."),
        facts=(lines(_STAYS, text("-# When you use the bot again, it notes your language again.")),),
    )


def kept() -> Card:
    return card(State.NEUTRAL, text("Nothing was deleted"))
