"""Why a purchase made on the store's website can't become a member's. None says which part was wrong."""

from datetime import datetime
from typing import Final

from bot.errors import BambooError, Refusal
from bot.texts import moment, text

_ASK_STAFF: Final = text("This shop can't look up website purchases right now. Ask staff to help you.")


def nothing_typed() -> Refusal:
    return Refusal(
        "nothing_typed",
        text("Enter a license key, or the order number together with the email you paid with."),
    )


def not_found() -> Refusal:
    return Refusal(
        "website_purchase_unknown",
        text(
            "We can't find a paid purchase with that. Check what you entered: the store's email has the key, "
            "the order number and the address it was sent to."
        ),
    )


def too_many_tries(until: datetime) -> Refusal:
    """`until` is UTC."""
    return Refusal(
        "too_many_tries",
        text("That's five tries in an hour, which is the limit. Try again {when}.", when=moment(until, "R")),
    )


def claimed_already() -> Refusal:
    return Refusal(
        "claimed_already",
        text("That purchase already belongs to a member. If it's yours, ask staff."),
    )


def yours_already() -> Refusal:
    return Refusal("yours_already", text("You have that purchase already. See /purchases."))


def bought_here() -> Refusal:
    return Refusal(
        "bought_here", text("That was bought here in Discord, so it belongs to its buyer. See /purchases.")
    )


def free_on_website() -> Refusal:
    return Refusal(
        "free_on_website", text("That was free, so there's nothing to claim. Get it here with /buy instead.")
    )


def staff_decide() -> Refusal:
    return Refusal("staff_decide", text("Staff have to look at this payment first. Ask them about it."))


def key_of_several() -> Refusal:
    return Refusal(
        "key_of_several",
        text(
            "That key was bought together with other things. Use the order number and the email you paid "
            "with instead."
        ),
    )


def subscription_unclear() -> Refusal:
    return Refusal(
        "subscription_unclear",
        text("We can't find a subscription that started with this order. Use the number of its first order."),
    )


def no_token() -> Refusal:
    return Refusal("no_token", _ASK_STAFF)


class CantLookUp(BambooError):
    """The store's token may not look up website purchases; `detail` is for the log."""

    sentence = _ASK_STAFF

    def __init__(self, detail: str) -> None:
        super().__init__()
        self.detail = detail

    def __str__(self) -> str:
        return f"CantLookUp: {self.detail}"


def claim_in_server() -> Refusal:
    return Refusal("claim_in_server", text("Claim it in the server where you want what it gives."))
