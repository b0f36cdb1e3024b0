"""Why something can't be bought, in the words of who wants to buy it.

`product` and `variants` are titles as the store writes them.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.errors import Refusal
from bot.money import Money
from bot.texts import Text, moment, ntext, some_of, text, titled


class CantBeBought(Refusal):
    """`product` is its title as the store writes it."""

    def __init__(self, code: str, product: str, sentence: Text) -> None:
        super().__init__(code, sentence)
        self.product = product


class ProductGone(CantBeBought):
    """The store doesn't know it (any more): `product` may be no more than an id."""

    def __init__(self, product: str = "") -> None:
        super().__init__("", product, text("This product is no longer sold. See what's in /shop."))


class FreeProduct(CantBeBought):
    """It costs nothing: members take it where it earns something here, and nobody pays for it."""

    def __init__(self, product: str) -> None:
        sentence = text(
            "{product} is free, so there's nothing to pay. Get it by itself, with /buy or in /shop.",
            product=titled(product),
        )
        super().__init__("free_product", product, sentence)


class OutOfStock(CantBeBought):
    def __init__(self, product: str) -> None:
        sentence = text("{product} is sold out right now.", product=titled(product))
        super().__init__("", product, sentence)


class NotYetAvailable(CantBeBought):
    """It is sold from `since` (UTC)."""

    def __init__(self, product: str, since: datetime) -> None:
        sentence = text(
            "{product} goes on sale {since} ({distance}).",
            product=titled(product),
            since=since,
            distance=moment(since, "R"),
        )
        super().__init__("", product, sentence)
        self.since = since


class NoLongerAvailable(CantBeBought):
    """It was sold until `until` (UTC)."""

    def __init__(self, product: str, until: datetime) -> None:
        sentence = text(
            "{product} was sold until {until}. See what's sold now in /shop.",
            product=titled(product),
            until=until,
        )
        super().__init__("", product, sentence)
        self.until = until


class VariantNeeded(CantBeBought):
    """The product comes in `variants` (their titles as the store writes them), and none was chosen."""

    def __init__(self, product: str, variants: Sequence[str]) -> None:
        sentence = text(
            "{product} comes in several variants. Choose {variants}.",
            product=titled(product),
            variants=some_of(variants),
        )
        super().__init__("", product, sentence)
        self.variants = tuple(variants)


# --- what nobody has to tell from the others ---------------------------------------------------------


def product_unknown(typed: str, candidates: Sequence[str]) -> Refusal:
    """What was typed is no product's name; `candidates` are the store's titles that resemble it."""
    sentence = (
        text(
            "We couldn't find “{typed}”. Did you mean {products}?",
            typed=typed,
            products=some_of(candidates),
        )
        if candidates
        else text("We couldn't find “{typed}”. Start typing and choose from the list.", typed=typed)
    )
    return Refusal("product_unknown", sentence)


def too_few_left(product: str, left: int) -> CantBeBought:
    """There is some, but fewer than wanted."""
    sentence = ntext(
        "Only {count} of {product} left. Choose a quantity of 1.",
        "Only {count} of {product} left. Choose {count} or fewer.",
        left,
        product=titled(product),
    )
    return CantBeBought("too_few_left", product, sentence)


def too_many_per_customer(product: str, most: int) -> CantBeBought:
    """`most` is how many units one customer may have."""
    sentence = ntext(
        "{product} is limited to {count} per customer.",
        "{product} is limited to {count} per customer. Choose {count} or fewer.",
        most,
        product=titled(product),
    )
    return CantBeBought("too_many_per_customer", product, sentence)


def quantity_out_of_range(product: str, most: int) -> CantBeBought:
    sentence = text("You can buy 1 to {most} of {product} at a time.", most=most, product=titled(product))
    return CantBeBought("quantity_out_of_range", product, sentence)


def variant_unknown(product: str, variants: Sequence[str]) -> CantBeBought:
    """What was chosen is none of the `variants`."""
    sentence = (
        text(
            "{product} doesn't come in that variant. Choose {variants}.",
            product=titled(product),
            variants=some_of(variants),
        )
        if variants
        else text("{product} comes in one variant only. Leave the variant out.", product=titled(product))
    )
    return CantBeBought("variant_unknown", product, sentence)


def foreign_currency(product: str, currency: str, shop: str) -> CantBeBought:
    """The product is priced in `currency`, the shop sells in another."""
    sentence = text(
        "{product} is priced in {currency}, but this shop sells in {shop}, so you can't buy it here.",
        product=titled(product),
        currency=currency,
        shop=shop,
    )
    return CantBeBought("foreign_currency", product, sentence)


def currency_without_cents(product: str, currency: str) -> CantBeBought:
    sentence = text(
        "{product} is priced in {currency}, which can't be sold here.",
        product=titled(product),
        currency=currency,
    )
    return CantBeBought("currency_without_cents", product, sentence)


def free_product(product: str) -> CantBeBought:
    """It is no FreeProduct by its kind, but costs nothing all the same: the store makes no link for that."""
    sentence = text(
        "{product} is free. Ask staff to send it to you.",
        product=titled(product),
    )
    return CantBeBought("free_product", product, sentence)


def not_free(product: str) -> CantBeBought:
    """It was free when the button was made."""
    sentence = text("{product} isn't free anymore. See it in /shop.", product=titled(product))
    return CantBeBought("not_free", product, sentence)


def needs_shipping(product: str) -> CantBeBought:
    sentence = text(
        "{product} has to be shipped, so you can't buy it here.",
        product=titled(product),
    )
    return CantBeBought("needs_shipping", product, sentence)


def total_too_small(product: str, total: Money, least: Money, at_least: int) -> CantBeBought:
    """`at_least` is the quantity that would be enough."""
    sentence = text(
        "That's {total}, and the minimum is {least}. Choose {quantity} or more of {product}.",
        total=total,
        least=least,
        quantity=at_least,
        product=titled(product),
    )
    return CantBeBought("total_too_small", product, sentence)


def total_too_large(product: str, total: Money, most: Money, at_most: int) -> CantBeBought:
    """`at_most` is the quantity that would still do; 0 where one is too many already."""
    sentence: Text
    if at_most:
        sentence = text(
            "That's {total}, and the maximum is {most}. Choose {quantity} or fewer of {product}.",
            total=total,
            most=most,
            quantity=at_most,
            product=titled(product),
        )
    else:
        sentence = text(
            "That's {total}, and the maximum is {most}. Ask staff how to buy it.",
            total=total,
            most=most,
        )
    return CantBeBought("total_too_large", product, sentence)


def pricing_unknown(product: str) -> CantBeBought:
    """The store prices it in a way that is newer than this bot."""
    sentence = text(
        "{product} is priced in a way that can't be sold here yet.",
        product=titled(product),
    )
    return CantBeBought("pricing_unknown", product, sentence)
