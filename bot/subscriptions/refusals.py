"""Why a subscription can't be cancelled or resumed from here."""

from typing import Final

from bot.errors import PandabaseError, RateLimited, Refusal, StoreFailed, Unavailable
from bot.texts import text

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
    """The store could not be asked, or `asked` it didn't confirm: it may have happened then."""

    def __init__(self, error: PandabaseError | None, *, asked: bool) -> None:
        detail = str(error or "the store's answer doesn't show the change")
        match error:
            case RateLimited():
                said = text("Nothing changed: the store is very busy. Try again in a minute.")
            case Unavailable(sent=sent) if not (sent and asked):
                said = text("Nothing changed: the store isn't answering. Try again in a few minutes.")
            case _ if not asked:
                said = text("Nothing changed: the store sent an answer we can't read. Try again later.")
            case _:
                said = text(
                    "The store didn't confirm it, so it may or may not have happened. /purchases will show "
                    "it in a few minutes; you can also look at the store."
                )
        super().__init__(said, detail=detail)
