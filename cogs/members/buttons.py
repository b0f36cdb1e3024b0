"""What staff press on a member's page, in the list of sales, and on a sale. Each outlives the process."""

import re
from typing import Any, Final

from discord import ui
from discord.ext import commands

from bot.checkout.states import SaleStatus
from bot.discord.components import Persistent
from bot.discord.forms import QuestionForm, answers_form, typed_into
from bot.discord.interactions import (
    Interaction,
    at_once,
    private_answer,
    service_of,
    show_form,
    update_in_place,
)
from bot.discord.localized import Field
from bot.members.aftercare import MOST_DAYS
from bot.members.models import SalesFilter
from bot.payments.provider import RefundReason
from bot.texts import markdown, text
from cogs import custom_ids
from cogs.members.actions import MemberActions

ALL: Final = "all"


class MemberPageTurn(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.MEMBER):
    """Turns a member's timeline."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            member, page = int(self.match["member"]), int(self.match["page"])
            await _actions(interaction).member(answer, interaction, member, page)


class SalesPageTurn(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SALES):
    """Turns the list of sales."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            wanted = filter_of(int(self.match["member"]) or None, self.match["state"])
            await _actions(interaction).listed(answer, interaction, wanted, self.match["after"])


class OpenSale(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.OPEN_SALE):
    """Shows a sale below the list."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            await _actions(interaction).sale(answer, interaction, self.item.values[0])


class SaleStep(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SALE_STEP):
    """Shows a sale again, delivers it again, or asks what to refund or whom to move it to."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions, reference = _actions(interaction), self.match["reference"]
            match self.match["action"]:
                case "deliver":
                    await actions.deliver_again(answer, interaction, reference)
                case "refund":
                    await actions.ask_refund(answer, interaction, reference)
                case "move":
                    await actions.ask_whom(answer, interaction, reference)
                case _:
                    await actions.sale(answer, interaction, reference)


class AddDays(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SALE_DAYS):
    """Asks for the days by a form."""

    async def callback(self, interaction: Interaction) -> None:
        async with at_once(interaction):
            _actions(interaction).staff.require(interaction)
            field = Field(max_length=len(str(MOST_DAYS)), placeholder=markdown("30"))
            form = QuestionForm(self.match.string, text("Add days"), text("How many days?"), field)
            await show_form(interaction, form)


class DaysForms(commands.Cog):
    @answers_form(custom_ids.SALE_DAYS)
    async def take_form(self, interaction: Interaction, match: re.Match[str]) -> None:
        async with update_in_place(interaction) as answer:
            typed = typed_into(interaction)
            await _actions(interaction).add_days(answer, interaction, match["reference"], typed)


class RefundWhich(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.REFUND_WHICH):
    """Takes one of several payments."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            order = self.item.values[0]
            await _actions(interaction).ask_refund(answer, interaction, self.match["reference"], order)


class RefundWhy(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.REFUND_WHY):
    """Takes the reason, and asks once more."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            await _actions(interaction).confirm_refund(
                answer,
                interaction,
                self.match["reference"],
                self.match["order"],
                RefundReason(self.item.values[0]),
            )


class RefundNow(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.REFUND_NOW):
    """Refunds."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            reference, order = self.match["reference"], self.match["order"]
            reason = RefundReason(self.match["why"])
            await _actions(interaction).refund(answer, interaction, reference, order, reason)


class MoveTo(Persistent, ui.DynamicItem[ui.UserSelect[Any]], template=custom_ids.MOVE_TO):
    """Takes the account, and asks once more."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            user = self.item.values[0]
            await _actions(interaction).ask_move(
                answer, interaction, self.match["reference"], user.id, is_bot=user.bot
            )


class MoveNow(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.MOVE_NOW):
    """Moves."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            reference, was, to = self.match["reference"], int(self.match["was"]), int(self.match["to"])
            await _actions(interaction).move(answer, interaction, reference, was, to)


ITEMS: Final = (
    MemberPageTurn,
    SalesPageTurn,
    OpenSale,
    SaleStep,
    AddDays,
    RefundWhich,
    RefundWhy,
    RefundNow,
    MoveTo,
    MoveNow,
)


def filter_of(member_id: int | None, state: str | None) -> SalesFilter:
    """What a list is asked for; no state, or `all`, stands for each."""
    return SalesFilter(member_id, None if state in (None, ALL) else SaleStatus(state))


def _actions(interaction: Interaction) -> MemberActions:
    return service_of(interaction, MemberActions)
