"""The composition root: settings → database → client → services → bot → workers.

Only this file and its parts in `bot.wiring` wire.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from discord import VoiceClient
from discord.http import Route

from bot.catalog.catalog import REFRESH_INTERVAL, Catalog
from bot.catalog.kept import CatalogFile
from bot.checkout.claims import Limits
from bot.checkout.gateway import CheckoutGateway, CheckoutOptions, FieldTemplate
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.checkout.signing import Signer, key_from_file
from bot.checkout.wishes import Wishes
from bot.config import CheckoutFieldTemplate, Settings
from bot.discord.client import ShopBot
from bot.discord.ephemeral_replies import PrivateReplies
from bot.discord.form_retry import FormRetry
from bot.discord.interactions import Staff
from bot.discord.left_waiting import LeftWaiting
from bot.discord.login import WHERE_INTENTS_ARE, MembersHidden, sentences_for_the_owner
from bot.discord.roles import RoleKeeper
from bot.discord.undelivered_hint import UndeliveredHint
from bot.errors import BambooError, NotServed
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.possessions import Possessions
from bot.jobs.handlers import Handler, saying
from bot.jobs.models import JobKind
from bot.jobs.waiting import WaitingAnswers
from bot.jobs.worker import Clock, Worker, Workers
from bot.pandabase.checkouts import field_record
from bot.pandabase.provider import PandabaseShop
from bot.payments.polling.recovery import LostOrders
from bot.purchases.history import History
from bot.storage.events import Events
from bot.texts import Languages
from bot.wiring.backups import backups
from bot.wiring.fulfilment import delivering
from bot.wiring.handlers import reactions
from bot.wiring.invoices import Invoicing, Shared
from bot.wiring.opening import opening
from bot.wiring.payments import receiving, sees_payments, store_api
from cogs.catalog.product_text import ProductText
from cogs.checkout.actions import BuyAnyway, CheckoutActions, GetLink, GetLinkBelow
from cogs.checkout.delivery import MESSAGE_FAILED, LinkMessages
from cogs.checkout.view import SaleView
from cogs.invoices import buttons
from cogs.invoices.commands import InvoiceCommands
from cogs.purchases.commands import (
    PurchaseActions,
    PurchaseItem,
    PurchaseLink,
    PurchaseReceipt,
    Purchases,
    ReceiptStep,
)
from cogs.purchases.view import PurchaseView
from cogs.shop.buy_command import BuyAgain, BuyCommand
from cogs.shop.controls import ShopBuy, ShopForm, ShopStep
from cogs.shop.listing_view import ListingView
from cogs.shop.storefront import ShopCommand, StorefrontActions
from cogs.staff.sales_log import StaffChannels
from cogs.staff.store_command import Store

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
        shop = await stack.enter_async_context(
            PandabaseShop.open(store.store_id, store.base_url, clock=clock)
        )
        api = await stack.enter_async_context(store_api(settings, clock))
        kept = CatalogFile(_beside_the_database(settings, ".catalog"), store.base_url, store.store_id)
        catalog = Catalog(shop, clock, file=kept)
        languages = Languages(settings.display.locale, settings.display.timezone)
        bot = ShopBot(
            settings.discord.guild_ids, clock, workers, sees_members=sees_members, languages=languages
        )
        view = SaleView(settings.display.locale, test=store.is_sandbox, sees_payments=sees_payments(settings))
        replies = PrivateReplies(bot, clock)
        waiting = stack.enter_context(WaitingAnswers.open(_beside_the_database(settings, ".waiting")))
        history = History(database, clock)
        announcer = UndeliveredHint(history)
        roles = RoleKeeper(bot)
        benefits = Benefits(database, roles, clock)
        staff = Staff(settings.staff.role_ids)
        channels = StaffChannels(bot, database, view, settings.staff.log_channel_id, clock)
        pricing = Pricing(catalog, store.currency, clock)
        signer = Signer(_signing_key(settings))

        async def require_deliverable(buyer: Buyer, origin: Origin, basket: Basket) -> None:
            if not bot.serves(origin.guild_id):  # a direct message may come from a server of before
                raise NotServed
            await benefits.require_deliverable(buyer, origin, basket)

        sales = Sales(
            database,
            CheckoutGateway(shop, signer, _checkout_options(settings)),
            pricing,
            Limits(settings.limits.open_links_per_member, settings.limits.purchases_per_minute),
            clock=clock,
            require_deliverable=require_deliverable,
            require_new=Possessions(roles.name, clock).require_new,
        )
        invoicing = Invoicing.build(
            Shared(
                settings=settings,
                bot=bot,
                database=database,
                provider=shop,
                catalog=catalog,
                pricing=pricing,
                sales=sales,
                staff=staff,
                channels=channels,
                replies=replies,
                history=history,
                clock=clock,
            )
        )
        links = LinkMessages(
            bot, database, view, replies, invoices=invoicing.messages, announcer=announcer, clock=clock
        )
        delivery = delivering(
            bot,
            database,
            catalog,
            handlers={
                JobKind.LINK: Handler(links.deliver),
                JobKind.MESSAGE: Handler(links.refresh, saying(MESSAGE_FAILED)),
                **invoicing.handlers,
            },
            roles=roles,
            benefits=benefits,
            staff=staff,
            channels=channels,
            view=view,
            keys=api.license_keys if api else None,
            mark=workers.mark,
            clock=clock,
        )
        payments = await stack.enter_async_context(
            receiving(
                settings,
                bot,
                database,
                api,
                signer=signer,
                kind_of=catalog.kind_of,
                staff=staff,
                mark=workers.mark,
                clock=clock,
            )
        )
        events.handle(
            *reactions(
                fulfilment=delivery.fulfilment,
                invoices=invoicing.invoices,
                subscriptions=payments.subscriptions,
                given_up=delivery.given_up,
            )
        )
        refresh = Worker(_refreshing(catalog, clock), name="catalog", clock=clock)
        by_the_clock = backups(settings, clock)
        actions = CheckoutActions(
            sales, delivery.queue, view, pricing=pricing, wishes=Wishes(database, clock)
        )
        invoice_actions = invoicing.actions(delivery.queue)
        product_text = ProductText(store.currency)
        pages = ListingView(product_text, test=store.is_sandbox)
        purchases = PurchaseActions(
            sales, history, PurchaseView(view), view, receipts=delivery.receipts, invoices=invoice_actions
        )
        storefront = StorefrontActions(
            catalog, pricing, actions, pages, replies=replies, mark=workers.mark, clock=clock
        )
        buy = BuyCommand(catalog, pricing, actions, product_text)
        store_group = Store(
            staff, *delivery.store_commands, *payments.store_commands, invoicing.settings_command()
        )
        bot.equip(
            cogs=[
                buy,
                ShopCommand(storefront),
                Purchases(purchases),
                store_group,
                *delivery.cogs,
                InvoiceCommands(invoice_actions),
            ],
            items=[
                GetLink,
                GetLinkBelow,
                BuyAgain,
                BuyAnyway,
                ShopStep,
                ShopForm,
                ShopBuy,
                PurchaseItem,
                PurchaseLink,
                PurchaseReceipt,
                ReceiptStep,
                *delivery.items,
                *payments.items,
                *buttons.ITEMS,
            ],
            workers=[
                refresh,
                *delivery.workers,
                sales.expiry,
                sales.abandoned,
                LeftWaiting(waiting, database, replies, clock).worker,
                storefront.sessions.worker,
                *payments.workers,
                *invoicing.workers,
                *([by_the_clock] if by_the_clock else []),
            ],
            services=[
                buy,
                actions,
                storefront,
                purchases,
                announcer,
                waiting,
                *delivery.services,
                *payments.services,
                invoice_actions,
                FormRetry(),
            ],
        )
        yield App(settings, bot, catalog, payments.web_address, payments.lost_orders)


def point_discord_at(api_base_url: str) -> None:
    """Have discord.py's REST follow the setting; it has no other place to say so.

    Where the gateway is, is asked there: `ShopBot` keeps to the answer.
    """
    Route.BASE = api_base_url


def _checkout_options(settings: Settings) -> CheckoutOptions:
    checkout = settings.checkout
    return CheckoutOptions(
        allowed_hosts=settings.pandabase.allowed_checkout_hosts,
        fields=[_filling(template) for template in checkout.fields],
        return_url=checkout.return_url,
        cancel_url=checkout.cancel_url,
    )


def _filling(template: CheckoutFieldTemplate) -> FieldTemplate:
    return lambda values: field_record(template.filled(values))


def _signing_key(settings: Settings) -> str:
    """The key of the settings, else the one in a file beside the database, made on the first start."""
    key = settings.checkout.signing_key
    if key is not None:
        return key.get_secret_value()
    key_file = _beside_the_database(settings, ".signing-key")
    try:
        return key_from_file(key_file)
    except OSError as error:
        raise BambooError(f"{key_file}: the signing key can't be read or made ({error.strerror})") from error


def _beside_the_database(settings: Settings, suffix: str) -> Path:
    """A file that belongs to the database: beside its file, or in this folder if it is on a server."""
    address = settings.storage.url
    file = Path(address.database if address.is_file else "bamboo")
    return file.with_suffix(suffix)


def _refreshing(catalog: Catalog, clock: Clock) -> Callable[[], Awaitable[datetime]]:
    async def refresh() -> datetime:
        await catalog.recall()
        await catalog.refresh()  # a failure is logged there, and what is known stays
        return clock() + REFRESH_INTERVAL

    return refresh
