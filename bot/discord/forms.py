"""Forms that outlive the process: plain data, answered by what their `custom_id` carries."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

import discord
from discord import ui
from discord.ext import commands

from bot.discord.localized import LocalizedForm, Question
from bot.texts import Text

_MOST_DIGITS: Final = 9
"""A database's numbers end soon after that."""
CogT = TypeVar("CogT", bound=commands.Cog)
TakeForm = Callable[[CogT, discord.Interaction[Any], "re.Match[str]"], Awaitable[None]]


class PersistentForm(LocalizedForm):
    """Questions, whose answers a cog takes by `answers_form`."""

    def __init__(self, custom_id: str, title: Text, *questions: Question) -> None:
        super().__init__(title, custom_id=custom_id, timeout=None)
        for question in questions:
            self.add_item(question)
        # discord.py would keep it, and drop what is sent after a time-out or a restart.
        self.stop()


class QuestionForm(PersistentForm):
    """A form with one question."""

    def __init__(self, custom_id: str, title: Text, question: Text, field: ui.TextInput[Any]) -> None:
        super().__init__(custom_id, title, Question(question, field))


def answers_form(template: re.Pattern[str]) -> Callable[[TakeForm[CogT]], Any]:
    """For a cog's method: it takes the forms of that `custom_id`, with what that says.

    Also those that have been open since before a restart, of which discord.py itself knows nothing.
    """

    def listening(take: TakeForm[CogT]) -> Any:
        @wraps(take)
        async def listener(cog: CogT, interaction: discord.Interaction[Any]) -> None:
            data: Any = interaction.data or {}
            said = template.fullmatch(str(data.get("custom_id")))
            if interaction.type is discord.InteractionType.modal_submit and said is not None:
                await take(cog, interaction, said)

        return commands.Cog.listener("on_interaction")(listener)

    return listening


def typed_fields(interaction: discord.Interaction[Any]) -> Mapping[str, str]:
    """What was typed into the fields of a form that was sent, by their names, without the space around it."""
    data: Any = interaction.data or {}
    fields = [label["component"] for label in data["components"]]
    return {str(field["custom_id"]): str(field.get("value") or "").strip() for field in fields}


def typed_into(interaction: discord.Interaction[Any]) -> str:
    """What was typed into the only field of a form that was sent."""
    [typed] = typed_fields(interaction).values()
    return typed


def whole_number(typed: str) -> int | None:
    """What was typed, if it is a number in at most nine ASCII digits and nothing else."""
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else None
