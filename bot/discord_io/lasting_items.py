"""What every button and menu has in common that outlives the process."""

import re
from typing import Any, Self

import discord
from discord import ui


class Lasting:
    """Stands before `DynamicItem` among a class's bases: all that the item knows is in its `custom_id`.

    `said` is the match of the class's template.
    """

    def __init__(self, item: ui.Item[Any], said: re.Match[str]) -> None:
        super().__init__(item)  # type: ignore[call-arg]  # what follows is a `DynamicItem`
        self.said = said

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], said: re.Match[str], /
    ) -> Self:
        return cls(item, said)

    def number(self, group: str) -> int | None:
        """A number that the `custom_id` may leave out."""
        found = self.said[group]
        return int(found) if found else None
