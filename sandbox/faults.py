"""What goes wrong on purpose: the next matching requests fail as a real network or store can."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(slots=True, kw_only=True)
class Fault:
    """One planned failure of requests whose method and path match."""

    method: str
    path: str
    """A pattern with `*`, matched against the whole path, `/v2` included."""
    status: int | None = None
    """Answer with this status and the envelope's error, before acting."""
    refuse: bool = False
    """Close the connection before acting."""
    lose_answer: bool = False
    """Act, then close the connection without an answer."""
    malformed: bool = False
    """Act, then answer with a body that is cut off in the middle."""
    data: Mapping[str, Any] | None = None
    """Act, then answer with these in the place of what the answer's data says."""
    delay: float = 0.0
    """Seconds of real time to wait before anything else."""
    times: int = 1

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in {"*", method} and fnmatchcase(path, self.path)


class Faults:
    """The planned failures, in order; each is used up by the requests that it hits."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        self._planned.append(fault)

    def clear(self) -> None:
        self._planned.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first failure planned for this request, and use it up by one."""
        for fault in self._planned:
            if fault.matches(method, path):
                fault.times -= 1
                if fault.times == 0:
                    self._planned.remove(fault)
                return fault
        return None


@dataclass(slots=True, kw_only=True)
class LoggedRequest:
    """A request as it arrived. `status` is None until it is answered, or if the answer was dropped."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    """The parsed JSON; None where there was none, or none that could be parsed."""
    request_id: str
    status: int | None = None
