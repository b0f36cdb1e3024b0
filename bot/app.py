"""The composition root: settings → database → client → services → bot → workers.

Only this file and its parts in `bot.wiring` wire.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from discord import VoiceClient
from discord.http import Route

from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.discord.login import WHERE_INTENTS_ARE, MembersHidden, sentences_for_the_owner
from bot.jobs.worker import Clock
from bot.payments.polling.recovery import LostOrders
from bot.wiring.access import build_access
from bot.wiring.coupons import build_coupons
from bot.wiring.disputes import build_disputes
from bot.wiring.foundation import Foundation, founded
from bot.wiring.fulfilment import build_fulfilment
from bot.wiring.giving import build_giving
from bot.wiring.handlers import reactions
from bot.wiring.invoices import build_invoices
from bot.wiring.links import build_links
from bot.wiring.members import build_members
from bot.wiring.panels import build_panels
from bot.wiring.parts import equip, handlers_of
from bot.wiring.payments import build_payments
from bot.wiring.shared import Shared, build_shared
from bot.wiring.staff import build_settings, build_staff
from bot.wiring.storefront import build_billing, build_storefront
from bot.wiring.subscriptions import build_subscriptions
from bot.wiring.support import build_support
from bot.wiring.upkeep import build_upkeep
from bot.wiring.website_purchases import build_website_purchases

log = logging.getLogger(__name__)


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class App:
    """Everything, built. The bot isn't connected yet: `run` does that, and so does a test."""

    settings: Settings
    bot: ShopBot
    catalog: Catalog
    web_address: str | None
    """Where the web server listens, such as http://127.0.0.1:8080."""
    lost_orders: LostOrders | None = None
    """What brings lost orders back; without the store's token nothing does."""

    async def run(self) -> None:
        """Serve until the bot is closed. Raises DiscordUnusable or MembersHidden when it can't sign in."""
        settings = self.settings.discord
        log.info(
            "Signing in to Discord, on the event loop of %s", type(asyncio.get_running_loop()).__module__
        )
        with sentences_for_the_owner(settings.api_base_url):
            async with self.bot:
                await self.bot.start(settings.token.get_secret_value())


async def serve(settings: Settings) -> None:
    """Build it all and serve until the bot is closed. Raises as `build` does, and DiscordUnusable."""
    try:
        async with build(settings) as app:
            _spare_what_stays()
            await app.run()
    except MembersHidden:
        log.warning(
            "Discord doesn't tell this bot who joins a server. It starts all the same, but what waits for "
            "members who come back is given within the hour instead of at once. To mend it: %s",
            WHERE_INTENTS_ARE,
        )
    else:
        return
    async with build(settings, sees_members=False) as app:
        await app.run()


def _spare_what_stays() -> None:
    """Modules and services are there until the end: the collector needn't look through them at each turn."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 20)


@asynccontextmanager
async def build(
    settings: Settings, clock: Clock = wall_clock, *, sees_members: bool = True
) -> AsyncIterator[App]:
    """Open what has to be open before the bot connects, and close it after.

    Without `sees_members` the bot asks for members when it needs one, and isn't told who joins.
    Raises DatabaseError, and BambooError when there can be no signing key.
    """
    point_discord_at(settings.discord.api_base_url)
    # Nothing here speaks: an owner needn't read at every start what voice would need.
    VoiceClient.warn_nacl = VoiceClient.warn_dave = False
    async with founded(settings, clock, sees_members=sees_members) as base:
        shared = await build_shared(base)
        async with _with_all_rooms(base, shared) as app:
            yield app


@asynccontextmanager
async def _with_all_rooms(base: Foundation, shared: Shared) -> AsyncIterator[App]:
    """First who has something to bring to people, then the queue that brings it, then what people ask for."""
    async with AsyncExitStack() as stack:
        invoicing = build_invoices(shared)
        links = build_links(shared, invoicing.messages)
        panels, support, staff = build_panels(shared), build_support(shared), build_staff(base, shared)
        delivery = build_fulfilment(
            shared,
            handlers=handlers_of(links, invoicing, panels, support, staff),
            keys=base.api.license_keys if base.api else None,
        )
        payments = await stack.enter_async_context(build_payments(base, shared))
        base.events.handle(
            *reactions(
                fulfilment=delivery.fulfilment,
                invoices=invoicing.invoices,
                subscriptions=payments.subscriptions,
                given_up=delivery.given_up,
                reminders=delivery.reminders,
                carts=shared.carts,
                billing=shared.billing,
                readers=shared.readers,
            )
        )
        invoices = invoicing.with_queue(delivery.queue)
        giving = build_giving(shared)
        storefront = build_storefront(shared, links.messages, delivery, invoices.payer, giving.actions)
        equip(
            shared.bot,
            shared.staff,
            (
                build_upkeep(base, shared),
                storefront,
                build_billing(shared),
                links,
                delivery,
                payments,
                panels,
                panels.with_storefront(storefront.storefront, storefront.buying),
                support,
                giving,
                build_access(shared),
                build_disputes(shared),
                build_members(shared, delivery.grants, payments.refunds),
                build_website_purchases(shared, payments.payments, base.api),
                staff,
                await stack.enter_async_context(build_coupons(shared, base.metrics.store_answered)),
                await stack.enter_async_context(build_subscriptions(base, shared, payments.payments)),
                invoicing,
                invoices,
                build_settings(shared, delivery.reminders),
            ),
        )
        yield App(base.settings, shared.bot, shared.catalog, payments.web_address, payments.lost_orders)


def point_discord_at(api_base_url: str) -> None:
    """Have discord.py's REST follow the setting; it has no other place to say so.

    Where the gateway is, is asked there: `ShopBot` keeps to the answer.
    """
    Route.BASE = api_base_url
