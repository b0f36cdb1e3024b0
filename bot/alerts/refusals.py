"""Why nobody can be told of something."""

from bot.errors import Refusal
from bot.texts import ntext, text


def too_many_alerts(most: int) -> Refusal:
    return Refusal(
        "too_many_alerts",
        ntext(
            "You're waiting for {count} product already, which is the limit. Press the button of one again "
            "to stop waiting for it.",
            "You're waiting for {count} products already, which is the limit. Press the button of one again "
            "to stop waiting for it.",
            most,
        ),
    )


def no_price_to_watch() -> Refusal:
    """Who pays chooses what it costs."""
    return Refusal("no_price_to_watch", text("This product has no fixed price that could drop."))


def alert_gone() -> Refusal:
    """The row of a button is gone, as in a backup that was put back."""
    return Refusal("alert_gone", text("This message is from before an update. Use /shop or /buy instead."))
