"""Why nothing is exported."""

from bot.errors import Refusal
from bot.texts import text


def nothing_to_export() -> Refusal:
    return Refusal("nothing_to_export", text("There's nothing to export from that time."))


def export_too_large() -> Refusal:
    return Refusal(
        "export_too_large",
        text(
            "That's too much for one Discord file. Choose a shorter time; the bot's owner gets everything "
            "with `bamboo export`."
        ),
    )
