"""The button under a note about a paused subscription: staff end its access."""

import re
from typing import Any, Final

from discord import ui

from bot.discord_io.answers import Answer, Interaction, private_answer
from bot.discord_io.cards import notice
from bot.discord_io.client import ShopBot
from bot.discord_io.custom_ids import ROW
from bot.discord_io.lasting_items import Lasting
from bot.discord_io.staff import Staff
from bot.fulfilment.pauses import Pauses
from bot.outbox.waiting import Asked

END_PAUSE: Final = re.compile(rf"bamboo:pause:(?P<reference>{ROW}):end")
"""End the access of a paused subscription, by its sale."""


class PauseDesk:
    def __init__(self, pauses: Pauses, staff: Staff) -> None:
        self._pauses = pauses
        self._staff = staff

    async def end(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        self._staff.require(interaction)
        sale = await self._pauses.end(interaction.guild_id or 0, reference)
        text = f"The access of {sale.name} of <@{sale.buyer_id}> has ended. It comes back when the "
        await answer.show(notice(text + "subscription goes on."))


class EndPause(Lasting, ui.DynamicItem[ui.Button[Any]], template=END_PAUSE):
    """Ends it. It comes back by itself, so that one click is enough."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            bot: ShopBot = interaction.client
            await bot.service(PauseDesk).end(answer, interaction, self.said["reference"])
