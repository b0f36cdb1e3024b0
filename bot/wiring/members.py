"""Wires what staff see of members and sales, and what they do about them."""

from bot.fulfilment.grants import Grants
from bot.members.aftercare import Aftercare
from bot.members.service import MemberPages
from bot.payments.refunds import Refunds
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.members import blocking
from cogs.members.actions import MemberActions
from cogs.members.buttons import ITEMS, DaysForms
from cogs.members.commands import MemberCommand, OrdersCommand, PurchasesMenu
from cogs.members.view import MembersView
from cogs.staff.refunds import RefundActions


def build_members(shared: Shared, grants: Grants, refunds: Refunds) -> Parts:
    aftercare = Aftercare(
        shared.database, grants, shared.benefits, refunds, audit=shared.audit, clock=shared.clock
    )
    actions = MemberActions(
        MemberPages(shared.database),
        aftercare,
        MembersView(shared.view, shared.roles.name, shared.clock),
        shared.staff,
        shared.access,
    )
    return Parts(
        cogs=[DaysForms(), blocking.BlockForms(), PurchasesMenu(shared.bot, actions)],
        items=[*ITEMS, *blocking.ITEMS],
        store_commands=[MemberCommand(actions), OrdersCommand(actions)],
        services=[
            actions,
            aftercare,
            RefundActions(aftercare, shared.staff, test=shared.settings.pandabase.is_sandbox),
        ],
    )
