"""How products read: prices, kinds, stock. The same words wherever a product is shown."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import yarl

from bot.catalog.availability import status_of
from bot.catalog.models import BillingInterval, PricingModel, Product, ProductSummary, ProductType, Variant
from bot.catalog.refusals import FreeProduct, NoLongerAvailable, NotYetAvailable, OutOfStock
from bot.errors import Refusal
from bot.markdown import cut
from bot.money import Money
from bot.texts import NOTHING, Text, as_text, limited, moment, ntext, text

LONGEST_URL: Final = 2048
"""Characters of a picture's address; source: Discord's component reference."""
_HOST: Final = re.compile(r"[A-Za-z0-9._:-]*[A-Za-z0-9:]\.?")
"""A name or an address as it stands in a URL; more than that is a slip of the shop's owner."""
_PROPER: Final = re.compile(r"[!-~]+")
"""ASCII without spaces."""

KINDS: Final = {
    ProductType.DIGITAL_DOWNLOAD: text("Download"),
    ProductType.LICENSE_KEY: text("Key"),
    ProductType.SERIAL: text("Key"),
    ProductType.SERVICE: text("Service"),
    ProductType.ONE_TIME: text("One-time purchase"),
    ProductType.PHYSICAL: text("Physical item"),
    ProductType.SUBSCRIPTION: text("Subscription"),
}
OUT_OF_STOCK: Final = text("sold out")
FEW: Final = 5
"""From this many units down, the number that is left is told."""
UNTITLED: Final = text("Untitled")


@dataclass(frozen=True, slots=True)
class ProductText:
    """What is said of a product. `currency` is the shop's."""

    currency: str

    def price(self, product: ProductSummary, variant: Variant | None = None) -> Text:
        """The price in Markdown: the old one struck out, interval and trial where they are known."""
        if product.pricing_model is PricingModel.FREE:
            return text("**Free**")
        if product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT:
            return self._chosen_by_the_payer(product)
        if variant is not None:
            price, old, several = variant.price, variant.compare_at_price, False
        else:
            price, old, several = _cheapest(product)
        money = Money(price, product.currency)
        bold = text("**from {price}**", price=money) if several else text("**{price}**", price=money)
        whole = with_terms(bold, product)
        if old is not None and old > price:
            return text("~~{old}~~ {price}", old=Money(old, product.currency), price=whole)
        return whole

    def plain_price(self, product: ProductSummary) -> Text:
        """The price without Markdown, for menus and choices."""
        if product.pricing_model is PricingModel.FREE:
            return text("free")
        if product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT:
            return text("you choose the price")
        price, _, several = _cheapest(product)
        money = Money(price, product.currency)
        return with_terms(text("from {price}", price=money) if several else as_text(money), product)

    def _chosen_by_the_payer(self, product: ProductSummary) -> Text:
        if product.minimum_price:
            least = Money(product.minimum_price, product.currency)
            return text("**You choose the price**, from {least}", least=least)
        return text("**You choose the price**")

    def kind(self, product: ProductSummary) -> Text:
        return KINDS.get(product.product_type, NOTHING)

    def stock(self, product: ProductSummary, now: datetime) -> Text:
        """In a few words, why it can't be bought, or how few are left; empty when there is nothing to say."""
        refusal = self.refusal(product, now)
        if isinstance(refusal, OutOfStock):
            return text("Sold out")
        if isinstance(refusal, NotYetAvailable):
            return text("On sale from {date}", date=moment(refusal.since, "d"))
        if isinstance(refusal, NoLongerAvailable):
            return text("No longer sold")
        return text("Not sold here") if _is_kept_back(refusal) else NOTHING

    def stock_of_chosen(self, variant: Variant) -> Text:
        """The same of one variant, and how few are left of it."""
        left = stock_of_variant(variant)
        if left is OUT_OF_STOCK:
            return text("Sold out")
        return ntext("Only {count} left", "Only {count} left", variant.quantity or 0) if left else NOTHING

    def plain_stock(self, product: ProductSummary, now: datetime) -> Text:
        """The same without Markdown, for menus."""
        refusal = self.refusal(product, now)
        if isinstance(refusal, OutOfStock):
            return OUT_OF_STOCK
        if isinstance(refusal, NotYetAvailable):
            return text("coming soon")
        if isinstance(refusal, NoLongerAvailable):
            return text("no longer sold")
        return text("not sold here") if _is_kept_back(refusal) else NOTHING

    def refusal(self, product: ProductSummary, now: datetime) -> Refusal | None:
        """Why no unit of it can be bought, as far as is known."""
        return status_of(product, currency=self.currency, now=now)


def _is_kept_back(refusal: Refusal | None) -> bool:
    """Whether it can't be had here; nobody pays for what is free."""
    return refusal is not None and not isinstance(refusal, FreeProduct)


def _cheapest(product: ProductSummary) -> tuple[int, int | None, bool]:
    """What it costs at least, what that cost before, both in cents, and whether there are other prices."""
    if not isinstance(product, Product) or not product.variants:
        return product.price, product.compare_at_price, False
    cheapest = min(product.variants, key=lambda each: each.price)
    several = any(each.price != cheapest.price for each in product.variants)
    return cheapest.price, None if several else cheapest.compare_at_price, several


def plain(name: str, limit: int) -> str:
    """A name in one line of at most `limit` characters, for menus and buttons: they take no empty one."""
    return cut(" ".join(name.split()), limit) or str(UNTITLED)


def one_line(name: str, limit: int) -> Text:
    """The same as a text."""
    return as_text(plain(name, limit)) if name.strip() else UNTITLED


def shown(name: str, limit: int) -> Text:
    """A name in one line of a message, of at most `limit` characters with what escapes it."""
    return limited(as_text(" ".join(name.split())), limit) if name.strip() else UNTITLED


def with_terms(price: Text, product: ProductSummary) -> Text:
    """The price with a subscription's interval and trial, where they are known."""
    if not isinstance(product, Product) or product.billing_interval is None:
        return price
    return with_trial(per_interval(price, product.billing_interval), product.trial_days or 0)


def per_interval(price: Text, interval: BillingInterval | None) -> Text:
    """The price, and for what time it is paid where it is paid again and again.

    A line doesn't end within it.
    """
    match interval:
        case None:
            return price
        case BillingInterval.WEEKLY:
            return text("{price}\u00a0/\u00a0week", price=price)
        case BillingInterval.MONTHLY:
            return text("{price}\u00a0/\u00a0month", price=price)
        case BillingInterval.YEARLY:
            return text("{price}\u00a0/\u00a0year", price=price)
        case _:
            return text("{price}\u00a0/\u00a0period", price=price)


def with_trial(price: Text, days: int) -> Text:
    if days < 1:
        return price
    return ntext("{count} day free, then {price}", "{count} days free, then {price}", days, price=price)


def stock_of_variant(variant: Variant) -> Text:
    """In a few words; empty when there is nothing to say."""
    if not variant.in_stock or (variant.track_stock and variant.quantity == 0):
        return OUT_OF_STOCK
    if variant.track_stock and variant.quantity is not None and variant.quantity <= FEW:
        return ntext("only {count} left", "only {count} left", variant.quantity)
    return NOTHING


def pictures_of(product: ProductSummary, variant: Variant | None = None) -> list[str]:
    """The pictures that Discord takes, the variant's own first; what can't be loaded is a grey box there."""
    found = [address_of(url) for url in (*(variant.images if variant else ()), *product.images)]
    return list(dict.fromkeys(filter(None, found)))


def address_of(url: str) -> str | None:
    """A picture's address as Discord takes it; None for one that it would refuse the whole message for."""
    url = url.strip()
    try:
        parts = yarl.URL(url)
        # What is written properly stays as it is: it may be signed.
        written = url if _PROPER.fullmatch(url) else str(parts)
    except ValueError:
        return None
    if parts.scheme not in ("https", "http") or not parts.host or not _HOST.fullmatch(parts.raw_host or ""):
        return None
    return written if len(written) <= LONGEST_URL else None
