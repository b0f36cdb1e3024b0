"""How products read: prices, kinds, stock. The same words wherever a product is shown."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import discord
import yarl

from bot.catalog.availability import status_of
from bot.catalog.models import BillingInterval, PricingModel, Product, ProductSummary, ProductType, Variant
from bot.errors import NoLongerAvailable, NotYetAvailable, OutOfStock, Refusal
from bot.markdown import cut, escape
from bot.money import Money
from bot.texts import Text, ntext, text

LONGEST_URL: Final = 2048
"""Characters of a picture's address; source: Discord's component reference."""
_HOST: Final = re.compile(r"[A-Za-z0-9._:-]*[A-Za-z0-9:]\.?")
"""A name or an address as it stands in a URL; more than that is a slip of the shop's owner."""
_PROPER: Final = re.compile(r"[!-~]+")
"""ASCII without spaces."""

KINDS: Final = {
    ProductType.DIGITAL_DOWNLOAD: "Download",
    ProductType.LICENSE_KEY: "Licence key",
    ProductType.SERIAL: "Licence key",
    ProductType.SERVICE: "Service",
    ProductType.ONE_TIME: "One-time purchase",
    ProductType.PHYSICAL: "Physical goods",
    ProductType.SUBSCRIPTION: "Subscription",
}
INTERVALS: Final = {
    BillingInterval.WEEKLY: "week",
    BillingInterval.MONTHLY: "month",
    BillingInterval.YEARLY: "year",
}
FEW: Final = 5
"""From this many units down, the number that is left is told."""
UNTITLED: Final = "Untitled"


@dataclass(frozen=True, slots=True)
class ProductText:
    """What is said of a product. `currency` is the shop's; `locale` says how money is written."""

    locale: str
    currency: str

    def money(self, amount: int, currency: str) -> str:
        return Money(amount, currency).format(self.locale)

    def price(self, product: ProductSummary, variant: Variant | None = None) -> str:
        """The price in Markdown: the old one struck out, interval and trial where they are known."""
        if product.pricing_model is PricingModel.FREE:
            return "**Free**"
        if product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT:
            return self._chosen_by_the_payer(product)
        price, old = product.price, product.compare_at_price
        several = False
        if variant is not None:
            price, old = variant.price, variant.compare_at_price
        elif isinstance(product, Product) and product.variants:
            cheapest = min(product.variants, key=lambda each: each.price)
            several = any(each.price != cheapest.price for each in product.variants)
            price, old = cheapest.price, None if several else cheapest.compare_at_price
        per = per_of(product)
        text = f"**{'from ' if several else ''}{self.money(price, product.currency)}**{per}"
        if old is not None and old > price:
            text = f"~~{self.money(old, product.currency)}~~ {text}"
        return text

    def plain_price(self, product: ProductSummary) -> str:
        """The price without Markdown, for menus and choices."""
        if product.pricing_model is PricingModel.FREE:
            return "free"
        if product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT:
            return "you choose the price"
        return f"{self.money(product.price, product.currency)}{per_of(product)}"

    def _chosen_by_the_payer(self, product: ProductSummary) -> str:
        if product.minimum_price:
            return f"**You choose the price**, from {self.money(product.minimum_price, product.currency)}"
        return "**You choose the price**"

    def kind(self, product: ProductSummary) -> str:
        return KINDS.get(product.product_type, "")

    def stock(self, product: ProductSummary, now: datetime) -> str:
        """In a few words, why it can't be bought, or how few are left; empty when there is nothing to say."""
        refusal = self.refusal(product, now)
        if isinstance(refusal, OutOfStock):
            return "Out of stock"
        if isinstance(refusal, NotYetAvailable):
            return f"From {discord.utils.format_dt(refusal.since, 'd')}"
        if isinstance(refusal, NoLongerAvailable):
            return "No longer for sale"
        return "Not for sale here" if refusal is not None else ""

    def plain_stock(self, product: ProductSummary, now: datetime) -> str:
        """The same without Markdown, for menus."""
        if isinstance(self.refusal(product, now), NotYetAvailable):
            return "not yet for sale"
        return self.stock(product, now).lower()

    def refusal(self, product: ProductSummary, now: datetime) -> Refusal | None:
        """Why no unit of it can be bought, as far as is known."""
        return status_of(product, currency=self.currency, now=now)


def plain(text: str, limit: int) -> str:
    """A name in one line of at most `limit` characters, for menus and buttons: they take no empty one."""
    return cut(" ".join(text.split()), limit) or UNTITLED


def shown(text: str, limit: int) -> str:
    """A name in one line of a message, of at most `limit` characters with what escapes it."""
    return cut(escape(" ".join(text.split())), limit) or UNTITLED


def per_of(product: ProductSummary) -> str:
    """What follows a subscription's price: interval and trial, where they are known."""
    if not isinstance(product, Product) or product.billing_interval is None:
        return ""
    return f"{every(product.billing_interval)}{trial_of(product.trial_days or 0)}"


def every(interval: BillingInterval) -> str:
    return f" / {INTERVALS.get(interval, 'period')}"


def per_interval(price: Text, interval: BillingInterval | None) -> Text:
    """The price, and for what time it is paid where it is paid again and again."""
    match interval:
        case None:
            return price
        case BillingInterval.WEEKLY:
            return text("{price} / week", price=price)
        case BillingInterval.MONTHLY:
            return text("{price} / month", price=price)
        case BillingInterval.YEARLY:
            return text("{price} / year", price=price)
        case _:
            return text("{price} / period", price=price)


def with_trial(price: Text, days: int) -> Text:
    if days < 1:
        return price
    return ntext("{price}, {count} day free", "{price}, {count} days free", days, price=price)


def trial_of(days: int) -> str:
    if days < 1:
        return ""
    return ", 1 day free" if days == 1 else f", {days} days free"


def stock_of_variant(variant: Variant) -> str:
    """In a few words; empty when there is nothing to say."""
    if not variant.in_stock or (variant.track_stock and variant.quantity == 0):
        return "out of stock"
    if variant.track_stock and variant.quantity is not None and variant.quantity <= FEW:
        return f"only {variant.quantity} left"
    return ""


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
