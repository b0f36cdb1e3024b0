"""Wires how purchases made on the store's website become members'."""

from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.discord.interactions import Staff
from bot.jobs.worker import Clock
from bot.payments.orders import Payments
from bot.payments.provider import PaymentProvider
from bot.staff.audit import Audit
from bot.storage.transaction import UnitOfWork
from bot.website_purchases.service import WebsitePurchases
from bot.wiring.parts import Parts
from cogs.checkout.view import SaleView
from cogs.website_purchases.commands import Assign, AssignForms, ClaimActions, ClaimCommand


def build_website_purchases(
    settings: Settings,
    database: UnitOfWork,
    payments: Payments,
    api: PaymentProvider | None,
    *,
    catalog: Catalog,
    audit: Audit,
    staff: Staff,
    view: SaleView,
    clock: Clock,
) -> Parts:
    purchases = WebsitePurchases(
        database,
        payments,
        api,
        kind_of=catalog.kind_of,
        currency=settings.pandabase.currency,
        audit=audit,
        clock=clock,
    )
    actions = ClaimActions(purchases, view, staff)
    return Parts(cogs=(ClaimCommand(actions), AssignForms()), items=(Assign,), services=(actions, purchases))
