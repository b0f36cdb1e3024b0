"""What most rooms are made with."""

from dataclasses import dataclass

from bot.catalog.catalog import Catalog
from bot.checkout.draft import CheckoutProvider
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.discord.ephemeral_replies import PrivateReplies
from bot.discord.interactions import Staff
from bot.discord.roles import RoleKeeper
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.live_messages import SaleMessages
from bot.jobs.worker import Clock
from bot.purchases.history import History
from bot.readers.service import Readers
from bot.staff.audit import Audit
from bot.storage.transaction import UnitOfWork
from cogs.checkout.view import SaleView
from cogs.staff.sales_log import StaffChannels


@dataclass(frozen=True, slots=True)
class Shared:
    """What most rooms need; built before them."""

    settings: Settings
    bot: ShopBot
    database: UnitOfWork
    provider: CheckoutProvider
    catalog: Catalog
    pricing: Pricing
    sales: Sales
    staff: Staff
    channels: StaffChannels
    messages: SaleMessages
    replies: PrivateReplies
    history: History
    audit: Audit
    readers: Readers
    roles: RoleKeeper
    benefits: Benefits
    view: SaleView
    clock: Clock
