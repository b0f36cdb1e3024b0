"""Webhooks: whether the store sends them to the right address, and whether they arrive there."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import aiohttp

from bot.app import wall_clock
from bot.checks.findings import Finding, Findings, counted, failure, fine, listed, warning
from bot.checks.store import in_the_owners_words
from bot.config import Settings
from bot.errors import BambooError, DatabaseError, PandabaseError, Unauthorized
from bot.network_trouble import in_words
from bot.pandabase.transport import store_connections
from bot.pandabase.webhook_endpoints import (
    SIGNATURE_VERSION,
    WebhookEndpoint,
    WebhookEndpoints,
)
from bot.pandabase.webhooks import EVENT_TYPES
from bot.storage.inspection import LAST_EVENT, rows
from bot.web.server import WEBHOOK_PATH, what_to_enter
from bot.wiring.store import authorization

_REGISTER: Final = "Run `bamboo webhook register`."
_ARRIVES_WITHIN: Final = 15.0
"""Seconds that the store's test event may take."""
_LOOKS_EVERY: Final = 0.2
_PATIENCE: Final = aiohttp.ClientTimeout(total=10.0)


async def check_webhooks(settings: Settings) -> Findings:
    web, address = settings.web, address_of(settings)
    if not web.enabled:
        return
    if not web.webhook_secret:
        yield warning(
            "Webhook",
            "Webhooks are refused until web.webhook_secret is set.",
            f"{_REGISTER} {_by_hand(settings)}",
        )
        return
    if address is None:
        yield fine("Webhook", _by_hand(settings))
        return
    registered = None
    try:
        async with endpoints(settings) as store:
            if store is None:
                yield fine("Webhook", f"{_by_hand(settings)} (Only a token lets Bamboo check this.)")
            else:
                found = [each for each in await store.all() if each.url == address]
                finding, registered = _judged(found, address)
                yield finding
    except Unauthorized:
        yield fine(
            "Webhook", f"{_by_hand(settings)} (Only a token with WEBHOOKS_READ lets Bamboo check this.)"
        )
    except PandabaseError as error:
        raise BambooError(in_the_owners_words(error, settings)) from error
    yield await _address(settings, registered)


async def _address(settings: Settings, registered: WebhookEndpoint | None) -> Finding:
    public_url = settings.web.public_url or ""
    trouble = await trouble_at(public_url)
    if trouble:
        return warning(
            "Address",
            f"{public_url} doesn't lead to Bamboo: {trouble}.",
            "That is right as long as Bamboo isn't running. If it runs, look at the proxy and at web.port.",
        )
    arrived = await try_out(settings, registered) if registered is not None else None
    if arrived is None:
        return fine("Address", f"{public_url} leads to Bamboo.")
    if arrived:
        return fine("Address", f"The store's test event arrived by way of {public_url}.")
    return failure(
        "Address",
        f"The store's test event didn't arrive by way of {public_url}.",
        "Bamboo's log says why: most likely web.webhook_secret isn't this webhook's. "
        "If so, run `bamboo webhook rotate`, and start Bamboo again.",
    )


def address_of(settings: Settings) -> str | None:
    """Where the store has to send webhooks; None while web.public_url isn't set."""
    public = settings.web.public_url
    return f"{public}{WEBHOOK_PATH}" if public else None


@asynccontextmanager
async def endpoints(settings: Settings) -> AsyncIterator[WebhookEndpoints | None]:
    """The store's webhooks; None without a token."""
    store, authorize = settings.pandabase, authorization(settings)
    if authorize is None:
        yield None
        return
    async with WebhookEndpoints.open(store.store_id, store.base_url, authorize, clock=wall_clock) as opened:
        yield opened


async def trouble_at(public_url: str) -> str | None:
    """Why Bamboo can't be reached at its public address; None if it can."""
    try:
        async with (
            store_connections(public_url, at_once=1, timeout=_PATIENCE) as http,
            http.get(f"{public_url}/healthz", allow_redirects=False) as answer,
        ):
            said = await answer.read()
    except (aiohttp.ClientError, OSError) as error:
        return in_words(error)
    try:
        is_ours = answer.status == HTTPStatus.OK and json.loads(said).get("ok") is True
    except (ValueError, AttributeError):
        is_ours = False
    return None if is_ours else f"something else answers there (HTTP {answer.status})"


async def try_out(settings: Settings, registered: WebhookEndpoint) -> bool | None:
    """Have the store send its test event and see it arrive in the database.

    None where that can't be seen: the store or the token doesn't allow the test, or the database isn't here.
    """
    try:
        before = await _last_event(settings)
        async with endpoints(settings) as store:
            assert store is not None  # noqa: S101  # it named the endpoint
            await store.send_test(registered.id)
        async with asyncio.timeout(_ARRIVES_WITHIN):
            while await _last_event(settings) == before:  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(_LOOKS_EVERY)
    except TimeoutError:
        return False
    except (DatabaseError, PandabaseError):
        return None
    return True


async def _last_event(settings: Settings) -> int:
    [row] = await rows(settings.storage.url, LAST_EVENT)
    return row["last_id"] or 0


def _judged(found: Sequence[WebhookEndpoint], address: str) -> tuple[Finding, WebhookEndpoint | None]:
    """What is to be said of the store's webhooks to this address, and the one that works if there is one."""
    enabled = [each for each in found if each.is_enabled]
    if not found:
        return failure("Webhook", f"The store sends no webhooks to {address}.", _REGISTER), None
    if not enabled:
        return failure("Webhook", f"The store's webhook to {address} is switched off.", _REGISTER), None
    newest = enabled[0]
    missing = [kind for kind in EVENT_TYPES if kind not in newest.event_types]
    if missing:
        said = f"The store's webhook leaves out {counted(len(missing), 'event')}: {listed(missing)}."
        return warning("Webhook", said, _REGISTER), newest
    if newest.signature_version != SIGNATURE_VERSION:
        said = f"The store's webhook is signed in the old way ({newest.signature_version})."
        return warning("Webhook", said, _REGISTER), newest
    return fine("Webhook", f"The store sends every event to {address}."), newest


def _by_hand(settings: Settings) -> str:
    return f"{what_to_enter(settings.web.public_url)}."
