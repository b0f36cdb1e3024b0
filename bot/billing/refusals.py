"""Why something typed for the bill isn't taken. None of them repeats what was typed, but for a country."""

from bot.errors import Mistyped
from bot.texts import text


def name_is_an_email() -> Mistyped:
    """The store takes no email address for a name."""
    return Mistyped("name_is_an_email", text("Type your name there, not your email address."))


def email_unknown() -> Mistyped:
    return Mistyped("email_unknown", text("That isn't an email address. Type one like name@example.com."))


def country_unknown(typed: str) -> Mistyped:
    """It is neither a code of two letters nor a name that anybody knows."""
    sentence = text(
        "We don't know the country “{typed}”. Type its name, or two letters like DE.", typed=typed
    )
    return Mistyped("country_unknown", sentence)
