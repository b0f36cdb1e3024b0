"""Staff give something from a member's page: what, by a menu, then for how long and why, by a form."""

import re
from collections.abc import Mapping
from typing import Any, Final

import discord
from discord import ui
from discord.ext import commands

from bot.discord.cards import State, card
from bot.discord.components import MOST_OPTIONS, Card, Persistent
from bot.discord.form_retry import or_offer_again
from bot.discord.forms import PersistentForm, answers_form, typed_fields
from bot.discord.interactions import Interaction, at_once, private_answer, service_of, show_form
from bot.discord.localized import Field, Menu, Option, Question
from bot.jobs.waiting import Asked
from bot.texts import markdown, mention, text
from cogs import custom_ids
from cogs.catalog.autocomplete import LONGEST_CHOICE, Choice
from cogs.giving.commands import LONGEST_DAYS, LONGEST_REASON, GivingActions

_ANOTHER: Final = "another"
_PRODUCT, _DAYS, _REASON = "product", "days", "reason"


def what_to_give(member_id: int, found: list[Choice]) -> Card:
    """Products to choose from, and the way to all others, by name."""
    options: list[discord.SelectOption] = [
        Option(markdown(each.name), each.value)
        for each in found[: MOST_OPTIONS - 1]
        if custom_ids.give_form(member_id, each.value) is not None
    ]
    options.append(Option(text("Another product…"), _ANOTHER, text("You type its name.")))
    menu = Menu(text("Choose a product"), custom_id=custom_ids.give(member_id, "what"), options=options)
    said = text("It costs {member} nothing, and they're told by direct message.", member=mention(member_id))
    return card(State.NEUTRAL, text("Give a product"), said, menus=(menu,))


class GiveForm(PersistentForm):
    """For how long and why; without a product, its name too. Filled in with what was `typed` before."""

    def __init__(self, custom_id: str, typed: Mapping[str, str]) -> None:
        questions = []
        said = custom_ids.GIVE_FORM.fullmatch(custom_id)
        if said is None or said["product"] is None:
            field = Field(custom_id=_PRODUCT, max_length=LONGEST_CHOICE, default=typed.get(_PRODUCT))
            questions.append(Question(text("Product"), field))
        days = Field(
            custom_id=_DAYS, required=False, max_length=len(str(LONGEST_DAYS)), default=typed.get(_DAYS)
        )
        hint = text("Leave it empty for as long as the product gives")
        questions.append(Question(text("How many days?"), days, hint))
        reason = Field(
            custom_id=_REASON, required=False, max_length=LONGEST_REASON, default=typed.get(_REASON)
        )
        questions.append(Question(text("Why?"), reason, text("The member reads it too")))
        super().__init__(custom_id, text("Give a product"), *questions)


class GiveTo(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.GIVE):
    """Asks what to give."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            actions = _actions(interaction)
            found = await actions.suggestions_for_staff(interaction)
            await answer.show(what_to_give(int(self.match["member"]), found))


class GiveWhat(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.GIVE_WHAT):
    """Asks for the rest."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            _actions(interaction).require_staff(interaction)
            member_id, chosen = int(self.match["member"]), self.item.values[0]
            form = None if chosen == _ANOTHER else custom_ids.give_form(member_id, chosen)
            await show_form(interaction, GiveForm(form or custom_ids.give(member_id, "form"), {}))


class GiveForms(commands.Cog):
    @answers_form(custom_ids.GIVE_FORM)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            typed = typed_fields(interaction)
            giving = _actions(interaction).give_typed(
                answer,
                interaction,
                int(match["member"]),
                match["product"] or typed.get(_PRODUCT, ""),
                days=typed.get(_DAYS, ""),
                reason=typed.get(_REASON),
            )
            await or_offer_again(giving, interaction, answer, lambda: GiveForm(match.string, typed))


ITEMS: Final = (GiveTo, GiveWhat)


def _actions(interaction: Interaction) -> GivingActions:
    return service_of(interaction, GivingActions)
