"""The settings by themselves: values of another shape, and whether anything tells of payments."""

import base64
import re
from collections.abc import Iterator
from typing import Final

from bot.checks.findings import Finding, Findings, failure, fine, listed
from bot.config import Settings
from bot.discord.login import WHERE_TOKENS_ARE
from bot.wiring.store import sees_payments

_SHORTEST_SECRET: Final = 16
"""Characters of a webhook's secret: what is shorter was cut off, or made up and can be guessed."""


async def check_settings(settings: Settings) -> Findings:
    """What has another shape than such values have; only Discord and the store can tell for certain."""
    oddities = list(_oddities(settings))
    for oddity in oddities:
        yield oddity
    if not oddities:
        yield fine("Settings", "Every value has the right form.")


def _oddities(settings: Settings) -> Iterator[Finding]:
    if not is_bot_token(settings.discord.token.get_secret_value()):
        yield failure(
            "Settings",
            "discord.token isn't a bot's token, which has three parts with dots between them "
            "(the application's id, public key and client secret are something else).",
            f"Get one: {WHERE_TOKENS_ARE}.",
        )
    api_token = settings.pandabase.api_token
    if api_token is not None and not re.fullmatch(r"sk_[\w-]+", api_token.get_secret_value()):
        yield failure(
            "Settings",
            "pandabase.api_token isn't a token's secret, which starts with sk_.",
            "Make one: Pandabase dashboard → Settings → Developers → API Tokens.",
        )
    if any(len(secret.get_secret_value()) < _SHORTEST_SECRET for secret in settings.web.webhook_secret):
        yield failure(
            "Settings",
            "web.webhook_secret is too short to be one.",
            "Copy the whole secret, which Pandabase shows once, when the webhook is made.",
        )


def is_bot_token(token: str) -> bool:
    """Whether it has three parts of base64, of which the first is the application's id."""
    if not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token, re.ASCII):
        return False
    first = token.partition(".")[0]
    try:
        return base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).isdigit()
    except ValueError:
        return False


async def check_payments(settings: Settings) -> Findings:
    if sees_payments(settings):
        by_webhooks = settings.web.enabled and settings.web.webhook_secret
        ways = (by_webhooks and "webhooks", settings.pandabase.api_token and "the store's lists")
        yield fine("Payments", f"Bamboo learns of payments from {listed([way for way in ways if way])}.")
        return
    # Half of the way through webhooks is easily taken for all of it.
    mend = (
        "web.webhook_secret is set, but no webhook is received: set web.enabled = true and web.public_url."
        if settings.web.webhook_secret
        else "Set pandabase.api_token to a token with ORDERS_READ, SUBSCRIPTIONS_READ and REFUNDS_WRITE "
        "(simplest), or have webhooks sent: set web.enabled = true, web.public_url and web.webhook_secret. "
        "`bamboo init` does either for you."
    )
    yield failure("Payments", "Nothing tells Bamboo about payments: members could pay and get nothing.", mend)
