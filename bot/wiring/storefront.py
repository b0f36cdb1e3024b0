"""Wires what members do and see: looking around, buying, and what they have bought."""

from dataclasses import dataclass

from bot.checkout.unconfirmed import UnconfirmedPurchases
from bot.privacy.service import Privacy
from bot.wiring.fulfilment import FulfilmentParts
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.billing import commands as billing_commands
from cogs.billing.commands import BillingActions
from cogs.billing.view import BillingView
from cogs.cart import commands as cart_commands
from cogs.cart.actions import CartActions
from cogs.cart.view import CartView
from cogs.checkout.actions import ITEMS as LINK_ITEMS
from cogs.checkout.actions import CheckoutActions
from cogs.checkout.coupons import CouponForms, OtherCoupon
from cogs.checkout.delivery import LinkMessages
from cogs.checkout.gift_notes import GiftNoteForms, WriteGiftNote
from cogs.giving.commands import GivingActions
from cogs.invoices.payer_actions import PayerActions
from cogs.privacy import my_data
from cogs.purchases.buttons import ITEMS
from cogs.purchases.commands import PurchaseActions, Purchases
from cogs.purchases.view import PurchaseView
from cogs.shop import controls
from cogs.shop.buy_command import BuyAgain, BuyCommand, PickVariant
from cogs.shop.storefront import ShopCommand, StorefrontActions


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontParts(Parts):
    """What the bot is equipped with."""

    storefront: StorefrontActions
    buying: BuyCommand


def build_storefront(
    shared: Shared,
    links: LinkMessages,
    delivery: FulfilmentParts,
    invoices: PayerActions,
    giving: GivingActions,
) -> StorefrontParts:
    catalog, pricing, sales, view = shared.catalog, shared.pricing, shared.sales, shared.view
    actions = CheckoutActions(
        sales,
        delivery.queue,
        view,
        links=links,
        pricing=pricing,
        unconfirmed=UnconfirmedPurchases(shared.database, shared.clock),
        server_name=shared.bot.server_name,
    )
    purchases = PurchaseActions(
        sales, shared.history, PurchaseView(view), view, receipts=delivery.receipts, invoices=invoices
    )
    cart = CartActions(shared.carts, shared.billing, actions, CartView(view.mark))
    storefront = StorefrontActions(
        catalog,
        pricing,
        actions,
        cart,
        shared.pages,
        access=giving.access,
        replies=shared.replies,
        mark=shared.mark,
        clock=shared.clock,
    )
    buy = BuyCommand(catalog, pricing, actions, shared.pages.of_products, giving)
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


def build_billing(shared: Shared) -> Parts:
    """What members say of themselves, and how they take it back."""
    actions = BillingActions(shared.billing, BillingView())
    return Parts(
        cogs=(billing_commands.BillingCommand(actions),),
        items=(*billing_commands.ITEMS, *my_data.ITEMS),
        services=(actions, Privacy(shared.database)),
    )
