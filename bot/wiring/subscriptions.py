"""Wires what members do with their subscriptions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.payments.orders import Payments
from bot.storage.leases import Leases
from bot.subscriptions.service import SubscriptionManagement
from bot.wiring.foundation import Foundation
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from bot.wiring.store import store_api
from cogs.subscriptions.actions import SubscriptionActions
from cogs.subscriptions.buttons import ITEMS
from cogs.subscriptions.view import SubscriptionView


@asynccontextmanager
async def build_subscriptions(base: Foundation, shared: Shared, payments: Payments) -> AsyncIterator[Parts]:
    """The account is one of their own, as that of coupons: a token that may only read is no trouble."""
    async with store_api(shared.settings, shared.clock, base.metrics.store_answered) as api:
        management = SubscriptionManagement(
            shared.database,
            payments,
            api,
            audit=shared.audit,
            leases=Leases(shared.database, shared.clock),
            clock=shared.clock,
        )
        actions = SubscriptionActions(management, SubscriptionView(shared.view, shared.clock))
        yield Parts(items=ITEMS, services=(actions, management))
