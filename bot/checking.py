"""`bamboo check`: is everything there that `bamboo run` needs? Nothing is changed or comes online."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.app import point_discord_at, wall_clock
from bot.config import Settings
from bot.discord_io.signing_in import (
    WHERE_INTENTS_ARE,
    Account,
    look_up_account,
    sentences_for_the_owner,
)
from bot.errors import BambooError, NotFound, PandabaseError, Unavailable
from bot.pandabase.client import PandabaseClient
from bot.storage.engine import look_at_database
from bot.storage.migrations import newest_revision
from bot.web.server import what_to_enter


class Verdict(Enum):
    FINE = "✓"
    DOUBTFUL = "!"
    """It runs, and something will not work."""
    WRONG = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer."""

    about: str
    verdict: Verdict
    sentence: str


Findings = AsyncIterator[Finding]


async def check(settings: Settings) -> Findings:
    """Look at everything, one thing after the other; what can't be looked at is a finding too."""
    yield Finding("Settings", Verdict.FINE, "complete")
    parts: Final[tuple[tuple[str, Callable[[Settings], Findings]], ...]] = (
        ("Database", _database),
        ("Store", _store),
        ("Webhooks", _webhooks),
        ("Discord", _discord),
    )
    for about, look in parts:
        try:
            async for finding in look(settings):
                yield finding
        except BambooError as error:
            yield Finding(about, Verdict.WRONG, str(error))


async def _database(settings: Settings) -> Findings:
    url = settings.storage.url
    where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
    revision = await look_at_database(url)
    if revision is None:
        state = "new, made at the first start"
    elif revision == newest_revision():
        state = "up to date"
    else:
        state = "of an older version, brought up to date at the next start; make a copy before"
    yield Finding("Database", Verdict.FINE, f"{where}: {state}")


async def _store(settings: Settings) -> Findings:
    ours = settings.pandabase
    try:
        async with PandabaseClient.open(ours.store_id, ours.base_url, clock=wall_clock) as client:
            store = await client.store()
            products = await client.all_products()
    except NotFound as error:
        raise BambooError(
            f"{ours.base_url} knows no store {ours.store_id}; "
            "look at pandabase.store_id and pandabase.base_url"
        ) from error
    except Unavailable as error:
        raise BambooError(f"{ours.base_url} can't be reached ({error.detail})") from error
    except PandabaseError as error:
        raise BambooError(f"{ours.base_url}: {error}") from error
    mark = ", a TEST store" if ours.is_sandbox else ""
    verdict = Verdict.FINE if products else Verdict.DOUBTFUL
    yield Finding("Store", verdict, f"{store.name}{mark}: {_counted(len(products), 'product')} on sale")
    elsewhere = Counter(product.currency for product in products if product.currency != ours.currency)
    if elsewhere:
        priced = ", ".join(f"{number} in {currency}" for currency, number in elsewhere.most_common())
        verdict = Verdict.WRONG if elsewhere.total() == len(products) else Verdict.DOUBTFUL
        sentence = (
            f"pandabase.currency is {ours.currency}: what is priced in another can't be bought ({priced})"
        )
        yield Finding("Currency", verdict, sentence)


async def _webhooks(settings: Settings) -> Findings:
    if not settings.web.enabled:
        return
    entered = what_to_enter(settings.web.public_url)
    if settings.web.webhook_secret:
        yield Finding("Webhooks", Verdict.FINE, entered)
    else:
        sentence = f"none is accepted before web.webhook_secret is set. {entered}"
        yield Finding("Webhooks", Verdict.DOUBTFUL, sentence)


async def _discord(settings: Settings) -> Findings:
    point_discord_at(settings.discord.api_base_url)
    with sentences_for_the_owner(settings.discord.api_base_url):
        account = await look_up_account(settings.discord.token.get_secret_value())
    yield _servers(account, settings.discord.guild_ids)
    for missing in sorted(set(settings.discord.guild_ids) - account.servers.keys()):
        yield Finding(
            "Server", Verdict.WRONG, f"{account.name} isn't in {missing}, which discord.guild_ids names"
        )
    if account.has_members_intent:
        yield Finding("Members", Verdict.FINE, "the bot is told who joins")
    else:
        yield Finding(
            "Members",
            Verdict.DOUBTFUL,
            "the bot isn't told who joins, so what waits for members who come back is given late: "
            f"{WHERE_INTENTS_ARE}",
        )


def _servers(account: Account, guild_ids: tuple[int, ...]) -> Finding:
    names = ", ".join(f"{name} ({key})" for key, name in account.servers.items())
    if not account.servers:
        sentence = f"{account.name} is in no server yet; invite it: {account.invitation}"
        return Finding("Discord", Verdict.DOUBTFUL, sentence)
    if not guild_ids and len(account.servers) > 1:
        sentence = f"{account.name} serves none of its servers until discord.guild_ids says which: {names}"
        return Finding("Discord", Verdict.WRONG, sentence)
    return Finding("Discord", Verdict.FINE, f"{account.name}, in {names}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
