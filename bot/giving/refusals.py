"""Why something isn't given, or can't be taken."""

from bot.errors import Refusal
from bot.texts import mention, text, titled


def nothing_to_give(product: str) -> Refusal:
    sentence = text(
        "**{product}** gives no role here, so there's nothing to give. Add one with /store benefit add.",
        product=titled(product),
    )
    return Refusal("nothing_to_give", sentence)


def not_given_here(product: str) -> Refusal:
    """It is free, and earns nothing in this server."""
    sentence = text(
        "{product} is free, but nothing of it comes through Discord. Ask staff for it.",
        product=titled(product),
    )
    return Refusal("not_given_here", sentence)


def has_it_already(member_id: int, product: str) -> Refusal:
    sentence = text(
        "{member} already has everything **{product}** gives, for good.",
        member=mention(member_id),
        product=titled(product),
    )
    return Refusal("has_it_already", sentence)


def given_just_now(member_id: int, product: str) -> Refusal:
    """Within the last minute: a second one is more likely a slip, or a colleague's."""
    sentence = text(
        "**{product}** was given to {member} just now, so it wasn't given twice. "
        "To give more, wait a minute.",
        member=mention(member_id),
        product=titled(product),
    )
    return Refusal("given_just_now", sentence)


def taken_before() -> Refusal:
    return Refusal(
        "taken_before", text("You already got this: it's free once for each member. See it in /purchases.")
    )


def no_free_gift() -> Refusal:
    return Refusal("no_free_gift", text("This is free: everyone gets their own. Leave gift_to out."))


def no_bots() -> Refusal:
    return Refusal("no_bots", text("Bots can't be given anything. Choose a person."))


def not_in_server() -> Refusal:
    return Refusal("not_in_server", text("They aren't in the server. Ask them to join first."))
