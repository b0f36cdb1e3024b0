"""The one tree of errors: a class for what is caught by name, or for a family.

Every error carries a `sentence` that is safe to show to the person it concerns: it says what is the
matter and what to do, in whatever language they read. What is only told is a `Refusal` with a code. A
noun's own refusals, of both sorts, stand in its `refusals.py`. Whatever else is raised is a bug, and
people are told only that something broke.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import ClassVar

from bot.money import Money
from bot.texts import Template, Text, as_text, markdown, moment, text


class BambooError(Exception):
    """Base of all; `str(error)` is for the log, `sentence` for people.

    A sentence given as str is for the owner at the command line: it is English, and shown as it is.
    """

    code = ""
    sentence: Text = text("Something went wrong on our side. You haven't been charged; try again.")

    def __init__(self, sentence: Text | str | None = None) -> None:
        if sentence is not None:
            self.sentence = markdown(sentence) if isinstance(sentence, str) else sentence
        super().__init__(str(self.sentence))


class Refusal(BambooError):
    """The request was understood and can't be granted: nothing is broken, nothing goes to the log.

    `code` tells apart those that nobody catches by name.
    """

    def __init__(self, code: str = "", sentence: Text | None = None) -> None:
        super().__init__(sentence)
        self.code = code or self.code


class Mistyped(Refusal):
    """Something in a form can't be taken: the form is offered again, filled in as it was."""


# --- configuration and storage: these end the process before it serves anyone -------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration. `found` is already masked where it is a secret."""

    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.key}: found {self.found}; expected {self.expected}"


class ConfigurationError(BambooError):
    """The settings can't be used; holds every problem, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class DatabaseError(BambooError):
    """The database can't be opened. It was left as it was."""


class DatabaseLocked(DatabaseError):
    pass


class DatabaseReadOnly(DatabaseError):
    pass


class DatabaseTooNew(DatabaseError):
    pass


class DatabaseCorrupt(DatabaseError):
    pass


class DatabaseAway(BambooError):
    """The database can't be used at the moment: nothing was written, and the log says so once a minute."""

    sentence = text("We can't do this right now: the database is unavailable. Try again in a minute.")


class DatabaseBusy(DatabaseAway):
    sentence = text(
        "We can't do this right now: another program keeps the database locked. Try again in a minute; "
        "if it keeps happening, contact staff."
    )


class DatabaseFull(DatabaseAway):
    sentence = text(
        "We can't do this right now: the disk is full. Contact staff, and try again once there is room."
    )


class InboxClosed(BambooError):
    """What the store sent can't be kept at the moment: it is to send it again."""

    sentence = text("We couldn't save this. Try again.")


# --- what the Pandabase API answers -------------------------------------------------------------------


class PandabaseError(BambooError):
    """A call to the store failed. `request_id` is the store's X-Request-ID, for its support."""

    sentence = text("The store isn't answering. You haven't been charged; try again in a few minutes.")

    def __init__(
        self, said: Text | str | None = None, *, request_id: str | None = None, detail: str = ""
    ) -> None:
        """`said` as str is the store's own words."""
        super().__init__(as_text(said) if said is not None else None)
        self.request_id = request_id
        self.detail = detail

    def __str__(self) -> str:
        said = f"{type(self).__name__}: {self.detail or str(self.sentence)}"
        return f"{said} (request {self.request_id})" if self.request_id else said


class Rejected(PandabaseError):
    """The store refused the request (400, 409, 422); `sentence` is the store's own, meant for people."""


class NotFound(PandabaseError):
    """The store doesn't know what was asked for (404)."""


class RateLimited(PandabaseError):
    """The store wants fewer requests (429). `retry_at` (UTC) is when it takes the next one, if it said so."""

    sentence = text("The store is very busy right now. You haven't been charged; try again in a minute.")

    def __init__(
        self, *, retry_at: datetime | None = None, request_id: str | None = None, detail: str = ""
    ) -> None:
        super().__init__(request_id=request_id, detail=detail)
        self.retry_at = retry_at


class Unauthorized(PandabaseError):
    """The token is wrong or lacks a scope (401, 403): the owner has to change the settings."""

    sentence = text("The shop isn't set up correctly. You haven't been charged. Contact staff.")

    def lacking(self, scope: str) -> str:
        """What the log says of it where the scope is what was needed."""
        return f"pandabase.api_token needs the scope {scope}: {self}"


class Unavailable(PandabaseError):
    """The store could not be reached, or answered 5xx.

    `sent` says whether the request may have arrived: an unsafe call may then have had an effect.
    """

    def __init__(
        self,
        said: Text | str | None = None,
        *,
        sent: bool = False,
        request_id: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(said, request_id=request_id, detail=detail)
        self.sent = sent


class UnreadableAnswer(PandabaseError):
    """The store answered with something that isn't what its documentation promises."""

    sentence = text("The store sent an answer we can't read. You haven't been charged. Contact staff.")


class StoreTrouble(Enum):
    """What kept the store from doing, or from showing, what it was asked for."""

    NOT_ALLOWED = auto()
    """Its token may not."""
    BUSY = auto()
    AWAY = auto()
    """Nothing has happened."""
    UNCONFIRMED = auto()
    """It may have happened."""
    UNREADABLE = auto()
    """Its answer, to a question that changes nothing."""

    @classmethod
    def of(cls, error: PandabaseError | None, *, changing: bool) -> "StoreTrouble":
        """`changing` says that the store was to change something; without an error, it doesn't show that."""
        match error:
            case Unauthorized():
                return cls.NOT_ALLOWED
            case RateLimited():
                return cls.BUSY
            case Unavailable(sent=sent) if not (sent and changing):
                return cls.AWAY
        return cls.UNCONFIRMED if changing else cls.UNREADABLE


class StoreFailed(BambooError):
    """The store could not be asked for something, or its answer is missing: it may have happened then.

    A noun's own has its `sentences`, for the trouble that it meets; `{scope}` is what its token needs.
    """

    sentences: ClassVar[Mapping[StoreTrouble, Template]]

    def __init__(self, error: PandabaseError | None, scope: str = "", *, changing: bool = True) -> None:
        said = self.sentences[StoreTrouble.of(error, changing=changing)]
        super().__init__(said.text(scope=markdown(scope)))
        self._detail = str(error or "the store's answer doesn't show the change")
        if isinstance(error, Unauthorized):
            self._detail = error.lacking(scope)

    def __str__(self) -> str:
        return f"{self.sentence!s} ({self._detail})"


# --- purchases: those that somebody catches -----------------------------------------------------------


class LinkBeingMade(Refusal):
    sentence = text("Your payment link is on its way. You'll find it in /purchases in a moment.")


class LinkNotMade(Refusal):
    """Whoever was making the link that the member waited for could not make it, and told why elsewhere."""

    sentence = text("We couldn't create your payment link. You haven't been charged; try again.")


class TooManyPurchases(Refusal):
    """The member asked for links too quickly; `again_at` (UTC) is when the next one may be asked for."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(
            sentence=text(
                "That's a lot of purchases in one minute. Try again {when}.",
                when=moment(again_at, "R"),
            )
        )


class AlreadyPaid(Refusal):
    sentence = text("This is already paid. There's nothing left to pay.")


class PaymentClearing(Refusal):
    sentence = text(
        "Your payment is on its way; some banks take a few days. "
        "We'll message you when it arrives, so don't pay again."
    )


class PriceChanged(Refusal):
    """The price is no longer what the member saw; with their consent the sale `reference` can go on.

    `titles` are of what is bought, as the store writes them; `without_coupon`: they have agreed to go on
    without theirs.
    """

    sentence = text("The price has changed.")

    def __init__(
        self, reference: str, titles: Sequence[str], old: Money, new: Money, *, without_coupon: bool = False
    ) -> None:
        super().__init__()
        self.reference = reference
        self.titles = tuple(titles)
        self.without_coupon = without_coupon
        self.old = old
        self.new = new


class CouponRefused(Refusal):
    """The store didn't take the coupon, and `said` why. The sale `reference` can go on without.

    `titles` are of what is bought, as the store writes them.
    """

    def __init__(self, reference: str, titles: Sequence[str], coupon: str, said: Text | str) -> None:
        super().__init__(sentence=as_text(said))
        self.reference = reference
        self.titles = tuple(titles)
        self.coupon = coupon


class AlreadyHeld(Refusal):
    """Who would get it has it already; `sentence` says what of it, and the buyer hasn't been charged.

    `may_buy` says that buying it once more makes sense for whoever wants that.
    """

    def __init__(self, sentence: Text, *, may_buy: bool) -> None:
        super().__init__(sentence=sentence)
        self.may_buy = may_buy


class CantBeDelivered(Refusal):
    """What is bought earns something that can't be given. Refused before anybody is charged.

    `reason` is for staff: what stands in the way, and what to do.
    """

    sentence = text(
        "We can't deliver this to you right now. You haven't been charged. "
        "Try again later; if it keeps happening, contact staff."
    )

    def __init__(self, sentence: Text | None = None, *, reason: Text | None = None) -> None:
        super().__init__(sentence=sentence)
        self.reason = reason


class NotHere(CantBeDelivered):
    """Who would get it isn't in the server."""

    def __init__(self, *, gift: bool) -> None:
        super().__init__(
            text(
                "The person this gift is for isn't in the server, so it can't be delivered. "
                "You haven't been charged. Ask them to join first."
            )
            if gift
            else text(
                "You aren't in the server, so this can't be delivered. You haven't been charged. Join first."
            )
        )


# --- who is asking, and where -------------------------------------------------------------------------


class NotServed(Refusal):
    sentence = text("This shop isn't open in this server.")


class NotStaff(Refusal):
    sentence = text("Only staff can do this: members with Manage Server or a staff role.")
