"""SimCord's environment for machines of any speed."""

import time
from collections.abc import Mapping
from typing import Any, Final

import discord
import simcord

PATIENCE: Final = 60.0
"""Seconds of real time after which a bot that has not come to rest never will."""


class PatientEnv(simcord.Env):
    """Waits for the bot as long as a slow and busy machine needs.

    SimCord's one timeout says two things: which timers belong to what the bot does now (those that ring
    within it), and how long the bot may take. At a start it is five seconds, whatever is set. So it stays
    short, and what doesn't come to rest within it is waited for again.
    """

    def __init__(self, bot: discord.Client, *, timers_within: float = 5.0, looks_every: float = 0.05) -> None:
        """Both in seconds: which timers are waited for, and the pause between two looks at the bot."""
        super().__init__(bot, shard_count=1, settle_timeout=timers_within)
        self._looks_every = looks_every
        self._locales: dict[int, str] = {}
        self._emit = self.backend.emit
        self.backend.emit = self._emit_with_locale  # type: ignore[method-assign]

    def speaks(self, user_id: int, locale: str) -> None:
        """From now on the person uses Discord in that locale; SimCord has everybody use American English."""
        self._locales[user_id] = locale

    def _emit_with_locale(self, event: str, payload: Mapping[str, Any]) -> None:
        if event == "INTERACTION_CREATE":
            user = payload.get("user") or payload["member"]["user"]
            locale = self._locales.get(int(user["id"]), payload["locale"])
            payload = {**payload, "locale": locale}
        self._emit(event, payload)

    async def _settle_internal(self, *, dispatch: str | None = None, **_wanted: Any) -> None:
        last = time.monotonic() + PATIENCE
        while True:
            try:
                return await super()._settle_internal(idle=self._looks_every, dispatch=dispatch)
            except TimeoutError:
                if time.monotonic() >= last:
                    raise

    async def _advance_to(self, target: float, deadline: float) -> None:
        # Two that move the clock can wait for each other. SimCord gives that up at the first one's deadline.
        if self._advance_task is None and self._loop is not None:
            deadline = max(deadline, self._loop.time() + PATIENCE)
        await super()._advance_to(target, deadline)

    def raise_errors(self) -> None:
        """Raise what the bot let discord.py log, unless a test has looked at `errors`."""
        self._raise_errors_since(self._errors_acknowledged)
