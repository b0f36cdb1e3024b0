"""Why a purchase, its link or its button does nothing, in the words of who asked."""

from datetime import datetime

from bot.errors import BambooError, Mistyped, PandabaseError, Refusal
from bot.texts import Text, moment, ntext, text


def quantity_unknown(typed: str) -> Mistyped:
    """What was typed as a quantity is no whole number."""
    return Mistyped(
        "quantity_unknown",
        text("“{typed}” isn't a quantity. Please type a whole number, such as 2.", typed=typed[:20]),
    )


def subscription_link_open() -> Refusal:
    return Refusal(
        "subscription_link_open",
        text(
            "You have an open payment link for this subscription already, and paying both would charge you "
            "twice. Pay that one, or give it up with /purchases and try again."
        ),
    )


def too_many_links(open_links: int, until: datetime | None) -> Refusal:
    """The member has as many open links as one may have; `until` (UTC) is when the first one ends."""
    if until is None:
        sentence = ntext(
            "You have {count} open payment link, and more can't be open at once. "
            "Pay it or give it up with /purchases.",
            "You have {count} open payment links, and more can't be open at once. "
            "Pay one of them or give one of them up with /purchases.",
            open_links,
        )
    else:
        sentence = ntext(
            "You have {count} open payment link, and more can't be open at once. "
            "Pay it or give it up with /purchases, or try again {when} when the next one ends.",
            "You have {count} open payment links, and more can't be open at once. Pay one of them or "
            "give one of them up with /purchases, or try again {when} when the next one ends.",
            open_links,
            when=moment(until, "R"),
        )
    return Refusal("too_many_links", sentence)


def not_yours() -> Refusal:
    return Refusal(
        "not_yours",
        text("This button belongs to somebody else's purchase. Use /buy to make one of your own."),
    )


def purchase_unknown() -> Refusal:
    return Refusal(
        "purchase_unknown", text("This purchase is no longer known here. Use /buy to make a new one.")
    )


def is_invoice() -> Refusal:
    """It has links of its own, and is declined rather than given up."""
    return Refusal(
        "is_invoice",
        text("This is an invoice. /purchases shows it with its own buttons, to pay it or to decline it."),
    )


def link_closed() -> Refusal:
    return Refusal(
        "link_closed",
        text(
            "This link is no longer open. Use /purchases again: it says how things stand, "
            "and has a new link for what isn't paid."
        ),
    )


def wish_gone() -> Refusal:
    return Refusal(
        "wish_gone",
        text("This was answered already, or asked too long ago. See /purchases, or use /buy again."),
    )


def button_from_before(instead: Text) -> Refusal:
    """It names what the database doesn't hold: an earlier version made it, or the backup is older than it.

    `instead` says where to look.
    """
    sentence = text(
        "This button is from before a restore or an update, so it does nothing. {instead}", instead=instead
    )
    return Refusal("button_from_before", sentence)


class UntrustedLink(BambooError):
    """The store's answer named a page on a host that the settings don't allow: it is not shown to anyone."""

    sentence = text(
        "The store gave a link that this shop doesn't trust. Nothing was charged; please tell the staff."
    )


class AnotherAmount(PandabaseError):
    """The store's page asks for another amount than was asked for: it is not shown to anyone."""

    sentence = text(
        "The store's payment page asks for another amount than you saw, so you don't get its link. "
        "Nothing was charged; please tell the staff."
    )
