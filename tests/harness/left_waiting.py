"""Those who wait for an answer when their process is killed."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.discord.interactions import TOKEN_LIFETIME
from bot.jobs.models import Reply
from bot.jobs.waiting import Asked, Waiting, WaitingAnswers

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOKEN = "aW50ZXJhY3Rpb24" * 20
"""Longer than those that Discord gives today."""
RETRY = "b" * 100
"""As long as a custom_id may be."""


def somebody(token: str = TOKEN) -> Waiting:
    reply = Reply(1_234_567_890_123_456_789, token, 1_234_567_890_123_456_789, NOW + TOKEN_LIFETIME)
    return Waiting(reply, Asked.CHANGE, RETRY)


def killed(path: Path, *waiting: Waiting) -> None:
    """A process that noted them, and came to no end."""
    with suppress(KeyboardInterrupt), WaitingAnswers.open(path) as notes:
        for each in waiting:
            notes.note(each)
        raise KeyboardInterrupt
