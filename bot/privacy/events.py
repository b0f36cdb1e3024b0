"""What members have deleted of themselves."""

from dataclasses import dataclass

from bot.storage.events import Event


@dataclass(frozen=True, slots=True)
class MemberForgotten(Event):
    """The member wants everything gone that isn't needed to honour a sale, in whichever server.

    Whoever keeps something of members drops it here, in the same transaction.
    """

    user_id: int
