"""The composition root: settings → database → client → services → bot → workers.

Only this file and its parts in `bot.wiring` wire.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from discord import VoiceClient
from discord.http import Route

from bot.access.service import Access
from bot.cart.service import Carts
from bot.catalog.catalog import REFRESH_INTERVAL, Catalog
from bot.checkout.pricing import Pricing
from bot.checkout.signing import Signer
from bot.config import Settings
from bot.discord.cards import Letterhead
from bot.discord.client import ShopBot
from bot.discord.ephemeral_replies import PrivateReplies
from bot.discord.form_retry import FormRetry
from bot.discord.interactions import Staff
from bot.discord.left_waiting import LeftWaiting
from bot.discord.login import WHERE_INTENTS_ARE, MembersHidden, sentences_for_the_owner
from bot.discord.roles import RoleKeeper
from bot.discord.undelivered_hint import UndeliveredHint
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.end_reminders import EndReminders
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.live_messages import SaleMessages
from bot.fulfilment.sales_log import SalesLog
from bot.jobs.handlers import Handler, saying
from bot.jobs.models import JobKind
from bot.jobs.tokens import Tokens
from bot.jobs.waiting import WaitingAnswers
from bot.jobs.worker import Clock, Worker, Workers
from bot.memory import give_back_memory
from bot.pandabase.provider import PandabaseShop
from bot.pandabase.transport import TokenWatch
from bot.payments.polling.recovery import LostOrders
from bot.purchases.history import History
from bot.readers.service import Readers
from bot.staff.audit import Audit
from bot.staff.notes import Welcomes
from bot.storage.events import Events
from bot.texts import Languages
from bot.web.metrics import Metrics
from bot.wiring.access import build_access
from bot.wiring.backups import backups
from bot.wiring.checkout import build_checkouts, build_sales
from bot.wiring.coupons import build_coupons
from bot.wiring.desk import build_desk
from bot.wiring.disputes import build_disputes
from bot.wiring.fulfilment import build_fulfilment
from bot.wiring.giving import build_giving
from bot.wiring.handlers import reactions
from bot.wiring.invoices import build_invoices
from bot.wiring.members import build_members
from bot.wiring.opening import beside_the_database, catalog_file, opening, reading, signing_key
from bot.wiring.panels import build_panels
from bot.wiring.parts import Parts, equip
from bot.wiring.payments import build_payments, sees_payments, store_api
from bot.wiring.shared import Shared
from bot.wiring.storefront import billing_parts, build_storefront, listing_view, picture_of, sender_of
from bot.wiring.support import build_support
from bot.wiring.watching import Watching, alarms
from bot.wiring.website_purchases import build_website_purchases
from cogs.checkout.delivery import MESSAGE_FAILED, LinkMessages
from cogs.checkout.view import SaleView
from cogs.shop.help_command import HelpCommand, OpenItem
from cogs.staff.sales_log import StaffChannels
from cogs.staff.welcome import WelcomeListener, WelcomeMessages

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
    async with AsyncExitStack() as stack:
        workers, events = Workers(), Events()
        database = await stack.enter_async_context(
            opening(settings.storage.url, workers.mark, events.publish, clock)
        )
        store = settings.pandabase
        metrics = Metrics()
        shop = await stack.enter_async_context(
            PandabaseShop.open(store.store_id, store.base_url, clock=clock, observe=metrics.store_answered)
        )
        token = TokenWatch(metrics.store_answered, clock)
        api = await stack.enter_async_context(store_api(settings, clock, token.answered))
        catalog = Catalog(shop, clock, file=catalog_file(settings), mark=workers.mark)
        languages = Languages(settings.display.locale, settings.display.timezone)
        audit = Audit(clock, is_read=settings.staff.log_channel_id is not None)
        readers = await stack.enter_async_context(reading(Readers(database, audit, workers.mark, clock)))
        bot = ShopBot(
            settings.discord.guild_ids,
            clock,
            workers,
            sees_members=sees_members,
            languages=languages,
            observe=metrics.interaction_ended,
            readers=readers,
        )
        view = SaleView(
            test=store.is_sandbox,
            sees_payments=sees_payments(settings),
            picture_of=partial(picture_of, catalog),
            portal=shop.customer_portal,
        )
        replies = PrivateReplies(bot, clock)
        waiting = stack.enter_context(WaitingAnswers.open(beside_the_database(settings, ".waiting")))
        history = History(database, clock)
        announcer = UndeliveredHint(history.waiting)
        roles = RoleKeeper(bot)
        facts = FactsOfSales(database)
        benefits = Benefits(database, roles, audit, clock)
        staff = Staff(settings.staff.role_ids)
        access = await Access.read_from(database, roles, audit, clock)
        channels = StaffChannels(
            bot, SalesLog(database, facts, audit, clock), view, settings.staff.log_channel_id
        )
        messages = SaleMessages(database, facts)
        tokens = Tokens(database, clock)
        pricing = Pricing(catalog, store.currency, clock)
        carts = Carts(database, catalog, pricing, clock)
        signer = Signer(signing_key(settings))
        checkouts, billing = build_checkouts(settings, database, shop, signer, clock)
        sales = build_sales(
            settings,
            bot,
            database,
            checkouts,
            pricing=pricing,
            open_payer=billing.payer,
            access=access,
            benefits=benefits,
            roles=roles,
            clock=clock,
        )
        shared = Shared(
            settings=settings,
            bot=bot,
            database=database,
            provider=shop,
            catalog=catalog,
            pricing=pricing,
            sales=sales,
            staff=staff,
            channels=channels,
            messages=messages,
            replies=replies,
            history=history,
            audit=audit,
            readers=readers,
            roles=roles,
            benefits=benefits,
            view=view,
            clock=clock,
        )
        invoicing = build_invoices(shared)
        pages = listing_view(settings)
        panels = build_panels(
            bot, database, catalog, pricing, pages=pages, audit=audit, staff=staff, clock=clock
        )
        support = build_support(bot, database, facts, view, staff=staff, clock=clock)
        links = LinkMessages(
            bot, messages, view, replies, invoices=invoicing.messages, announcer=announcer, clock=clock
        )
        delivery = build_fulfilment(
            bot,
            database,
            catalog,
            handlers={
                JobKind.LINK: Handler(links.deliver),
                JobKind.WELCOME: Handler(WelcomeMessages(bot).post),
                JobKind.MESSAGE: Handler(links.refresh, saying(MESSAGE_FAILED)),
                **invoicing.handlers,
                **panels.handlers,
                **support.handlers,
            },
            facts=facts,
            roles=roles,
            benefits=benefits,
            staff=staff,
            channels=channels,
            view=view,
            keys=api.license_keys if api else None,
            audit=audit,
            mark=workers.mark,
            clock=clock,
        )
        payments = await stack.enter_async_context(
            build_payments(
                settings,
                bot,
                database,
                api,
                signer=signer,
                catalog=catalog,
                metrics=metrics,
                staff=staff,
                audit=audit,
                mark=workers.mark,
                clock=clock,
            )
        )
        reminders = EndReminders(database, audit, clock)
        events.handle(
            *reactions(
                fulfilment=delivery.fulfilment,
                invoices=invoicing.invoices,
                subscriptions=payments.subscriptions,
                given_up=delivery.given_up,
                reminders=reminders,
                carts=carts,
                billing=billing,
                readers=readers,
            )
        )
        invoice_actions = invoicing.actions(delivery.queue)
        giving = build_giving(shared, access)
        storefront = build_storefront(
            database,
            catalog,
            pricing,
            sales=sales,
            carts=carts,
            billing=billing,
            queue=delivery.queue,
            links=links,
            view=view,
            pages=pages,
            history=history,
            replies=replies,
            receipts=delivery.receipts,
            invoices=invoice_actions,
            giving=giving.actions,
            mark=workers.mark,
            clock=clock,
        )
        own = Parts(
            cogs=(HelpCommand(), WelcomeListener(bot, Welcomes(database, clock))),
            items=(OpenItem,),
            workers=(
                Worker(_refreshing(catalog, clock), name="catalog", clock=clock),
                sales.expiry,
                sales.abandoned,
                tokens.worker,
                readers.worker,
                reminders.worker,
                LeftWaiting(waiting, tokens, replies, clock).worker,
                *backups(settings, clock),
                *alarms(shared, Watching(settings, shop, token, catalog, clock, since=clock())),
            ),
            services=(
                announcer,
                waiting,
                Letterhead(partial(sender_of, bot, catalog)),
                *panels.actions(storefront.storefront, storefront.buying),
                FormRetry(),
            ),
        )
        equip(
            bot,
            staff,
            (
                own,
                storefront,
                billing_parts(billing, database),
                delivery,
                payments,
                panels,
                support,
                giving,
                build_access(shared, access),
                build_disputes(shared, facts),
                build_members(shared, delivery.grants, payments.refunds),
                build_website_purchases(shared, payments.payments, api),
                build_desk(shared, access, token),
                await stack.enter_async_context(build_coupons(shared, metrics.store_answered)),
                invoicing.of_people(invoice_actions),
                invoicing.settings(reminders),
            ),
        )
        yield App(settings, bot, catalog, payments.web_address, payments.lost_orders)


def point_discord_at(api_base_url: str) -> None:
    """Have discord.py's REST follow the setting; it has no other place to say so.

    Where the gateway is, is asked there: `ShopBot` keeps to the answer.
    """
    Route.BASE = api_base_url


def _refreshing(catalog: Catalog, clock: Clock) -> Callable[[], Awaitable[datetime]]:
    async def refresh() -> datetime:
        await catalog.recall()
        await catalog.refresh()  # a failure is logged there, and what is known stays
        await asyncio.to_thread(give_back_memory)  # ten thousand products take several MB to read
        return clock() + REFRESH_INTERVAL

    return refresh
