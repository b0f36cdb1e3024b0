"""`bamboo check`: is everything there that `bamboo run` needs? Nothing is changed or comes online."""

from collections.abc import Callable
from typing import Final

from bot.checks.commands import check_commands
from bot.checks.database import check_database
from bot.checks.discord_servers import check_discord
from bot.checks.findings import CheckStatus, Finding, Findings, failure
from bot.checks.settings import check_payments, check_settings
from bot.checks.store import check_store, check_token
from bot.checks.webhooks import check_webhooks
from bot.config import Settings
from bot.errors import BambooError

__all__ = ["CheckStatus", "Finding", "Findings", "check"]

_PARTS: Final[tuple[tuple[str, Callable[[Settings], Findings]], ...]] = (
    ("Settings", check_settings),
    ("Database", check_database),
    ("Store", check_store),
    ("Token", check_token),
    ("Payments", check_payments),
    ("Webhook", check_webhooks),
    ("Discord", check_discord),
    ("Commands", check_commands),
)


async def check(settings: Settings) -> Findings:
    """Look at everything, one thing after the other; what can't be looked at is a finding too."""
    unreachable: set[str] = set()
    for about, look in _PARTS:
        if about == "Commands" and "Discord" in unreachable:
            continue  # the same sentence again would help nobody
        try:
            async for finding in look(settings):
                yield finding
        except BambooError as error:
            unreachable.add(about)
            sentence, _, mend = str(error).partition("; ")
            yield failure(about, f"{_capital(sentence)}.", f"{_capital(mend)}." if mend else "")


def _capital(text: str) -> str:
    # A setting's name begins some sentences, and is written as it is.
    first = text.partition(" ")[0]
    return text if "." in first or "/" in first else f"{text[:1].upper()}{text[1:]}"
