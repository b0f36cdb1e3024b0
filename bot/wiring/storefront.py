"""Wires what members do and see: looking around, buying, and what they have bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from discord import ui
from discord.ext import commands

from bot.access.service import Access
from bot.catalog.catalog import Catalog
from bot.catalog.models import Product
from bot.checkout.models import Basket
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.checkout.wishes import Wishes
from bot.config import Settings
from bot.discord.cards import Picture, Sender
from bot.discord.client import ShopBot
from bot.discord.ephemeral_replies import PrivateReplies
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Clock, Worker
from bot.purchases.history import History
from bot.storage.queues import Mark
from bot.storage.transaction import UnitOfWork
from cogs.catalog.product_text import ProductText, address_of, pictures_of
from cogs.checkout.actions import BuyAnyway, CheckoutActions, GetLink, GetLinkBelow, NoThanks
from cogs.checkout.coupons import CouponForms, OtherCoupon
from cogs.checkout.delivery import LinkMessages
from cogs.checkout.view import SaleView
from cogs.giving.commands import GivingActions
from cogs.invoices.actions import InvoiceActions
from cogs.purchases.buttons import ITEMS
from cogs.purchases.commands import PurchaseActions, Purchases
from cogs.purchases.receipts import ReceiptView
from cogs.purchases.view import PurchaseView
from cogs.shop.buy_command import BuyAgain, BuyCommand, PickVariant
from cogs.shop.controls import ShopBuy, ShopForm, ShopStep
from cogs.shop.listing_view import ListingView
from cogs.shop.storefront import ShopCommand, StorefrontActions


@dataclass(frozen=True, slots=True)
class StorefrontParts:
    """What the bot is equipped with."""

    cogs: Sequence[commands.Cog]
    items: Sequence[type[ui.DynamicItem[Any]]]
    workers: Sequence[Worker]
    services: Sequence[object]


def build_storefront(
    settings: Settings,
    database: UnitOfWork,
    catalog: Catalog,
    pricing: Pricing,
    *,
    sales: Sales,
    queue: JobQueue,
    links: LinkMessages,
    view: SaleView,
    history: History,
    replies: PrivateReplies,
    receipts: ReceiptView,
    invoices: InvoiceActions,
    giving: GivingActions,
    access: Access,
    mark: Mark,
    clock: Clock,
) -> StorefrontParts:
    store = settings.pandabase
    actions = CheckoutActions(
        sales, queue, view, links=links, pricing=pricing, wishes=Wishes(database, clock)
    )
    product_text = ProductText(store.currency)
    pages = ListingView(product_text, test=store.is_sandbox, web_store=store.web_store_url)
    purchases = PurchaseActions(
        sales, history, PurchaseView(view), view, receipts=receipts, invoices=invoices
    )
    storefront = StorefrontActions(catalog, pricing, actions, pages, replies=replies, mark=mark, clock=clock)
    buy = BuyCommand(catalog, pricing, actions, product_text, giving=giving, access=access)
    return StorefrontParts(
        cogs=[buy, CouponForms(), ShopCommand(storefront), Purchases(purchases)],
        items=[
            GetLink,
            GetLinkBelow,
            BuyAgain,
            BuyAnyway,
            PickVariant,
            NoThanks,
            OtherCoupon,
            ShopStep,
            ShopForm,
            ShopBuy,
            *ITEMS,
        ],
        workers=[storefront.sessions.worker],
        services=[buy, actions, storefront, purchases],
    )


# --- what cards show besides words ---------------------------------------------------------------------


_PICTURE_SIZE: Final = 128
"""Pixels of a server's picture: Discord shows it smaller than that."""


def sender_of(bot: ShopBot, catalog: Catalog, guild_id: int) -> Sender:
    """The shop of a server, as far as Discord and the store have told of it.

    Its picture is the server's, else the store's.
    """
    guild, store = bot.get_guild(guild_id), catalog.store
    server, name = (guild.name if guild else ""), (store.name if store else "")
    picture: Picture | None
    if guild is not None and guild.icon is not None:
        picture = Picture(guild.icon.with_size(_PICTURE_SIZE).url, server)
    else:
        logo = address_of(store.logo) if store and store.logo else None
        picture = Picture(logo, name) if logo else None
    return Sender(server, name, picture)


def picture_of(catalog: Catalog, basket: Basket) -> Picture | None:
    """A picture of what is sold, if it is one thing and is known without asking the store."""
    if len(basket.lines) != 1 or basket.lines[0].product_id is None:
        return None
    [line] = basket.lines
    product = catalog.known(line.product_id or "")
    if product is None:
        return None
    variants = product.variants if isinstance(product, Product) else ()
    variant = next((each for each in variants if each.id == line.variant_id), None)
    found = pictures_of(product, variant)
    return Picture(found[0], line.title) if found else None
