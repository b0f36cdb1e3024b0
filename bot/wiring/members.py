"""Wires what staff see of members and sales, and what they do about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import app_commands, ui
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.interactions import Staff
from bot.discord.roles import RoleKeeper
from bot.fulfilment.grants import Grants
from bot.jobs.worker import Clock
from bot.members.aftercare import Aftercare
from bot.members.service import MemberPages
from bot.payments.refunds import Refunds
from bot.staff.audit import Audit
from bot.storage.transaction import UnitOfWork
from cogs.checkout.view import SaleView
from cogs.members.actions import MemberActions
from cogs.members.buttons import ITEMS, DaysForms
from cogs.members.commands import MemberCommand, OrdersCommand, PurchasesMenu
from cogs.members.view import MembersView


@dataclass(frozen=True, slots=True)
class MemberParts:
    """What the bot is equipped with."""

    cogs: Sequence[commands.Cog]
    items: Sequence[type[ui.DynamicItem[Any]]]
    store_commands: Sequence[app_commands.Command[Any, ..., Any]]
    services: Sequence[object]


def build_members(
    bot: ShopBot,
    database: UnitOfWork,
    *,
    grants: Grants,
    refunds: Refunds,
    roles: RoleKeeper,
    audit: Audit,
    staff: Staff,
    view: SaleView,
    clock: Clock,
) -> MemberParts:
    aftercare = Aftercare(database, grants, refunds, audit, clock)
    actions = MemberActions(MemberPages(database), aftercare, MembersView(view, roles.name), staff)
    return MemberParts(
        cogs=[DaysForms(), PurchasesMenu(bot, actions)],
        items=ITEMS,
        store_commands=[MemberCommand(actions), OrdersCommand(actions)],
        services=[actions, aftercare],
    )
