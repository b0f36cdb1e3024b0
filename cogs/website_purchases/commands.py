"""`/claim`, and staff who assign an order: what was bought on the store's website becomes a member's."""

import re
from collections.abc import Mapping
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.checkout.models import Origin, Sale
from bot.discord.cards import State, card
from bot.discord.client import ShopBot
from bot.discord.components import Persistent, button
from bot.discord.forms import PersistentForm, QuestionForm, answers_form, typed_fields, typed_into
from bot.discord.interactions import Answer, Interaction, at_once, private_answer, service_of, show_form
from bot.discord.localized import Field, Question
from bot.discord.staff import Staff
from bot.jobs.waiting import Asked
from bot.texts import Text, code, mention, text
from bot.website_purchases.refusals import claim_in_server
from bot.website_purchases.service import LONGEST_EMAIL, LONGEST_KEY, LONGEST_NUMBER, WebsitePurchases
from cogs import custom_ids
from cogs.checkout.view import SaleView

_KEY, _NUMBER, _EMAIL = "key", "number", "email"


class ClaimActions:
    def __init__(self, purchases: WebsitePurchases, view: SaleView, staff: Staff) -> None:
        self._purchases = purchases
        self._view = view
        self._staff = staff

    def require_open(self) -> None:
        """Raises no_token where no order can be looked up."""
        self._purchases.require_api()

    async def claim(self, answer: Answer, interaction: Interaction, typed: Mapping[str, str]) -> None:
        sale = await self._purchases.claim(
            _origin(interaction),
            interaction.user.id,
            key=typed.get(_KEY, ""),
            number=typed.get(_NUMBER, ""),
            email=typed.get(_EMAIL, ""),
        )
        await answer.show(self._claimed(sale, text("It's yours now"), None))

    def require_staff(self, interaction: Interaction) -> None:
        """Raises NotStaff."""
        self._staff.require(interaction)

    async def assign(self, answer: Answer, interaction: Interaction, member_id: int, number: str) -> None:
        self._staff.require(interaction)
        sale = await self._purchases.assign(
            _origin(interaction), member_id, number.strip(), by=interaction.user.id
        )
        fact = text(
            "{member} has it now, as purchase {reference}.",
            member=mention(member_id),
            reference=code(sale.reference),
        )
        await answer.show(self._claimed(sale, text("Order assigned"), fact))

    def _claimed(self, sale: Sale, title: Text, fact: Text | None) -> Any:
        """`fact` is what staff read; who has claimed it goes on to their purchases."""
        comes = text("What it gives is on its way. See /purchases.")
        theirs = button(text("My purchases"), custom_ids.opens("purchases"), discord.ButtonStyle.secondary)
        return card(
            State.PAID,
            title,
            self._view.lines(sale),
            picture=self._view.picture_of(sale.basket),
            facts=(fact or comes,),
            buttons=() if fact else (theirs,),
            mark=self._view.mark,
        )


class ClaimForm(PersistentForm):
    """A license key, or an order number with the email it was bought with."""

    def __init__(self) -> None:
        by_number = text("Or: from the store's email")
        not_kept = text("Together with the order number; we don't keep it")
        super().__init__(
            custom_ids.CLAIM_FORM.pattern,
            text("Claim a website purchase"),
            _question(_KEY, text("License key"), LONGEST_KEY, text("If you have one")),
            _question(_NUMBER, text("Order number"), LONGEST_NUMBER, by_number),
            _question(_EMAIL, text("Email you paid with"), LONGEST_EMAIL, not_kept),
        )


def _question(name: str, asked: Text, longest: int, hint: Text) -> Question:
    return Question(asked, Field(custom_id=name, required=False, max_length=longest), hint)


class ClaimCommand(commands.Cog):
    def __init__(self, actions: ClaimActions) -> None:
        self._actions = actions

    @app_commands.command()
    async def claim(self, interaction: discord.Interaction[ShopBot]) -> None:
        """Bought something on our website? Get what it gives here, too."""
        async with at_once(interaction):
            self._actions.require_open()
            await show_form(interaction, ClaimForm())

    @answers_form(custom_ids.CLAIM_FORM)
    async def take_form(self, interaction: Interaction, _match: re.Match[str]) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            await self._actions.claim(answer, interaction, typed_fields(interaction))


class Assign(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.ASSIGN):
    """Asks for the order's number by a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            _actions(interaction).require_staff(interaction)
            field = Field(max_length=LONGEST_NUMBER, placeholder=_WHERE)
            title, question = text("Assign an order"), text("Order number")
            await show_form(interaction, QuestionForm(self.match.string, title, question, field))


_WHERE: Final = text("As the store's dashboard has it")


class AssignForms(commands.Cog):
    @answers_form(custom_ids.ASSIGN)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            member_id, number = int(match["member"]), typed_into(interaction)
            await _actions(interaction).assign(answer, interaction, member_id, number)


def _origin(interaction: Interaction) -> Origin:
    if interaction.guild is None:
        raise claim_in_server()
    return Origin(interaction.guild.id, interaction.guild.name, interaction.channel_id or 0)


def _actions(interaction: Interaction) -> ClaimActions:
    return service_of(interaction, ClaimActions)
