"""Why something can't be bought, in the words of who wants to buy it.

`product` and `variants` are titles as the store writes them; amounts name their currency by its code.
"""

from collections.abc import Sequence

from bot.errors import CantBeBought, Refusal
from bot.money import Money
from bot.texts import Text, coded, some_of, text, titled


def product_unknown(typed: str, candidates: Sequence[str]) -> Refusal:
    """What was typed is no product's name; `candidates` are the store's titles that resemble it."""
    sentence = (
        text(
            "There is no product called “{typed}”. Did you mean {products}?",
            typed=typed,
            products=some_of(candidates),
        )
        if candidates
        else text("There is no product called “{typed}”. Start typing and choose from the list.", typed=typed)
    )
    return Refusal("product_unknown", sentence)


def too_few_left(product: str, left: int) -> CantBeBought:
    """There is some, but fewer than wanted."""
    sentence = text(
        "Only {left} of {product} left: take {left} or fewer.", left=left, product=titled(product)
    )
    return CantBeBought("too_few_left", product, sentence)


def too_many_per_customer(product: str, most: int) -> CantBeBought:
    """`most` is how many units one customer may have."""
    sentence = text(
        "One customer can have {most} of {product}: take {most} or fewer.", most=most, product=titled(product)
    )
    return CantBeBought("too_many_per_customer", product, sentence)


def quantity_out_of_range(product: str, most: int) -> CantBeBought:
    sentence = text("One payment link takes 1 to {most} of {product}.", most=most, product=titled(product))
    return CantBeBought("quantity_out_of_range", product, sentence)


def variant_unknown(product: str, variants: Sequence[str]) -> CantBeBought:
    """What was chosen is none of the `variants`."""
    sentence = (
        text(
            "{product} doesn't come in that variant: choose {variants}.",
            product=titled(product),
            variants=some_of(variants),
        )
        if variants
        else text("{product} doesn't come in that variant: leave the variant out.", product=titled(product))
    )
    return CantBeBought("variant_unknown", product, sentence)


def foreign_currency(product: str, currency: str, shop: str) -> CantBeBought:
    """The product is priced in `currency`, the shop sells in another."""
    sentence = text(
        "{product} is priced in {currency}, and this shop sells in {shop}. "
        "Please tell the staff of this server.",
        product=titled(product),
        currency=currency,
        shop=shop,
    )
    return CantBeBought("foreign_currency", product, sentence)


def currency_without_cents(product: str, currency: str) -> CantBeBought:
    sentence = text(
        "{product} is priced in {currency}, which can't be sold here: only currencies with two "
        "decimals can. Please tell the staff of this server.",
        product=titled(product),
        currency=currency,
    )
    return CantBeBought("currency_without_cents", product, sentence)


def free_product(product: str) -> CantBeBought:
    sentence = text(
        "{product} is free, and a payment link needs a total of at least 1.00. "
        "Please ask the staff of this server for it.",
        product=titled(product),
    )
    return CantBeBought("free_product", product, sentence)


def needs_shipping(product: str) -> CantBeBought:
    sentence = text(
        "{product} has to be shipped, and this bot can't ask for an address. "
        "Please ask the staff of this server.",
        product=titled(product),
    )
    return CantBeBought("needs_shipping", product, sentence)


def total_too_small(product: str, total: Money, least: Money, at_least: int) -> CantBeBought:
    """`at_least` is the quantity that would be enough."""
    sentence = text(
        "That comes to {total}, and a payment link needs at least {least}: "
        "take {quantity} or more of {product}.",
        total=coded(total),
        least=coded(least),
        quantity=at_least,
        product=titled(product),
    )
    return CantBeBought("total_too_small", product, sentence)


def total_too_large(product: str, total: Money, most: Money, at_most: int) -> CantBeBought:
    """`at_most` is the quantity that would still do; 0 where one is too many already."""
    sentence: Text
    if at_most:
        sentence = text(
            "That comes to {total}, and a payment link asks for {most} at most: "
            "take {quantity} or fewer of {product}.",
            total=coded(total),
            most=coded(most),
            quantity=at_most,
            product=titled(product),
        )
    else:
        sentence = text(
            "That comes to {total}, and a payment link asks for {most} at most: "
            "please ask the staff of this server.",
            total=coded(total),
            most=coded(most),
        )
    return CantBeBought("total_too_large", product, sentence)


def pricing_unknown(product: str) -> CantBeBought:
    """The store prices it in a way that is newer than this bot."""
    sentence = text(
        "{product} is priced in a way that this bot doesn't know yet. Please tell the staff of this server.",
        product=titled(product),
    )
    return CantBeBought("pricing_unknown", product, sentence)
