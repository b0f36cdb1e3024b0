"""Wires what costs nothing: `/store give`, and what members take where it is free."""

from bot.access.service import Access
from bot.catalog.catalog import Catalog
from bot.discord.interactions import Staff
from bot.discord.roles import RoleKeeper
from bot.fulfilment.benefits import Benefits
from bot.giving.service import Giving
from bot.jobs.worker import Clock
from bot.staff.audit import Audit
from bot.storage.transaction import UnitOfWork
from cogs.checkout.view import SaleView
from cogs.giving.commands import GivingActions
from cogs.giving.view import GivingView


def build_giving(
    database: UnitOfWork,
    catalog: Catalog,
    *,
    access: Access,
    benefits: Benefits,
    roles: RoleKeeper,
    staff: Staff,
    audit: Audit,
    view: SaleView,
    clock: Clock,
) -> GivingActions:
    giving = Giving(database, access, benefits, audit, clock)
    return GivingActions(giving, catalog, GivingView(view, roles), staff, clock)
