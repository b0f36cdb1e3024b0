"""Why staff can't do something with a sale."""

from bot.checkout.refusals import button_from_before
from bot.errors import Mistyped, Refusal
from bot.texts import mention, text


def sale_unknown() -> Refusal:
    return button_from_before(text("Find the purchase with /store orders."))


def not_paid() -> Refusal:
    return Refusal(
        "not_paid", text("This purchase isn't paid right now, so there's nothing to deliver or move.")
    )


def no_timed_role() -> Refusal:
    return Refusal(
        "no_timed_role", text("This purchase gave no role that ends by itself, so there are no days to add.")
    )


def days_unknown(typed: str) -> Mistyped:
    """What was typed as days isn't a number that can be added."""
    return Mistyped(
        "days_unknown",
        text("“{typed}” isn't a number of days. Type a number from 1 to 3650.", typed=typed[:20]),
    )


def moved_already() -> Refusal:
    return Refusal(
        "moved_already", text("This purchase has changed in the meantime. Open it again to see whose it is.")
    )


def same_account(member_id: int) -> Refusal:
    return Refusal(
        "same_account",
        text("{member} has this purchase already. Choose someone else.", member=mention(member_id)),
    )


def free_stays() -> Refusal:
    return Refusal(
        "free_stays",
        text("What's free stays with the member who took it. The other account can take its own."),
    )


def invoice_stays() -> Refusal:
    return Refusal(
        "invoice_stays", text("An invoice stays with the member who paid it. Refund it and create a new one.")
    )


def moved_to_bot() -> Refusal:
    return Refusal("moved_to_bot", text("Bots can't have purchases. Choose a person."))
