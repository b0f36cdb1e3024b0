"""What most rooms are made with: built after what they stand on, and before all of them."""

from dataclasses import dataclass
from functools import partial

from bot.access.service import Access
from bot.billing.service import MemberBilling
from bot.cart.service import Carts
from bot.catalog.catalog import Catalog
from bot.checkout.draft import CheckoutProvider
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.discord.private_replies import PrivateReplies
from bot.discord.roles import RoleKeeper
from bot.discord.staff import Staff
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.live_messages import SaleMessages
from bot.fulfilment.sales_log import SalesLog
from bot.jobs.worker import Clock
from bot.purchases.history import History
from bot.readers.service import Readers
from bot.staff.audit import Audit
from bot.storage.queues import Mark
from bot.storage.transaction import UnitOfWork
from bot.wiring.checkout import build_checkouts, build_sales
from bot.wiring.foundation import Foundation
from bot.wiring.pictures import picture_of
from bot.wiring.store import sees_payments
from cogs.catalog.product_text import ProductText
from cogs.checkout.view import SaleView
from cogs.shop.listing_view import ListingView
from cogs.staff.sales_log import StaffChannels


@dataclass(frozen=True, slots=True)
class Shared:
    settings: Settings
    clock: Clock
    mark: Mark
    bot: ShopBot
    database: UnitOfWork
    provider: CheckoutProvider
    catalog: Catalog
    pricing: Pricing
    access: Access
    sales: Sales
    carts: Carts
    billing: MemberBilling
    benefits: Benefits
    roles: RoleKeeper
    facts: FactsOfSales
    messages: SaleMessages
    history: History
    staff: Staff
    channels: StaffChannels
    audit: Audit
    readers: Readers
    replies: PrivateReplies
    view: SaleView
    pages: ListingView


async def build_shared(base: Foundation) -> Shared:
    """Raises DatabaseAway."""
    settings, clock, bot, database, catalog = base.settings, base.clock, base.bot, base.database, base.catalog
    store = settings.pandabase
    roles, facts = RoleKeeper(bot), FactsOfSales(database)
    benefits = Benefits(database, roles, base.audit, clock)
    sales_log = SalesLog(database, facts, base.audit, clock)
    access = await Access.read_from(database, roles, base.audit, clock)
    pricing = Pricing(catalog, store.currency, clock)
    checkouts, billing = build_checkouts(base)
    view = SaleView(
        test=store.is_sandbox,
        sees_payments=sees_payments(settings),
        picture_of=partial(picture_of, catalog),
        portal=base.shop.customer_portal,
        manages=base.api is not None,
    )
    return Shared(
        settings=settings,
        clock=clock,
        mark=base.mark,
        bot=bot,
        database=database,
        provider=base.shop,
        catalog=catalog,
        pricing=pricing,
        access=access,
        sales=build_sales(base, checkouts, pricing, billing, access=access, benefits=benefits, roles=roles),
        carts=Carts(database, catalog, pricing, clock),
        billing=billing,
        benefits=benefits,
        roles=roles,
        facts=facts,
        messages=SaleMessages(database, facts),
        history=History(database, clock),
        staff=Staff(settings.staff.role_ids),
        channels=StaffChannels(bot, sales_log, view, settings.staff.log_channel_id),
        audit=base.audit,
        readers=base.readers,
        replies=PrivateReplies(bot, clock),
        view=view,
        pages=ListingView(ProductText(store.currency), test=store.is_sandbox, web_store=store.web_store_url),
    )
