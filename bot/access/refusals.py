"""Why somebody may not buy something."""

from collections.abc import Sequence
from typing import Final

from bot.errors import Refusal
from bot.texts import Text, joined, mention, ntext, text, titled

NOT_FOR_THEM: Final = frozenset({"shop_closed", "buyer_blocked", "role_needed"})
"""The codes of what keeps a buyer from a product whatever they choose of it."""


def shop_closed(sentence: str) -> Refusal:
    """In the words of staff."""
    return Refusal("shop_closed", text("The shop is closed right now. {sentence}", sentence=sentence))


def buyer_blocked(explained: str) -> Refusal:
    """`explained` is in the words of staff; empty where they gave no reason."""
    if explained:
        sentence = text(
            "Staff have blocked you from buying here: {reason}. What you have stays yours.",
            reason=explained.removesuffix("."),
        )
    else:
        sentence = text("Staff have blocked you from buying here. What you have stays yours.")
    return Refusal("buyer_blocked", sentence)


def role_needed(product: str, roles: Sequence[Text]) -> Refusal:
    """Of `roles`, one is enough."""
    sentence = ntext(
        "{product} is only for members with the {roles} role.",
        "{product} is only for members with one of these roles: {roles}.",
        len(roles),
        product=titled(product),
        roles=joined(", ", roles),
    )
    return Refusal("role_needed", sentence)


def not_blocked(member_id: int) -> Refusal:
    return Refusal("not_blocked", text("{member} isn't blocked.", member=mention(member_id)))


def product_for_role_needed() -> Refusal:
    return Refusal(
        "product_for_role_needed", text("Choose a product as well: the role decides who can buy it.")
    )


def open_or_closed() -> Refusal:
    return Refusal("open_or_closed", text("Close the shop or open it, not both at once. Nothing changed."))
