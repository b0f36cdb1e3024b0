"""Wires sales: what a checkout session is made of, and what is asked before one is."""

from bot.access.service import Access
from bot.billing.sealing import Seal
from bot.billing.service import MemberBilling
from bot.checkout.claiming import RequireNew
from bot.checkout.claims import Limits
from bot.checkout.draft import OpenPayer
from bot.checkout.gateway import CheckoutGateway, CheckoutOptions, FieldTemplate
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.checkout.signing import Signer
from bot.config import Settings
from bot.config.checkout_fields import CheckoutFieldTemplate
from bot.discord.client import ShopBot
from bot.discord.roles import RoleKeeper
from bot.errors import NotServed
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.ownership import Ownership
from bot.jobs.worker import Clock
from bot.pandabase.checkouts import field_record
from bot.pandabase.provider import PandabaseShop
from bot.storage.transaction import Transaction, UnitOfWork
from bot.wiring.opening import billing_key


def build_sales(
    settings: Settings,
    bot: ShopBot,
    database: UnitOfWork,
    checkouts: CheckoutGateway,
    *,
    pricing: Pricing,
    open_payer: OpenPayer,
    access: Access,
    benefits: Benefits,
    roles: RoleKeeper,
    clock: Clock,
) -> Sales:
    ownership = Ownership(roles.name, clock)

    async def before_the_claim(
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        anyway: bool,  # noqa: FBT001  # a callback of Sales
    ) -> RequireNew:
        if not bot.serves(origin.guild_id):  # a direct message may come from a server of before
            raise NotServed
        await access.require(origin.guild_id, buyer.id, basket)
        earned = await benefits.require_deliverable(buyer, origin, basket)

        async def require_new(tx: Transaction) -> None:
            access.require_now(origin.guild_id, buyer.id, basket)
            await ownership.require_new(tx, buyer, origin, basket, earned, anyway=anyway)

        return require_new

    return Sales(
        database,
        checkouts,
        pricing,
        Limits(settings.limits.open_links_per_member, settings.limits.purchases_per_minute),
        clock=clock,
        before_the_claim=before_the_claim,
        open_payer=open_payer,
    )


def build_checkouts(
    settings: Settings, database: UnitOfWork, shop: PandabaseShop, signer: Signer, clock: Clock
) -> tuple[CheckoutGateway, MemberBilling]:
    """What makes payment pages, and what their payers may have given for them."""
    checkouts = CheckoutGateway(shop, signer, _options(settings))
    return checkouts, MemberBilling(database, Seal(billing_key(settings)), checkouts, clock)


def _options(settings: Settings) -> CheckoutOptions:
    checkout = settings.checkout
    return CheckoutOptions(
        allowed_hosts=settings.pandabase.allowed_checkout_hosts,
        fields=[_filling(template) for template in checkout.fields],
        return_url=checkout.return_url,
        cancel_url=checkout.cancel_url,
    )


def _filling(template: CheckoutFieldTemplate) -> FieldTemplate:
    return lambda values: field_record(template.filled(values))
