"""Wires `/store coupon`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.coupons.service import Coupons
from bot.pandabase.transport import Observe
from bot.storage.leases import Leases
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from bot.wiring.store import store_api
from bot.wiring.token_features import token_features
from cogs.coupons.commands import CouponActions, CouponCommands, CouponPage
from cogs.coupons.view import CouponView


@asynccontextmanager
async def build_coupons(shared: Shared, observe: Observe) -> AsyncIterator[Parts]:
    """Without a token the commands are there, and say what is missing.

    The account is one of their own: a token that isn't for coupons is no trouble for payments, and nobody
    is warned of it.
    """
    settings = shared.settings
    async with store_api(settings, shared.clock, observe) as api:
        coupons = Coupons(
            shared.database,
            api,
            shared.audit,
            Leases(shared.database, shared.clock),
            currency=settings.pandabase.currency,
            zone=settings.display.timezone,
            clock=shared.clock,
        )
        view = CouponView(shared.catalog, settings.pandabase.currency, shared.view.mark)
        actions = CouponActions(coupons, view, shared.catalog, shared.staff)
        commands = (CouponCommands(actions),)
        yield Parts(
            items=(CouponPage,),
            services=(actions, coupons, token_features(api, shared.clock)),
            store_commands=commands,
        )
