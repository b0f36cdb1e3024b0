"""Staff block a member from their page, or let them buy again."""

import re
from typing import Any, Final

from discord import ui
from discord.ext import commands

from bot.discord.components import Persistent
from bot.discord.forms import QuestionForm, answers_form, typed_into
from bot.discord.interactions import Interaction, at_once, service_of, show_form, update_in_place
from bot.discord.localized import Field
from bot.texts import text
from cogs import custom_ids
from cogs.access.commands import LONGEST_REASON
from cogs.members.actions import MemberActions


class BlockMember(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.BLOCK):
    """Asks why by a form, which is also the second thought."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            _actions(interaction).staff.require(interaction)
            hint = text("The member reads it when they try to buy.")
            field = Field(max_length=LONGEST_REASON, required=False, placeholder=hint)
            title, question = text("Block this member?"), text("Why can't they buy here?")
            await show_form(interaction, QuestionForm(self.match.string, title, question, field))


class UnblockMember(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.UNBLOCK):
    """Lets them buy again."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            member, page = int(self.match["member"]), int(self.match["page"])
            await _actions(interaction).unblock(answer, interaction, member, page)


class BlockForms(commands.Cog):
    @answers_form(custom_ids.BLOCK)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with update_in_place(interaction) as answer:
            member, page, reason = int(match["member"]), int(match["page"]), typed_into(interaction)
            await _actions(interaction).block(answer, interaction, member, page, reason)


ITEMS: Final = (BlockMember, UnblockMember)


def _actions(interaction: Interaction) -> MemberActions:
    return service_of(interaction, MemberActions)
