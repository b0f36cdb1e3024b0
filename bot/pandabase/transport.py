"""One call to the store: sending, trying again, and turning what comes back into data or an error."""

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import stamina
import yarl
from pydantic import BaseModel, ValidationError

from bot.errors import (
    NotFound,
    PandabaseError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnreadableAnswer,
)

log = logging.getLogger("bot.pandabase")

ATTEMPTS: Final = 4
LAST_ATTEMPT_AFTER: Final = 20.0
"""Seconds after which no new attempt begins: somebody is waiting for the answer."""
TIMEOUT: Final = aiohttp.ClientTimeout(connect=10.0, sock_connect=5.0, sock_read=15.0)
"""Seconds: for a free connection, for a new one, and without a word from the store."""
KEPT_FOR: Final = 15.0
"""Seconds that a connection is kept that nobody uses."""
_ADDRESSES_KEPT: Final = 256
_FIRST_WAIT: Final = 0.1
_SPREAD: Final = 0.2
"""Seconds before the second attempt, and how much longer at most; it doubles from then on."""
LONGEST_RATE_LIMIT_WAIT: Final = 10.0
"""Seconds. Somebody who would wait longer is told so at once instead."""
_REFUSED_LATELY: Final = timedelta(hours=1)
"""For so long a refusal says that the token isn't taken: nobody may have used it since."""

Model = TypeVar("Model", bound=BaseModel)


@lru_cache(_ADDRESSES_KEPT)
def _address(url: str) -> yarl.URL:
    """Taken apart once, not at every request."""
    return yarl.URL(url)


def path_segment(identifier: str) -> str:
    """An id as one part of a path. What people type may come here, so it must not lead elsewhere."""
    if not identifier.strip("."):
        raise NotFound("There is nothing with that id.")
    return quote(identifier, safe="", errors="replace")


def store_connections(
    base_url: str, *, at_once: int, timeout: aiohttp.ClientTimeout = TIMEOUT
) -> aiohttp.ClientSession:
    """A pool of `at_once` connections at most, without cookies; whoever takes it closes it.

    They go through the proxy that the environment names for the store, if it names one.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=at_once, keepalive_timeout=KEPT_FOR),
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=_proxy_for(base_url),
    )


def _proxy_for(base_url: str) -> str | None:
    """As the environment says, looked up once: aiohttp would do so at every request."""
    address = urlsplit(base_url)
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(address.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


class _LostAnswer(Unavailable):
    """The request may have arrived, but no answer to it did."""


@dataclass(frozen=True, slots=True)
class StoreAnswer:
    """The `data` of an answer's envelope."""

    data: Any
    request_id: str | None

    def read(self, model: type[Model]) -> Model:
        """The data as a model.

        Raises:
            UnreadableAnswer: what the model needs is missing or wrong.
        """
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            wrong = ", ".join(
                f"{'.'.join(map(str, found['loc']))}: {found['msg']}"
                for found in error.errors(include_url=False, include_context=False, include_input=False)
            )
            raise UnreadableAnswer(request_id=self.request_id, detail=wrong) from error


@dataclass(frozen=True, slots=True)
class StoreAllowance:
    """How many requests the store still takes until `reset` (UTC), as its last answer said."""

    limit: int
    remaining: int
    reset: datetime


Authorize = Callable[[bytes], Mapping[str, str]]
"""The headers that prove who sends a body, which is empty for a GET."""


Observe = Callable[[str, float], None]
"""Told of each request's outcome, the status or `failed`, and how many seconds it took."""


def nobody_observes(_outcome: str, _seconds: float) -> None:
    pass


class TokenWatch:
    """Hears how the store answers to its token."""

    def __init__(self, observe: Observe, clock: Callable[[], datetime]) -> None:
        self._refused_at: datetime | None = None
        self._accepted_at: datetime | None = None
        self._observe = observe
        self._clock = clock

    @property
    def is_refused(self) -> bool:
        """Whether the store has refused it within the last hour."""
        return self._refused_at is not None and self._clock() - self._refused_at <= _REFUSED_LATELY

    @property
    def was_accepted_last(self) -> bool:
        """Whether the store took it when it was used last."""
        if self._accepted_at is None:
            return False
        return self._refused_at is None or self._accepted_at >= self._refused_at

    def answered(self, outcome: str, seconds: float) -> None:
        if outcome in {"401", "403"}:
            self._refused_at = self._clock()
        elif outcome.startswith("2"):
            self._accepted_at = self._clock()
        self._observe(outcome, seconds)


class Transport:
    """Calls the API at `base_url` over a client that is opened and closed by whoever gives it."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        *,
        clock: Callable[[], datetime],
        authorize: Authorize = lambda _body: {},
        observe: Observe = nobody_observes,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._authorize = authorize
        self._observe = observe
        self.allowance: StoreAllowance | None = None
        self.clock_difference: timedelta | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool,
    ) -> StoreAnswer:
        """Send until there is an answer that counts, a few times at most.

        `repeatable` says that a second arrival of the same request does no harm. One that isn't
        repeatable is still sent again when it never left, and once when its answer was lost.

        Raises:
            PandabaseError: one of its subclasses, by what the store answered or failed to.
        """
        retry = _Retry(repeatable=repeatable, clock=self._clock)
        began = time.monotonic()

        async def send() -> StoreAnswer:
            return await self._attempt(method, path, query, body, headers or {})

        try:
            # This stands at every purchase: stamina prepares a hundred calls for what almost never comes.
            try:
                return await send()
            except PandabaseError as error:
                wait = retry(error)
                if wait is False:
                    raise
            spread = random.uniform(0.0, _SPREAD)  # noqa: S311  # nosec B311  # it spreads load
            await asyncio.sleep(_FIRST_WAIT + spread if wait is True else wait)
            async for attempt in stamina.retry_context(
                on=retry,
                attempts=ATTEMPTS - 1,
                timeout=LAST_ATTEMPT_AFTER - (time.monotonic() - began),
                wait_initial=2 * _FIRST_WAIT,
                wait_max=2.0,
                wait_jitter=_SPREAD,
            ):
                with attempt:
                    return await send()
        except Unavailable as error:
            # An earlier attempt may have arrived even if the last one didn't.
            error.sent = error.sent or retry.lost
            raise
        raise AssertionError("stamina either returns or raises")

    async def _attempt(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> StoreAnswer:
        started = time.monotonic()
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        sent = {**headers, **self._authorize(content or b"")}
        if content is not None:
            sent["Content-Type"] = "application/json"
        try:
            async with self._http.request(
                method,
                _address(self._base_url + path),
                params=query,
                data=content,
                headers=sent,
                allow_redirects=False,
            ) as response:
                answered = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            spent = (time.monotonic() - started) * 1000
            failure = type(error).__name__
            self._observe("failed", spent / 1000)
            log.warning("%s %s failed with %s after %.0f ms", method, path, failure, spent)
            kind = Unavailable if _was_never_sent(error) else _LostAnswer
            raise kind(sent=kind is _LostAnswer, detail=f"{failure}: {error}") from error
        spent = (time.monotonic() - started) * 1000
        self._observe(str(response.status), spent / 1000)
        self.allowance = _allowance_of(response)
        difference = self._difference_of(response)
        self.clock_difference = self.clock_difference if difference is None else difference
        request_id = response.headers.get("X-Request-ID")
        level = logging.WARNING if _is_trouble(response.status) else logging.INFO
        log.log(level, "%s %s: %d in %.0f ms (request %s)", method, path, response.status, spent, request_id)
        return _open_envelope(response, answered, request_id)

    def _difference_of(self, response: aiohttp.ClientResponse) -> timedelta | None:
        """How far the store's clock is ahead of ours, to about a second; None where nothing says so."""
        if "Age" in response.headers:  # from a cache: it was true when that was filled
            return None
        try:
            return parsedate_to_datetime(response.headers["Date"]) - self._clock()
        except (KeyError, ValueError, TypeError):
            return None


class _Retry:
    """Decides for one call whether stamina tries again, and after how many seconds."""

    def __init__(self, *, repeatable: bool, clock: Callable[[], datetime]) -> None:
        self._repeatable = repeatable
        self._clock = clock
        self.lost = False

    def __call__(self, error: Exception) -> bool | float:
        match error:
            case RateLimited(retry_at=None):
                return True
            case RateLimited(retry_at=datetime() as retry_at):
                wait = max((retry_at - self._clock()).total_seconds(), 0.0)
                # Whoever was turned away meanwhile waits for the same second.
                spread = random.uniform(0.05, 0.5)  # noqa: S311  # nosec B311  # it spreads load, it guards nothing
                return wait + spread if wait <= LONGEST_RATE_LIMIT_WAIT else False
            case _LostAnswer():
                first, self.lost = not self.lost, True
                return self._repeatable or first
            case Unavailable(sent=True):
                return self._repeatable
            case Unavailable():
                return True
        return False


def _was_never_sent(error: Exception) -> bool:
    """Whether no connection was made."""
    return isinstance(
        error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.ClientHttpProxyError
    )


def _is_trouble(status: int) -> bool:
    """Whether the status is for the owner to know, not only for whoever asked."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.TOO_MANY_REQUESTS,
    }


def _open_envelope(response: aiohttp.ClientResponse, body: bytes, request_id: str | None) -> StoreAnswer:
    envelope = _json_of(body)
    match envelope:
        case {"ok": False, "error": str(said)} if said.strip():
            sentence = said.strip()
        case _:
            sentence = ""
    status = response.status
    detail = f"HTTP {status} {sentence}".rstrip()
    error: PandabaseError
    match status, envelope:
        case 429, _:
            error = RateLimited(retry_at=_reset_of(response), request_id=request_id, detail=detail)
        case ((401 | 403), _):
            error = Unauthorized(request_id=request_id, detail=detail)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = Unavailable(sent=True, request_id=request_id, detail=detail)
        case _, {"ok": True, "data": data} if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return StoreAnswer(data, request_id)
        # Without the store's own words a 404 may as well be a wrong address or a proxy's page.
        case 404, _ if sentence:
            error = NotFound(sentence, request_id=request_id, detail=detail)
        case _ if sentence:
            error = Rejected(sentence, request_id=request_id, detail=detail)
        case _:
            kind = response.headers.get("Content-Type", "no content type")
            error = UnreadableAnswer(request_id=request_id, detail=f"{detail} with {kind}")
    raise error


def _json_of(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:  # UnicodeDecodeError is one too
        return None


def _allowance_of(response: aiohttp.ClientResponse) -> StoreAllowance | None:
    reset = _reset_of(response)
    try:
        limit, remaining = (int(response.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining"))
    except (KeyError, ValueError):
        return None
    return None if reset is None else StoreAllowance(limit, remaining, reset)


def _reset_of(response: aiohttp.ClientResponse) -> datetime | None:
    """When the next request is taken: X-RateLimit-Reset holds epoch seconds."""
    try:
        return datetime.fromtimestamp(float(response.headers["X-RateLimit-Reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
