"""What has to be done at Discord, as rows: written with the change that causes it, carried out afterwards."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final

from bot.storage.transaction import Transaction
from bot.texts import Text

RETRY_AFTER: Final = (
    timedelta(0),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""How long to wait before each attempt; after the last one the job is given up."""
OUTDATED: Final = "outdated"
"""What a live message shows in which something has changed since, but not how its sale stands."""
TO_BE_REPLACED: Final = "replaced"
"""What a live message shows of which a newer one is to be sent."""
LEASE: Final = timedelta(seconds=60)
"""How long one attempt may take before another process believes that its process died."""
SHOWS_WHAT_COMES: Final = timedelta(seconds=3)
"""How long the messages that show a sale wait for what is just being given: one edit then shows all of it."""
ATTEMPT: Final = timedelta(seconds=55)
"""After which an attempt is broken off: one that hangs neither holds up the rest nor outlives its lease."""


def patience(at_once: int) -> float:
    """Seconds for each of so many, one after the other, to end within the lease of all."""
    return LEASE.total_seconds() / (at_once + 1)


class Lane(StrEnum):
    """Jobs of one lane hold up none of another."""

    PEOPLE = "people"
    """What members and the sales log are to see: several at once, those first for whom somebody waits."""
    NOTES = "notes"
    """Notes to staff, and welcomes to servers, one after the other."""
    AUDIT = "audit"
    """The audit's lines in the staff's log channel, in the order in which things happened."""

    @property
    def is_in_order(self) -> bool:
        return self is not Lane.PEOPLE


class Priority(IntEnum):
    """Which of a lane's due jobs come first: the lowest."""

    LINK = 0
    USUAL = 1
    EDIT = 2
    """It shows what the others came to."""
    BULK = 3
    """One of many that nobody waits for."""


class JobKind(StrEnum):
    """What the bot itself plans. Kinds are text: a fulfilment step may come with one of its own."""

    LINK = "link"
    """Bring a session's link to its buyer; the key is the session's row."""
    MESSAGE = "message"
    """Have a sale's live message show what is true now; the key is the sale."""
    ROLE = "role"
    """Give or take a role; the key is the grant."""
    REPLACED_ROLE = "replaced_role"
    """Take the role that another replaces, once that is given; the key is the grant."""
    CHANNEL_WELCOME = "channel_welcome"
    """Post a benefit's message in its channel; the key is the order's row, and the benefit's."""
    RECEIPT = "receipt"
    """Tell by DM what a payment earned; the key is the order's row."""
    MOVED = "moved"
    """Have what an account was sent of a purchase say that it was moved; the key is the message, or job."""
    KEYS = "keys"
    """Keys and downloads that wait for their Reveal button; the key is the order's row."""
    NOTICE = "notice"
    """Tell the people of a sale what happened to it; the key is the matter, and of which row."""
    LOG = "log"
    """Have the staff's message about a sale show what is true now; the key is the sale."""
    REMINDER = "reminder"
    """Remind an invoice's payer; the key is the sale, and of what."""
    ISSUER = "issuer"
    """Tell who made an invoice how it ended; the key is the sale, and how."""
    STAFF_NOTE = "staff_note"
    """Post a note to staff; the key is the matter, and the server."""
    WELCOME = "welcome"
    """Say in a server that the bot has joined what to do first; the key is the server, and when."""
    AUDIT_LINE = "audit_line"
    """Have a line about an entry of the audit; the key is the entry."""
    SUPPORT = "support"
    """Have a member's problem with a purchase looked after in a thread; the key is the case."""
    ALERT = "alert"
    """Tell a member that what they wait for is so; the key is their wish."""
    PANEL = "panel"
    """Have a panel's message show what is true now, or go; the key is the panel."""


_LANES: Final[Mapping[str, Lane]] = {
    JobKind.STAFF_NOTE: Lane.NOTES,
    JobKind.WELCOME: Lane.NOTES,
    JobKind.AUDIT_LINE: Lane.AUDIT,
}
_PRIORITIES: Final[Mapping[str, Priority]] = {
    JobKind.LINK: Priority.LINK,
    JobKind.LOG: Priority.EDIT,
    JobKind.MESSAGE: Priority.EDIT,
}


def lane_of(kind: str) -> Lane:
    return _LANES.get(kind, Lane.PEOPLE)


def priority_of(kind: str) -> Priority:
    """Of one that isn't planned in bulk."""
    return _PRIORITIES.get(kind, Priority.USUAL)


class Outcome(StrEnum):
    """How a job ended."""

    DIRECT_MESSAGE = "dm"
    REPLY = "reply"
    """The DM didn't arrive; the private answer carries it."""
    UNKNOWN = "unknown"
    """Nobody knows yet whether it arrived; it is looked for, and sent if it isn't there."""
    UNDELIVERED = "undelivered"
    """Neither way was open; the person finds it when they ask again."""
    NOTED = "noted"
    """It could not be delivered; staff have a note of it instead."""
    COLLECTED = "collected"
    """It could not be delivered, and the person has been shown it since."""
    POSTED = "posted"
    """It is in its channel."""
    GIVEN = "given"
    TAKEN = "taken"
    KEPT = "kept"
    """A role that its member had before, and so keeps."""
    ABSENT = "absent"
    """The member has left: they get it when they come back."""
    READY = "ready"
    REVEALED = "revealed"
    UPDATED = "updated"
    WAITING = "waiting"
    """Nothing can be done until somebody changes something, such as naming a channel."""
    GONE = "gone"
    """What was to be changed is no longer there, or no longer matters."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A private answer that Discord still lets us edit. The token is as good as the interaction itself.

    `in_dm` says that its reader is in the direct messages already.
    """

    application_id: int
    token: str
    message_id: int
    until: datetime
    in_dm: bool = False
    locale: str | None = None
    """Of the language that whoever asked reads."""

    def __repr__(self) -> str:
        return f"Reply(until={self.until})"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is to be planned. There is one for each kind and key."""

    kind: str
    key: str
    sale_id: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be carried out now, by whoever leased it until `lease`. Times are UTC.

    `payload` is what its handler needs besides the rows that the key names. `bulk` says that it is one of
    many that nobody waits for.
    """

    id: int
    lane: Lane
    kind: str
    key: str
    sale: int | None
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int
    lease: datetime
    reply: Reply | None
    bulk: bool = False

    @property
    def sale_id(self) -> int:
        """The sale that it is of. Raises LookupError for a job that is of none."""
        if self.sale is None:
            raise LookupError(f"the sale of {self.kind} {self.key}")
        return self.sale

    @property
    def topic(self) -> str:
        """What is told of the sale: the second part of the keys of reminders and of messages to issuers."""
        return self.key.partition(":")[2]

    @property
    def may_have_happened(self) -> bool:
        """Whether an earlier attempt ended without anybody knowing how."""
        return self.attempts > 1


class StaysUnknown(Exception):
    """The last attempt ended, as those before it, without anybody knowing how."""


class NeedsStaff(Exception):
    """A step that can't succeed until somebody changes something; `what` says so, for staff."""

    def __init__(self, what: Text) -> None:
        super().__init__(str(what))
        self.what = what


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """A message that is edited as its sale goes on."""

    channel_id: int
    message_id: int
    shows: str


@dataclass(frozen=True, slots=True)
class JobRecord:
    """How a sale's job stands: done at `done_at`, to be tried at `next_attempt`, or given up. Times are UTC.

    `reference` is the name in custom_ids of one that was given up.
    """

    id: int
    sale_id: int
    kind: str
    key: str
    created_at: datetime
    outcome: Outcome | None
    next_attempt: datetime | None
    done_at: datetime | None
    reference: str | None = None

    @property
    def is_undelivered(self) -> bool:
        return self.outcome is Outcome.UNDELIVERED

    @property
    def is_given_up(self) -> bool:
        waits_for_nobody = self.done_at is None and self.next_attempt is None
        return waits_for_nobody and self.outcome not in (Outcome.READY, Outcome.COLLECTED)


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What keeps the bot from sending, whoever it is for: `text` tells staff what it is and what to do.

    The same `key` is the same matter.
    """

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt came to, recorded in one transaction."""

    outcome: Outcome
    message: LiveMessage | None = None
    refresh: bool = False
    """The messages that show the sale have to show this too."""
    retry: bool = False
    """Try again later all the same: the outcome is good enough for now, or not known."""
    answered: bool = True
    """Whether nobody waits for an answer any more."""
    hindrance: Hindrance | None = None
    """What stood in the way, where that is for staff to mend."""
    payload: Mapping[str, Any] | None = None
    """What the next attempt has to know."""
    write: Callable[[Transaction], Awaitable[None]] | None = field(default=None, repr=False, compare=False)
    """Writes what else is so by then, in that transaction; it may be called more than once."""

    @property
    def is_the_end(self) -> bool:
        return not self.retry and self.outcome is not Outcome.WAITING
