"""Why a purchase, its link or its button does nothing, in the words of who asked."""

from datetime import datetime

from bot.errors import BambooError, Mistyped, PandabaseError, Refusal
from bot.texts import Text, moment, ntext, text


def quantity_unknown(typed: str) -> Mistyped:
    """What was typed as a quantity is no whole number."""
    return Mistyped(
        "quantity_unknown",
        text("“{typed}” isn't a quantity. Type a whole number, like 2.", typed=typed[:20]),
    )


def subscription_link_open() -> Refusal:
    return Refusal(
        "subscription_link_open",
        text(
            "You already have a payment link for this subscription, and paying both would charge you twice. "
            "Pay that one, or cancel it in /purchases and try again."
        ),
    )


def too_many_links(open_links: int, until: datetime | None) -> Refusal:
    """The member has as many open links as one may have; `until` (UTC) is when the first one ends."""
    if until is None:
        sentence = ntext(
            "You have {count} open payment link, which is the limit. Pay it or cancel it in /purchases.",
            "You have {count} open payment links, which is the limit. Pay or cancel one in /purchases.",
            open_links,
        )
    else:
        sentence = ntext(
            "You have {count} open payment link, which is the limit. Pay it or cancel it in /purchases, "
            "or try again {when}, when it expires.",
            "You have {count} open payment links, which is the limit. Pay or cancel one in /purchases, "
            "or try again {when}, when the next one expires.",
            open_links,
            when=moment(until, "R"),
        )
    return Refusal("too_many_links", sentence)


def not_yours() -> Refusal:
    return Refusal(
        "not_yours",
        text("This is someone else's purchase. Start your own with /buy."),
    )


def purchase_unknown() -> Refusal:
    return Refusal("purchase_unknown", text("We can't find this purchase. Start a new one with /buy."))


def is_invoice() -> Refusal:
    """It has links of its own, and is declined rather than given up."""
    return Refusal(
        "is_invoice",
        text("This is an invoice. Pay or decline it in /purchases."),
    )


def gift_already_paid() -> Refusal:
    return Refusal("gift_already_paid", text("This gift is already paid, so its note can't be changed."))


def link_closed() -> Refusal:
    return Refusal(
        "link_closed",
        text("This payment link is closed. Use /purchases to see where things stand or get a new link."),
    )


def confirmation_gone() -> Refusal:
    return Refusal(
        "confirmation_gone",
        text("This question was already answered, or is too old. See /purchases, or use /buy again."),
    )


def button_from_before(instead: Text) -> Refusal:
    """It names what the database doesn't hold: an earlier version made it, or the backup is older than it.

    `instead` says where to look.
    """
    sentence = text("This button is from before an update and no longer works. {instead}", instead=instead)
    return Refusal("button_from_before", sentence)


class UntrustedLink(BambooError):
    """The store's answer named a page on a host that the settings don't allow: it is not shown to anyone."""

    sentence = text(
        "The store sent a payment link this shop doesn't trust, so we didn't show it. "
        "You haven't been charged. Contact staff."
    )


class AnotherAmount(PandabaseError):
    """The store's page asks for another amount than was asked for: it is not shown to anyone."""

    sentence = text(
        "The payment page asks for a different amount than you saw, so we didn't show its link. "
        "You haven't been charged. Contact staff."
    )


def gift_to_bot() -> Refusal:
    return Refusal("no_gift", text("Bots can't receive gifts. Choose a person."))
