"""The registry of what can be done: a handler for each kind of job."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.jobs.models import Job, NeedsStaff, Result, StaysUnknown
from bot.storage.transaction import Transaction
from bot.texts import Template, Text, joined, mention, text

if TYPE_CHECKING:  # a sale is handed through to the texts of its jobs
    from bot.checkout.models import Sale

_AGAIN_AND_AGAIN: Final = text("It kept failing; the bot's log says why.")
_NOT_KNOWN: Final = text(
    "Discord kept failing, so we don't know whether it arrived. Retry checks before sending it again."
)

CarryOut = Callable[[Job], Awaitable[Result]]
Failure = Callable[[Transaction, Job, "Sale", Exception], Awaitable[Text]]
"""What staff read of a job of a sale that was given up because of the error."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How jobs of a kind are carried out, and what is said when one is given up.

    Without `failure` nobody is told: a payment link is its buyer's to ask for again. What `is_patient` is
    never given up, as it is itself what would tell staff: it is tried every twelve hours in the end.
    """

    carry_out: CarryOut
    failure: Failure | None = None
    is_patient: bool = False


Handlers = Mapping[str, Handler]
"""By the kinds of jobs."""


async def _not_known(job: Job) -> Result:
    raise LookupError(f"This version knows no jobs of the kind {job.kind}")


UNKNOWN: Final = Handler(_not_known)
"""For jobs that a newer version wrote, or one with a step that is gone: they are given up in the end."""


def saying(what: Template) -> Failure:
    """Says the same of each, with `{sale}`, `{buyer}` and `{recipient}` filled in."""

    async def failure(_tx: Transaction, _job: Job, sale: "Sale", error: Exception) -> Text:
        return failure_text(what, sale, error)

    return failure


def failure_text(what: Template, sale: "Sale", error: Exception, advice: Text | None = None) -> Text:
    """What failed, why as far as staff can do something about it, and what."""
    failed = what.text(sale=sale.name, buyer=mention(sale.buyer_id), recipient=mention(sale.recipient_id))
    match error:
        case NeedsStaff():
            why = error.what
        case StaysUnknown():
            why = _NOT_KNOWN
        case _:
            why = _AGAIN_AND_AGAIN
    return joined(" ", (failed, why, advice))
