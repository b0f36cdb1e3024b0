"""How the store is asked, and how it tells of payments, as the settings have it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bot.config import Settings
from bot.jobs.worker import Clock
from bot.pandabase.provider import PandabaseAccount
from bot.pandabase.store_api import StoreApi, bearer, signed
from bot.pandabase.transport import Authorize, Observe, nobody_observes

HOW_TO_HEAR_OF_PAYMENTS: Final = (
    "Either have webhooks sent: set web.enabled = true, web.public_url, and web.webhook_secret to what "
    "Pandabase shows when the webhook is made. Or set pandabase.api_token to a token with ORDERS_READ, "
    "SUBSCRIPTIONS_READ and REFUNDS_WRITE"
)


def hears_webhooks(settings: Settings) -> bool:
    """Whether the store can tell the bot of payments."""
    return settings.web.enabled and bool(settings.web.webhook_secret)


def sees_payments(settings: Settings) -> bool:
    """Whether anything tells the bot what became of a link."""
    return hears_webhooks(settings) or settings.pandabase.api_token is not None


def authorization(settings: Settings) -> Authorize | None:
    """What calls to the Store API are authorized with; None if the owner made no token."""
    store = settings.pandabase
    if store.api_token is None:
        return None
    secret = store.api_token.get_secret_value()
    return bearer(secret) if store.api_token_id is None else signed(store.api_token_id, secret)


@asynccontextmanager
async def store_api(
    settings: Settings, clock: Clock, observe: Observe = nobody_observes
) -> AsyncIterator[PandabaseAccount | None]:
    """The Store API, if the owner made a token."""
    store, authorize = settings.pandabase, authorization(settings)
    if authorize is None:
        yield None
        return
    async with StoreApi.open(store.store_id, store.base_url, authorize, clock=clock, observe=observe) as api:
        yield PandabaseAccount(api)
