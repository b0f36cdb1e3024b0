"""SimCord's environment for machines of any speed."""

import time
from collections.abc import Mapping
from typing import Any, Final

import discord
import simcord

PATIENCE: Final = 60.0
"""Seconds of real time after which a bot that has not come to rest never will."""


AMERICAN: Final = "en-US"
_CANNOT_MESSAGE: Final = 50007
"""Discord's code where somebody takes no direct messages."""


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

    def locale_of(self, user_id: int) -> str:
        return self._locales.get(user_id, AMERICAN)

    def take_direct_messages(self, user_id: int, *, closed: bool) -> None:
        """The person takes direct messages from now on, or none."""
        channel = self.backend.get_dm_channel(user_id)
        refusal = {
            "method": "POST",
            "path": f"/channels/{channel.id}/messages",
            "status": 403,
            "code": _CANNOT_MESSAGE,
            "message": "Cannot send messages to this user",
            "times": None,
        }
        faults = self.backend.faults
        faults[:] = [fault for fault in faults if fault["path"] != refusal["path"]]
        if closed:
            faults.append(refusal)

    def has_closed_dms(self, user_id: int) -> bool:
        path = f"/channels/{self.backend.get_dm_channel(user_id).id}/messages"
        return any(fault["path"] == path for fault in self.backend.faults)

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
