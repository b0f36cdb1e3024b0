"""Why a subscription can't be cancelled or resumed from here."""

from typing import ClassVar, Final

from bot.errors import Refusal, StoreFailed, StoreTrouble
from bot.texts import template, text

_ONLY_THERE: Final = text("Manage this subscription at the store instead.")


class ManagedElsewhere(Refusal):
    """The store can't be asked: no token, one that may not, or a subscription that it hasn't told of."""

    sentence = _ONLY_THERE


def nothing_to_manage() -> Refusal:
    return Refusal("nothing_to_manage", text("There's no subscription in this purchase."))


def in_the_middle() -> Refusal:
    """Another click, device or process is in the middle of it."""
    return Refusal(
        "subscription_in_the_middle",
        text("We're already asking the store about this subscription. Look at /purchases in a moment."),
    )


class SubscriptionUnchanged(StoreFailed):
    """The store could not be asked, or didn't confirm it: it may have happened then.

    Where its token may not, the subscription is ManagedElsewhere.
    """

    sentences: ClassVar = {
        StoreTrouble.BUSY: template("Nothing changed: the store is very busy. Try again in a minute."),
        StoreTrouble.AWAY: template(
            "Nothing changed: the store isn't answering. Try again in a few minutes."
        ),
        StoreTrouble.UNCONFIRMED: template(
            "The store didn't confirm it, so it may or may not have happened. /purchases will show "
            "it in a few minutes; you can also look at the store."
        ),
        StoreTrouble.UNREADABLE: template(
            "Nothing changed: the store sent an answer we can't read. Try again later."
        ),
    }
