"""What an owner writes to those who buy, filled in: for receipts, and for what is posted in a channel."""

from typing import Final

from bot.fulfilment.models import Benefit, Grant, filled
from bot.markdown import escape
from bot.texts import Text, joined, limited, markdown, moment, text

LONGEST_MESSAGE: Final = 1000
"""Characters of a benefit's message."""


def custom_message(grant: Grant, benefit: Benefit, *, role: str, server: str) -> Text:
    """The benefit's message: its Markdown is meant, what is filled in isn't.

    `role` and `server` are names as they are now.
    """
    values = {
        "member": f"<@{grant.user_id}>",
        "product": escape(benefit.title),
        "role": escape(role),
        "server": escape(server),
    }
    message = benefit.terms.message or ""
    first, *others = (markdown(filled(part, values)) for part in message.split("{until}"))
    end = _end(grant)
    return limited(joined("", (first, *(part for other in others for part in (end, other)))), LONGEST_MESSAGE)


def _end(grant: Grant) -> Text:
    """What the owner's words say it is given until."""
    if grant.ends_at is not None:
        return moment(grant.ends_at)
    return text("your subscription ends") if grant.follows_subscription else text("further notice")
