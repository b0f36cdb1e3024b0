"""Wires what members do and see: looking around, buying, and what they have bought."""

from dataclasses import dataclass
from typing import Final

from bot.billing.service import MemberBilling
from bot.cart.service import Carts
from bot.catalog.catalog import Catalog
from bot.catalog.models import Product
from bot.checkout.models import Basket
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.checkout.unconfirmed import UnconfirmedPurchases
from bot.config import Settings
from bot.discord.cards import Picture, Sender
from bot.discord.client import ShopBot
from bot.discord.ephemeral_replies import PrivateReplies
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Clock
from bot.privacy.service import Privacy
from bot.purchases.history import History
from bot.storage.queues import Mark
from bot.storage.transaction import UnitOfWork
from bot.wiring.parts import Parts
from cogs.billing import commands as billing_commands
from cogs.billing.commands import BillingActions
from cogs.billing.view import BillingView
from cogs.cart import commands as cart_commands
from cogs.cart.actions import CartActions
from cogs.cart.view import CartView
from cogs.catalog.product_text import ProductText, address_of, pictures_of
from cogs.checkout.actions import ITEMS as LINK_ITEMS
from cogs.checkout.actions import CheckoutActions
from cogs.checkout.coupons import CouponForms, OtherCoupon
from cogs.checkout.delivery import LinkMessages
from cogs.checkout.gift_notes import GiftNoteForms, WriteGiftNote
from cogs.checkout.view import SaleView
from cogs.giving.commands import GivingActions
from cogs.invoices.actions import InvoiceActions
from cogs.privacy import my_data
from cogs.purchases.buttons import ITEMS
from cogs.purchases.commands import PurchaseActions, Purchases
from cogs.purchases.receipts import ReceiptView
from cogs.purchases.view import PurchaseView
from cogs.shop import controls
from cogs.shop.buy_command import BuyAgain, BuyCommand, PickVariant
from cogs.shop.listing_view import ListingView
from cogs.shop.storefront import ShopCommand, StorefrontActions


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontParts(Parts):
    """What the bot is equipped with."""

    storefront: StorefrontActions
    buying: BuyCommand


def build_storefront(
    database: UnitOfWork,
    catalog: Catalog,
    pricing: Pricing,
    *,
    sales: Sales,
    carts: Carts,
    billing: MemberBilling,
    queue: JobQueue,
    links: LinkMessages,
    view: SaleView,
    pages: ListingView,
    history: History,
    replies: PrivateReplies,
    receipts: ReceiptView,
    invoices: InvoiceActions,
    giving: GivingActions,
    mark: Mark,
    clock: Clock,
) -> StorefrontParts:
    actions = CheckoutActions(
        sales, queue, view, links=links, pricing=pricing, unconfirmed=UnconfirmedPurchases(database, clock)
    )
    purchases = PurchaseActions(
        sales, history, PurchaseView(view), view, receipts=receipts, invoices=invoices
    )
    cart = CartActions(carts, billing, actions, CartView(view.mark))
    storefront = StorefrontActions(
        catalog, pricing, actions, cart, pages, replies=replies, mark=mark, clock=clock
    )
    buy = BuyCommand(catalog, pricing, actions, pages.of_products, giving)
    return StorefrontParts(
        cogs=[
            buy,
            CouponForms(),
            GiftNoteForms(actions),
            ShopCommand(storefront),
            cart_commands.CartCommand(cart),
            Purchases(purchases),
        ],
        items=[
            *LINK_ITEMS,
            BuyAgain,
            PickVariant,
            OtherCoupon,
            WriteGiftNote,
            *controls.ITEMS,
            *cart_commands.ITEMS,
            *ITEMS,
        ],
        workers=[storefront.sessions.worker],
        services=[buy, actions, cart, storefront, purchases],
        storefront=storefront,
        buying=buy,
    )


def billing_parts(billing: MemberBilling, database: UnitOfWork) -> Parts:
    """What members say of themselves, and how they take it back."""
    actions = BillingActions(billing, BillingView())
    return Parts(
        cogs=(billing_commands.BillingCommand(actions),),
        items=(*billing_commands.ITEMS, *my_data.ITEMS),
        services=(actions, Privacy(database)),
    )


def listing_view(settings: Settings) -> ListingView:
    """How the store's products look in lists and on pages of their own."""
    store = settings.pandabase
    return ListingView(ProductText(store.currency), test=store.is_sandbox, web_store=store.web_store_url)


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
