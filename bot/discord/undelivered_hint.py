"""A message that could not be delivered waits in /purchases; the next private answer says so."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from discord import ui

from bot.discord.localized import Paragraph
from bot.errors import DatabaseAway
from bot.texts import ntext

View = TypeVar("View", bound=ui.LayoutView)
log = logging.getLogger(__name__)


class UndeliveredHint:
    """`waiting` counts what could not be delivered to a user in a server, and still matters."""

    def __init__(self, waiting: Callable[[int, int], Awaitable[int]]) -> None:
        self._waiting = waiting

    async def onto(self, card: View, user_id: int, guild_id: int) -> View:
        """The card, with a line below it when something waits for its reader."""
        try:
            waiting = await self._waiting(user_id, guild_id)
        except DatabaseAway:
            return card
        except Exception:
            log.exception("What waits for a member can't be told")  # the answer itself matters more
            return card
        if waiting:
            hint = ntext(
                "-# A message is waiting for you: use /purchases.",
                "-# {count} messages are waiting for you: use /purchases.",
                waiting,
            )
            card.add_item(Paragraph(hint))
        return card
