"""The store: whether it can be reached and is the right one, its clock, and what its token may do."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.app import wall_clock
from bot.checks.findings import Finding, Findings, counted, failure, fine, listed, warning
from bot.config import Settings
from bot.errors import BambooError, NotFound, PandabaseError, Unauthorized, Unavailable
from bot.network_trouble import in_words
from bot.pandabase.provider import PandabaseShop
from bot.wiring.store import store_api
from bot.wiring.token_features import scope_attempts

_TOLERABLE: Final = timedelta(seconds=30)
_BREAKS_WEBHOOKS: Final = timedelta(minutes=4, seconds=30)
"""A webhook is refused when its time is more than five minutes from ours."""
_WITHOUT: Final = {
    "ORDERS_READ": "payments and license keys can't be read",
    "SUBSCRIPTIONS_READ": "it stays unknown how subscriptions go on",
    "REFUNDS_WRITE": "second payments can't be refunded from Discord",
}
_OFF_WITHOUT: Final = {
    "LICENSES_READ": "/claim by a license key",
    "COUPONS_READ": "/store coupon list and disable",
    "COUPONS_WRITE": "/store coupon create and disable",
    "SUBSCRIPTIONS_WRITE": "cancelling and resuming subscriptions in /purchases",
}
"""What an owner may do without: no trouble, but to be known."""


async def check_store(settings: Settings) -> Findings:
    ours = settings.pandabase
    with_store = PandabaseShop.open(ours.store_id, ours.base_url, clock=wall_clock)
    try:
        async with with_store as client:
            store = await client.store()
            products = await client.all_products()
            difference = client.clock_difference
    except PandabaseError as error:
        raise BambooError(in_the_owners_words(error, settings)) from error
    mark = ", a TEST store" if ours.is_sandbox else ""
    said = f"{store.name}{mark} has {counted(len(products), 'product')} on sale."
    if products:
        yield fine("Store", said)
    else:
        yield warning("Store", said, "Publish a product in the Pandabase dashboard.")
    elsewhere = Counter(product.currency for product in products if product.currency != ours.currency)
    if elsewhere:
        priced = ", ".join(f"{number} in {currency}" for currency, number in elsewhere.most_common())
        finding = failure if elsewhere.total() == len(products) else warning
        yield finding(
            "Currency",
            f"Bamboo sells in {ours.currency}, and some products have another currency ({priced}): "
            "they can't be bought.",
            "Set pandabase.currency to the store's, or change those prices.",
        )
    if difference is not None and abs(difference) > _TOLERABLE:
        way = "behind" if difference > timedelta() else "ahead of"
        finding = failure if abs(difference) > _BREAKS_WEBHOOKS else warning
        yield finding(
            "Clock",
            f"This machine's clock is {_spoken(abs(difference))} {way} the store's: "
            "webhooks that seem five minutes old are refused.",
            "Have the clock set by the network (NTP), on Linux: timedatectl set-ntp true.",
        )
    elif difference is not None:
        yield fine("Clock", "This machine's clock agrees with the store's.")


async def check_token(settings: Settings) -> Findings:
    """Try each scope."""
    async with store_api(settings, wall_clock) as api:
        if api is None:
            return
        may, lacks = [], []
        for scope, attempt in scope_attempts(api).items():
            try:
                await attempt()
            except Unauthorized as error:
                if error.detail.startswith("HTTP 401"):
                    yield failure(
                        "Token",
                        "The store doesn't accept pandabase.api_token.",
                        "Make a new one: Pandabase dashboard → Settings → Developers → API Tokens.",
                    )
                    return
                lacks.append(scope)
            except PandabaseError as error:
                raise BambooError(in_the_owners_words(error, settings)) from error
            else:
                may.append(scope)
    for finding in _what_it_may(may, lacks):
        yield finding


def _what_it_may(may: list[str], lacks: list[str]) -> Iterator[Finding]:
    if may:
        yield fine("Token", f"pandabase.api_token has {listed(may)}.")
    off = [scope for scope in lacks if scope in _OFF_WITHOUT]
    if off:
        features = "; ".join(f"{_OFF_WITHOUT[scope]} ({scope})" for scope in off)
        yield fine("Token", f"Off, as the token lacks their scopes: {features}.")
    for scope in lacks:
        if scope in off:
            continue
        finding = failure if scope == "ORDERS_READ" else warning
        yield finding(
            "Token",
            f"pandabase.api_token lacks {scope}: {_WITHOUT[scope]}.",
            "Give it the scope: Pandabase dashboard → Settings → Developers → API Tokens.",
        )


def in_the_owners_words(error: PandabaseError, settings: Settings) -> str:
    """Why a call to the store failed, and after "; " what to look at."""
    ours = settings.pandabase
    match error:
        case NotFound():
            return (
                f"{ours.base_url} knows no store {ours.store_id}; "
                "look at pandabase.store_id and pandabase.base_url"
            )
        case Unavailable():
            why = "it has trouble of its own" if error.detail.startswith("HTTP ") else in_words(error)
            return (
                f"{ours.base_url} can't be reached: {why}; "
                "look at this machine's network and at pandabase.base_url"
            )
    support = f"; for the store's support: request {error.request_id}" if error.request_id else ""
    return (
        f"{ours.base_url} didn't answer as a store does: {error.detail or str(error.sentence)}; look at "
        f"pandabase.base_url and pandabase.store_id, and try again in a minute{support}"
    )


def _spoken(difference: timedelta) -> str:
    seconds = round(difference.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"  # noqa: PLR2004
