"""Wires how purchases made on the store's website become members'."""

from bot.payments.orders import Payments
from bot.payments.provider import PaymentProvider
from bot.website_purchases.service import WebsitePurchases
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.website_purchases.commands import Assign, AssignForms, ClaimActions, ClaimCommand


def build_website_purchases(shared: Shared, payments: Payments, api: PaymentProvider | None) -> Parts:
    purchases = WebsitePurchases(
        shared.database,
        payments,
        api,
        benefits=shared.benefits,
        kind_of=shared.catalog.kind_of,
        currency=shared.settings.pandabase.currency,
        audit=shared.audit,
        clock=shared.clock,
    )
    actions = ClaimActions(purchases, shared.view, shared.staff)
    return Parts(cogs=(ClaimCommand(actions), AssignForms()), items=(Assign,), services=(actions, purchases))
