"""Wires what staff see of members and sales, and what they do about them."""

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
from bot.wiring.parts import Parts
from cogs.checkout.view import SaleView
from cogs.members.actions import MemberActions
from cogs.members.buttons import ITEMS, DaysForms
from cogs.members.commands import MemberCommand, OrdersCommand, PurchasesMenu
from cogs.members.view import MembersView


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
) -> Parts:
    aftercare = Aftercare(database, grants, refunds, audit, clock)
    actions = MemberActions(MemberPages(database), aftercare, MembersView(view, roles.name), staff)
    return Parts(
        cogs=[DaysForms(), PurchasesMenu(bot, actions)],
        items=ITEMS,
        store_commands=[MemberCommand(actions), OrdersCommand(actions)],
        services=[actions, aftercare],
    )
