"""Interactions: what a person did, and what became of it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.harness.patience import PATIENCE, allowed
from tests.wire.world import snowflake

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.changes import Changes
    from tests.wire.world import Channel, Message, User

SLASH: Final = 2
COMPONENT: Final = 3
AUTOCOMPLETE: Final = 4
MODAL_SUBMIT: Final = 5

ACK_WITHIN: Final = allowed(3.0)
"""Seconds until an interaction without an answer is gone. Source: "Receiving and Responding"."""
TOKEN_LIFETIME: Final = 15 * 60.0
"""Seconds that follow-ups and edits are possible. Source: the same page."""


@dataclass(eq=False)
class InteractionRecord:
    """One interaction as its person saw it; times in seconds of the event loop."""

    kind: int
    user: User
    channel: Channel
    data: dict[str, Any]
    changes: Changes
    message: Message | None = None
    """The message whose button or menu was used."""
    origin: InteractionRecord | None = None
    """For a submitted modal: the interaction that opened it."""
    id: int = field(default_factory=snowflake)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    sent_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    acknowledged_at: float | None = None
    callback: dict[str, Any] | None = None
    """The body of the first response."""
    original: Message | None = None
    """The message that answers it: its own response, or the message that it updates in place."""
    answered_at: float | None = None
    followups: list[Message] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    """Error answers that the bot got on this interaction's addresses."""
    expired: bool = False
    acknowledge_within: float = ACK_WITHIN

    @property
    def acknowledged_after(self) -> float | None:
        """Seconds from the click to the acknowledgement; None while there is none."""
        return None if self.acknowledged_at is None else self.acknowledged_at - self.sent_at

    @property
    def failed(self) -> bool:
        """Whether its person sees "This interaction failed": no acknowledgement in time."""
        return self.acknowledged_at is None and not self.alive_at(asyncio.get_running_loop().time())

    def alive_at(self, now: float) -> bool:
        """Say whether it can still be acknowledged at this time of the event loop."""
        return not self.expired and now - self.sent_at <= self.acknowledge_within

    @property
    def answered_after(self) -> float | None:
        """Seconds from the click to the first thing the person could read."""
        return None if self.answered_at is None else self.answered_at - self.sent_at

    @property
    def response_type(self) -> int | None:
        return None if self.callback is None else self.callback["type"]

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is visible to its person alone."""
        return self.original is not None and self.original.ephemeral

    @property
    def modal(self) -> dict[str, Any] | None:
        """The modal that was opened, as JSON."""
        return self.callback["data"] if self.callback and self.response_type == 9 else None

    def expire(self) -> None:
        """Make the token as useless as it is after fifteen minutes."""
        self.expired = True

    async def acknowledged(self, *, within: float = PATIENCE) -> InteractionRecord:
        """Wait for the first response, `within` in seconds."""
        await self._until(lambda: self.acknowledged_at is not None, within, "acknowledged")
        return self

    async def answered(self, *, within: float = PATIENCE) -> Message:
        """Wait until the person has something to read, and return that message; it changes with edits."""
        await self._until(lambda: self.answered_at is not None, within, "answered")
        assert self.original is not None
        return self.original

    async def answered_with(self, words: str, *, within: float = PATIENCE) -> Message:
        """Wait until the answer, or a follow-up, holds these words, and return that message."""
        found: list[Message] = []

        def said() -> bool:
            messages = [self.original, *self.followups]
            found[:] = [one for one in messages if one is not None and words in one.text]
            return bool(found)

        await self._until(said, within, f"answered with {words!r}")
        return found[0]

    async def modal_opened(self, *, within: float = PATIENCE) -> dict[str, Any]:
        await self._until(lambda: self.modal is not None, within, "given a modal")
        assert self.modal is not None
        return self.modal

    async def choices(self, *, within: float = PATIENCE) -> list[dict[str, Any]]:
        """Wait for autocomplete's suggestions: `name` and `value` each."""
        await self._until(lambda: self.callback is not None, within, "given choices")
        assert self.callback is not None
        suggestions: list[dict[str, Any]] = self.callback["data"]["choices"]
        return suggestions

    async def _until(self, done: Callable[[], object], within: float, what: str) -> None:
        await self.changes.until(done, within=within, what=lambda: f"{what}: {self!r}")

    def __repr__(self) -> str:
        shown = None if self.original is None else self.original.text
        return (
            f"<interaction of {self.user.name}: {self.data.get('name') or self.data.get('custom_id')!r},"
            f" acknowledged after {self.acknowledged_after} s with type {self.response_type},"
            f" shows {shown!r}, refused {self.refusals}>"
        )
