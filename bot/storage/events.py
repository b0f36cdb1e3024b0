"""What happened, told inside the transaction that records it: what a handler writes, commits with it.

What a handler raises undoes the transaction. Who reacts to what stands in `bot.wiring.handlers`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:  # a transaction publishes them
    from bot.storage.transaction import Transaction


class Event:
    """Something that happened, in the field's terms. It is published as `await tx.publish(...)`."""

    __slots__ = ()


Happened = TypeVar("Happened", bound=Event)
Handler = Callable[["Transaction", Happened], Awaitable[None]]
"""Writes rows, and does no I/O beyond them."""
Publish = Callable[["Transaction", Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction(Generic[Happened]):
    """Who reacts to an event, in that order."""

    event: type[Happened]
    handlers: tuple[Handler[Happened], ...]


def on(event: type[Happened], *handlers: Handler[Happened]) -> Reaction[Any]:
    return Reaction(event, handlers)


class Events:
    def __init__(self) -> None:
        self._handlers: dict[type[Event], tuple[Handler[Any], ...]] = {}

    def handle(self, *reactions: Reaction[Any]) -> None:
        """Have these react from now on. Each event has one place in the table."""
        for reaction in reactions:
            if reaction.event in self._handlers:
                raise ValueError(f"{reaction.event.__name__} stands in the table twice")
            self._handlers[reaction.event] = reaction.handlers

    async def publish(self, tx: "Transaction", event: Event) -> None:
        """Have all react, one after the other. Raises LookupError for an event that isn't in the table."""
        handlers = self._handlers.get(type(event))
        if handlers is None:
            raise LookupError(f"{type(event).__name__} has no place in the table of handlers")
        for handler in handlers:
            await handler(tx, event)


async def nobody_reacts(_tx: "Transaction", _event: Event) -> None:
    """Where there is no table: what is published changes nothing else."""
