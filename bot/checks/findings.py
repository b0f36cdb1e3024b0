"""What `bamboo check` says: one finding for each thing that was looked at."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum


class CheckStatus(Enum):
    FINE = "ok"
    WARNING = "warning"
    """Bamboo runs, and something won't work as it should."""
    ERROR = "error"
    """Members would notice, or it won't start."""

    @property
    def mark(self) -> str:
        return {"ok": "✓", "warning": "!", "error": "✗"}[self.value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer. `mend` says what to do; empty where there is nothing to do."""

    about: str
    status: CheckStatus
    sentence: str
    mend: str = ""


Findings = AsyncIterator[Finding]


def fine(about: str, sentence: str) -> Finding:
    return Finding(about, CheckStatus.FINE, sentence)


def warning(about: str, sentence: str, mend: str) -> Finding:
    return Finding(about, CheckStatus.WARNING, sentence, mend)


def failure(about: str, sentence: str, mend: str) -> Finding:
    return Finding(about, CheckStatus.ERROR, sentence, mend)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: tuple[str, ...] | list[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
