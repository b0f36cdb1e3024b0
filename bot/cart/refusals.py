"""Why something doesn't go into a cart, or a cart can't be bought, in the words of whose it is.

`product` is a title as the store writes it.
"""

from bot.errors import Refusal
from bot.money import Money
from bot.texts import ntext, text, titled


def cart_full(most: int) -> Refusal:
    """`most` is how many different things one payment link takes."""
    sentence = ntext(
        "Your cart is full: one payment link takes {count} product. Check out first, or remove something.",
        "Your cart is full: one payment link takes {count} products. Check out first, or remove something.",
        most,
    )
    return Refusal("cart_full", sentence)


def bought_by_itself(product: str) -> Refusal:
    """A subscription, or what the payer picks the price of.

    It is refused beside anything else, and anything else beside it.
    """
    sentence = text(
        "Buy {product} on its own: subscriptions, and products you choose the price of, can't "
        "share a cart with anything else.",
        product=titled(product),
    )
    return Refusal("bought_by_itself", sentence)


def line_gone() -> Refusal:
    """The button is of a line that has left the cart."""
    return Refusal("line_gone", text("That's no longer in your cart. Open it with /cart."))


def cart_total_too_small(total: Money, least: Money) -> Refusal:
    """`least` is what a payment link has to ask for."""
    sentence = text(
        "That's {total}, and the minimum is {least}. Add something to check out.", total=total, least=least
    )
    return Refusal("cart_total_too_small", sentence)


def cart_total_too_large(total: Money, most: Money) -> Refusal:
    """`most` is what a payment link can ask for."""
    sentence = text(
        "That's {total}, and the maximum is {most}. Remove something to check out.", total=total, most=most
    )
    return Refusal("cart_total_too_large", sentence)
