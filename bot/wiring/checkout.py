"""Wires sales: what a checkout session is made of, and what is asked before one is."""

from bot.access.service import Access
from bot.billing.sealing import Seal
from bot.billing.service import MemberBilling
from bot.checkout.claiming import RequireNew
from bot.checkout.claims import Limits
from bot.checkout.gateway import CheckoutGateway, CheckoutOptions, FieldTemplate
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.pricing import Pricing
from bot.checkout.service import Sales
from bot.config import Settings
from bot.config.checkout_fields import CheckoutFieldTemplate
from bot.discord.roles import RoleKeeper
from bot.errors import NotServed
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.ownership import Ownership
from bot.pandabase.checkouts import field_record
from bot.storage.transaction import Transaction
from bot.wiring.foundation import Foundation
from bot.wiring.opening import billing_key


def build_sales(
    base: Foundation,
    checkouts: CheckoutGateway,
    pricing: Pricing,
    billing: MemberBilling,
    *,
    access: Access,
    benefits: Benefits,
    roles: RoleKeeper,
) -> Sales:
    ownership = Ownership(roles.name, base.clock)

    async def before_the_claim(
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        anyway: bool,  # noqa: FBT001  # a callback of Sales
    ) -> RequireNew:
        if not base.bot.serves(origin.guild_id):  # a direct message may come from a server of before
            raise NotServed
        await access.require(origin.guild_id, buyer.id, basket)
        earned = await benefits.require_deliverable(buyer, origin, basket)

        async def require_new(tx: Transaction) -> None:
            access.require_now(origin.guild_id, buyer.id, basket)
            await ownership.require_new(tx, buyer, origin, basket, earned, anyway=anyway)

        return require_new

    limits = base.settings.limits
    return Sales(
        base.database,
        checkouts,
        pricing,
        Limits(limits.open_links_per_member, limits.purchases_per_minute),
        clock=base.clock,
        before_the_claim=before_the_claim,
        open_payer=billing.payer,
    )


def build_checkouts(base: Foundation) -> tuple[CheckoutGateway, MemberBilling]:
    """What makes payment pages, and what their payers may have given for them."""
    checkouts = CheckoutGateway(base.shop, base.signer, _options(base.settings))
    seal = Seal(billing_key(base.settings))
    return checkouts, MemberBilling(base.database, seal, checkouts, base.clock)


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
