"""`bamboo check`: is everything there that `bamboo run` needs? Nothing is changed or comes online."""

import base64
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.app import point_discord_at, wall_clock
from bot.config import Settings
from bot.discord.login import (
    WHERE_INTENTS_ARE,
    WHERE_TOKENS_ARE,
    Account,
    look_up_account,
    sentences_for_the_owner,
)
from bot.errors import BambooError, NotFound, PandabaseError, Unavailable
from bot.network_trouble import in_words
from bot.pandabase.provider import PandabaseShop
from bot.storage.engine import look_at_database
from bot.storage.migrations import newest_revision
from bot.web.server import what_to_enter
from bot.wiring.payments import HOW_TO_HEAR_OF_PAYMENTS, sees_payments

_SHORTEST_SECRET: Final = 16
"""Characters of a webhook's secret: what is shorter was cut off, or made up and can be guessed."""


class CheckStatus(Enum):
    FINE = "✓"
    DOUBTFUL = "!"
    """It runs, and something will not work."""
    WRONG = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer."""

    about: str
    verdict: CheckStatus
    sentence: str


Findings = AsyncIterator[Finding]


async def check(settings: Settings) -> Findings:
    """Look at everything, one thing after the other; what can't be looked at is a finding too."""
    oddities = list(_odd_settings(settings))
    for oddity in oddities:
        yield Finding("Settings", CheckStatus.WRONG, oddity)
    if not oddities:
        yield Finding("Settings", CheckStatus.FINE, "complete")
    parts: Final[tuple[tuple[str, Callable[[Settings], Findings]], ...]] = (
        ("Database", _database),
        ("Store", _store),
        ("Payments", _payments),
        ("Webhooks", _webhooks),
        ("Discord", _discord),
    )
    for about, look in parts:
        try:
            async for finding in look(settings):
                yield finding
        except BambooError as error:
            yield Finding(about, CheckStatus.WRONG, str(error))


def _odd_settings(settings: Settings) -> Iterator[str]:
    """What has another shape than such values have; only Discord and the store can tell for certain."""
    if not _is_bot_token(settings.discord.token.get_secret_value()):
        yield (
            "discord.token isn't a bot's token (three parts with dots between them; not the application's "
            f"id, public key or client secret): {WHERE_TOKENS_ARE}"
        )
    api_token = settings.pandabase.api_token
    if api_token is not None and not re.fullmatch(r"sk_[\w-]+", api_token.get_secret_value()):
        yield (
            "pandabase.api_token isn't a token's secret, which starts with sk_: "
            "Pandabase dashboard → Settings → Developers → API Tokens"
        )
    if any(len(secret.get_secret_value()) < _SHORTEST_SECRET for secret in settings.web.webhook_secret):
        yield (
            "web.webhook_secret is too short to be one: it is what the Pandabase dashboard shows once, "
            "when the webhook is made"
        )


def _is_bot_token(token: str) -> bool:
    """Whether it has three parts of base64, of which the first is the application's id."""
    if not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token, re.ASCII):
        return False
    first = token.partition(".")[0]
    try:
        return base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).isdigit()
    except ValueError:
        return False


async def _database(settings: Settings) -> Findings:
    address = settings.storage.url
    where = address.database if address.is_file else str(address)
    revision = await look_at_database(address)
    if revision is None:
        state = "new, made at the first start"
    elif revision == newest_revision():
        state = "up to date"
    else:
        state = "of an older version, brought up to date at the next start; make a copy before"
    yield Finding("Database", CheckStatus.FINE, f"{where}: {state}")


async def _store(settings: Settings) -> Findings:
    ours = settings.pandabase
    try:
        async with PandabaseShop.open(ours.store_id, ours.base_url, clock=wall_clock) as shop:
            store = await shop.store()
            products = await shop.all_products()
    except NotFound as error:
        raise BambooError(
            f"{ours.base_url} knows no store {ours.store_id}; "
            "look at pandabase.store_id and pandabase.base_url"
        ) from error
    except Unavailable as error:
        why = "it has trouble of its own" if error.detail.startswith("HTTP ") else in_words(error)
        raise BambooError(
            f"{ours.base_url} can't be reached: {why}; "
            "look at this machine's network and at pandabase.base_url"
        ) from error
    except PandabaseError as error:
        support = f"; for the store's support: request {error.request_id}" if error.request_id else ""
        raise BambooError(
            f"{ours.base_url} didn't answer as a store does: {error.detail or error.sentence}; look at "
            f"pandabase.base_url and pandabase.store_id, and try again in a minute{support}"
        ) from error
    mark = ", a TEST store" if ours.is_sandbox else ""
    verdict = CheckStatus.FINE if products else CheckStatus.DOUBTFUL
    yield Finding("Store", verdict, f"{store.name}{mark}: {_counted(len(products), 'product')} on sale")
    elsewhere = Counter(product.currency for product in products if product.currency != ours.currency)
    if elsewhere:
        priced = ", ".join(f"{number} in {currency}" for currency, number in elsewhere.most_common())
        verdict = CheckStatus.WRONG if elsewhere.total() == len(products) else CheckStatus.DOUBTFUL
        sentence = (
            f"pandabase.currency is {ours.currency}: what is priced in another can't be bought ({priced})"
        )
        yield Finding("Currency", verdict, sentence)


async def _payments(settings: Settings) -> Findings:
    if sees_payments(settings):
        by_webhooks = settings.web.enabled and settings.web.webhook_secret
        ways = (by_webhooks and "webhooks", settings.pandabase.api_token and "the store's lists")
        yield Finding("Payments", CheckStatus.FINE, f"known by {' and '.join(way for way in ways if way)}")
    else:
        # Half of the way through webhooks is easily taken for all of it.
        how = (
            "web.webhook_secret is set, but no webhook is received: set web.enabled = true"
            if settings.web.webhook_secret
            else HOW_TO_HEAR_OF_PAYMENTS
        )
        sentence = f"nothing tells the bot of them: members could pay and get nothing. {how}"
        yield Finding("Payments", CheckStatus.WRONG, sentence)


async def _webhooks(settings: Settings) -> Findings:
    if not settings.web.enabled:
        return
    entered = what_to_enter(settings.web.public_url)
    if settings.web.webhook_secret:
        yield Finding("Webhooks", CheckStatus.FINE, entered)
    else:
        sentence = f"none is accepted before web.webhook_secret is set. {entered}"
        yield Finding("Webhooks", CheckStatus.DOUBTFUL, sentence)


async def _discord(settings: Settings) -> Findings:
    point_discord_at(settings.discord.api_base_url)
    with sentences_for_the_owner(settings.discord.api_base_url):
        account = await look_up_account(settings.discord.token.get_secret_value())
    yield _servers(account, settings.discord.guild_ids)
    for missing in sorted(set(settings.discord.guild_ids) - account.servers.keys()):
        yield Finding(
            "Server", CheckStatus.WRONG, f"{account.name} isn't in {missing}, which discord.guild_ids names"
        )
    if account.has_members_intent:
        yield Finding("Members", CheckStatus.FINE, "the bot is told who joins")
    else:
        yield Finding(
            "Members",
            CheckStatus.DOUBTFUL,
            "the bot isn't told who joins, so what waits for members who come back is given late: "
            f"{WHERE_INTENTS_ARE}",
        )


def _servers(account: Account, guild_ids: tuple[int, ...]) -> Finding:
    names = ", ".join(f"{name} ({key})" for key, name in account.servers.items())
    if not account.servers:
        sentence = f"{account.name} is in no server yet; invite it: {account.invitation}"
        return Finding("Discord", CheckStatus.DOUBTFUL, sentence)
    if not guild_ids and len(account.servers) > 1:
        sentence = f"{account.name} serves none of its servers until discord.guild_ids says which: {names}"
        return Finding("Discord", CheckStatus.WRONG, sentence)
    return Finding("Discord", CheckStatus.FINE, f"{account.name}, in {names}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
