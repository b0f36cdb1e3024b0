"""From a basket to the store's checkout session, and what of the answer may be shown."""

import asyncio
import ipaddress
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from bot.checkout.draft import (
    NOBODY_KNOWN,
    CheckoutDraft,
    CheckoutEstimate,
    CheckoutField,
    CheckoutItem,
    CheckoutPage,
    CheckoutProvider,
    Payer,
)
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.refusals import AnotherAmount, UntrustedLink
from bot.checkout.signing import Signer
from bot.errors import PandabaseError, UnreadableAnswer
from bot.jobs.worker import Clock

log = logging.getLogger(__name__)

LONGEST_URL: Final = 512
"""Characters that a link button takes; source: Discord's reference of components."""
ESTIMATED_WITHIN: Final = 1.5
"""Seconds that a purchase waits for what its tax will be."""
LONGEST_LIFE: Final = timedelta(days=30)
"""A page lives for hours; what says that it lives this long isn't a time at which it ends."""
DIRECT_MESSAGES: Final = "https://discord.com/channels/@me"


FieldTemplate = Callable[[Mapping[str, str]], CheckoutField]
"""A checkout field as the owner wrote it, from what its placeholders such as `{username}` stand for."""


@dataclass(frozen=True, slots=True)
class CheckoutOptions:
    """What the owner set for every checkout. Without a return URL the payer comes back to the channel."""

    allowed_hosts: Sequence[str]
    fields: Sequence[FieldTemplate] = ()
    return_url: str | None = None
    cancel_url: str | None = None


class CheckoutGateway:
    def __init__(self, provider: CheckoutProvider, signer: Signer, options: CheckoutOptions) -> None:
        self._provider = provider
        self._signer = signer
        self._options = options

    def draft(
        self, reference: str, buyer: Buyer, origin: Origin, basket: Basket, nonce: str
    ) -> CheckoutDraft:
        """The checkout of a sale, with the subtotal as guard where the price is ours to know.

        `nonce` is the session's own: its signature carries it.
        """
        subtotal = basket.subtotal
        channel = f"https://discord.com/channels/{origin.guild_id}/{origin.channel_id}"
        if basket.charge is not None:
            channel = DIRECT_MESSAGES  # it began where staff wrote it, which its payer may not see
        placeholders = _placeholders(buyer, origin, basket)
        fields = tuple(fill(placeholders) for fill in self._options.fields)
        return CheckoutDraft(
            items=tuple(map(CheckoutItem.of, basket.lines)),
            title=basket.charge.title if basket.charge else None,
            description=basket.charge.description if basket.charge else None,
            amount=subtotal.amount if subtotal else None,
            coupon_code=basket.coupon,
            fields=fields,
            metadata=self._signer.metadata(reference, buyer, origin, basket, nonce),
            return_url=self._options.return_url or channel,
            cancel_url=self._options.cancel_url or channel,
        )

    async def create(self, draft: CheckoutDraft, clock: Clock, payer: Payer = NOBODY_KNOWN) -> CheckoutPage:
        """Open the session at the store for the payer, with tax and total where their country is known.

        Raises as `_create` does. What can't be estimated in time is left out.
        """
        draft = replace(draft, customer=payer.customer, tax_id=payer.tax_id)
        if payer.customer is not None:
            page = await self._create(draft, clock)
            return replace(page, is_taxed=_knows_its_tax(page))
        if payer.country is None:
            return await self._create(draft, clock)
        estimating = asyncio.create_task(
            self.estimate(draft.items, draft.coupon_code, payer), name="an estimate of tax"
        )
        try:
            page = await self._create(draft, clock)
            estimate = await estimating
        finally:
            estimating.cancel()
        if estimate is None or estimate.subtotal - estimate.discount != page.amount - page.discount:
            return page
        return replace(page, tax=estimate.tax, total=estimate.total, is_taxed=True)

    async def estimate(
        self, items: tuple[CheckoutItem, ...], coupon: str | None, payer: Payer
    ) -> CheckoutEstimate | None:
        """What the items come to for the payer, if their country is known and the store says it in time."""
        if payer.country is None:
            return None
        try:
            async with asyncio.timeout(ESTIMATED_WITHIN):
                return await self._provider.estimate(
                    items,
                    country=payer.country,
                    state=payer.state,
                    coupon_code=coupon,
                    tax_id=payer.tax_id,
                )
        except (PandabaseError, ValueError, TimeoutError) as error:  # a courtesy: the page will say it
            log.info("Tax isn't shown before the payment: %s", type(error).__name__)
            return None

    async def _create(self, draft: CheckoutDraft, clock: Clock) -> CheckoutPage:
        """Open the session at the store; the amount of what it returns is what was asked for.

        Raises the PandabaseErrors, UnreadableAnswer and AnotherAmount for a page that can't be shown among
        them, and UntrustedLink when it is on a host that isn't allowed.
        """
        page = await self._provider.create_checkout(draft)
        if not is_trusted(page.url, self._options.allowed_hosts):
            log.error(
                "The store's payment page is on %r, which pandabase.allowed_checkout_hosts doesn't name",
                _host(page.url),
            )
            raise UntrustedLink
        if len(page.url) > LONGEST_URL:
            raise UnreadableAnswer(detail=f"a page's address of {len(page.url)} characters")
        now = clock()
        if not now < page.expires_at <= now + LONGEST_LIFE:
            raise UnreadableAnswer(
                detail=f"a new link that ends at {page.expires_at}: is this machine's clock right?"
            )
        if draft.amount is None:  # the payer picks it on the page
            return page
        if not _asks_for(page, draft.amount):
            raise AnotherAmount(detail=f"asked for {draft.amount}, got a page for {page.amount}")
        return replace(page, amount=draft.amount)


def _knows_its_tax(page: CheckoutPage) -> bool:
    """Whether it names a tax that its total has in it or on top: none may mean that it isn't known yet."""
    net = page.amount - page.discount
    return page.tax > 0 and page.total in {net, net + page.tax}


def _asks_for(page: CheckoutPage, amount: int) -> bool:
    """Whether the page asks for that before discount and tax on top; of a price with tax, with it."""
    if page.amount == amount:
        return True
    includes_tax = page.total + page.discount == amount
    return includes_tax and page.amount + page.tax == amount


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_trusted(url: str, allowed_hosts: Sequence[str]) -> bool:
    """Whether the page may be shown: https on an allowed host or below it; plain http only on loopback."""
    # Browsers drop some of these, and read a backslash as a slash: they would go to another host.
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    # Somebody reads `pandabase.io@elsewhere` as pandabase.io, and a `%2f` in a host as its end.
    if parts.username is not None or parts.password is not None or "%" in host:
        return False
    allowed = any(host == name or host.endswith(f".{name}") for name in map(str.lower, allowed_hosts))
    return allowed and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _placeholders(buyer: Buyer, origin: Origin, basket: Basket) -> dict[str, str]:
    return {
        "username": buyer.username,
        "display_name": buyer.display_name,
        "user_id": str(buyer.id),
        "server": origin.guild_name,
        "product": basket.lines[0].title,
    }
