"""A form whose answer can't be read is offered once more, filled in as it was."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

from discord import ui

from bot.discord.components import Persistent, button, notice
from bot.discord.interactions import Answer, Interaction, at_once, service_of, show_form
from bot.errors import Mistyped, Refusal
from bot.texts import text

AGAIN: Final = re.compile(r"bamboo:again:(?P<key>[\w-]{8,16})")
"""Open a form again, by the key under which it is kept in memory."""
MOST_KEPT: Final = 1000
"""Forms; beyond that the oldest are forgotten, and have to be asked for anew."""
_GONE: Final = text("What you typed is no longer here. Start again.")
_KEY_BYTES: Final = 6

MakeForm = Callable[[], ui.Modal]


class FormRetry:
    """The forms that wait to be opened again; after a restart there are none."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, MakeForm]] = OrderedDict()

    def keep(self, user_id: int, form: MakeForm) -> str:
        """Returns the key."""
        key = secrets.token_urlsafe(_KEY_BYTES)
        self._kept[key] = user_id, form
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return key

    def form(self, user_id: int, key: str) -> ui.Modal:
        """The form, for who filled it in. Raises Refusal."""
        owner, form = self._kept.get(key, (None, None))
        if form is None or owner != user_id:
            raise Refusal("form_gone", _GONE)
        return form()


async def or_offer_again(
    work: Awaitable[None], interaction: Interaction, answer: Answer, form: MakeForm
) -> None:
    """Do the work; what turns out to be mistyped is told beside a button that opens the form again."""
    try:
        await work
    except Mistyped as refusal:
        key = service_of(interaction, FormRetry).keep(interaction.user.id, form)
        again = button(text("Try again"), f"bamboo:again:{key}")
        await answer.tell(notice(refusal.sentence, buttons=(again,)))


class OpenAgain(Persistent, ui.DynamicItem[ui.Button[Any]], template=AGAIN):
    """Opens the form again."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            form = service_of(interaction, FormRetry).form(interaction.user.id, self.match["key"])
            await show_form(interaction, form)
