"""Wires `/store coupon`."""

from bot.coupons.provider import CouponProvider
from bot.coupons.service import Coupons
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.coupons.commands import CouponActions, CouponCommands, CouponPage
from cogs.coupons.view import CouponView


def build_coupons(shared: Shared, api: CouponProvider | None) -> Parts:
    """Without `api` the commands are there, and say what is missing."""
    settings = shared.settings
    coupons = Coupons(
        shared.database,
        api,
        shared.audit,
        currency=settings.pandabase.currency,
        zone=settings.display.timezone,
        clock=shared.clock,
    )
    view = CouponView(shared.catalog, settings.pandabase.currency, shared.view.mark)
    actions = CouponActions(coupons, view, shared.catalog, shared.staff)
    return Parts(items=(CouponPage,), services=(actions, coupons), store_commands=(CouponCommands(actions),))
