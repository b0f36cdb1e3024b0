"""Which features the store's token doesn't allow: for staff, who wonder why something isn't there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import PandabaseError, Unauthorized
from bot.jobs.worker import Clock
from bot.texts import Text

log = logging.getLogger(__name__)

_ASKED_AGAIN_AFTER: Final = timedelta(minutes=10)
_PATIENCE: Final = 3.0
"""Seconds for all of them together: staff wait for the page that shows it."""


@dataclass(frozen=True, slots=True)
class TokenFeature:
    """`scopes` are what the token has to allow, in the provider's own words; `what` is off without them."""

    scopes: tuple[str, ...]
    what: Text


Attempt = Callable[[], Awaitable[Any]]
"""Raises Unauthorized where the token may not; nothing else comes of it."""


class TokenFeatures:
    """Each of `features` with what tries it; without a token all of them are off."""

    def __init__(
        self,
        features: Sequence[tuple[TokenFeature, Sequence[Attempt]]],
        *,
        has_token: bool,
        clock: Clock,
    ) -> None:
        self._features = features
        self._has_token = has_token
        self._clock = clock
        self._asked_at: datetime | None = None
        self._off: tuple[TokenFeature, ...] = ()

    async def off(self) -> tuple[TokenFeature, ...]:
        """What is off, as it was found in the last minutes; none where the store doesn't say."""
        if not self._has_token:
            return tuple(feature for feature, _ in self._features)
        now = self._clock()
        if self._asked_at is None or now - self._asked_at > _ASKED_AGAIN_AFTER:
            try:
                async with asyncio.timeout(_PATIENCE):
                    found = await asyncio.gather(*(_is_refused(attempts) for _, attempts in self._features))
            except (PandabaseError, TimeoutError) as error:
                log.info("The store doesn't say what its token may do: %r", error)
                return ()
            self._asked_at = now
            self._off = tuple(
                feature for (feature, _), is_off in zip(self._features, found, strict=True) if is_off
            )
        return self._off


async def _is_refused(attempts: Sequence[Attempt]) -> bool:
    for attempt in attempts:
        try:
            await attempt()
        except Unauthorized:
            return True
    return False
