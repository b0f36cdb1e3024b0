"""The step that puts keys and downloads behind a button, for the one who gets them."""

from collections.abc import Sequence
from typing import Final

from bot.catalog.models import ProductType
from bot.checkout.models import Sale
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import Audience
from bot.fulfilment.steps.base import Earnings, FulfilmentStep
from bot.jobs.models import Job, JobKind, JobRecord, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.payments.events import OrderChanged
from bot.storage.transaction import Transaction
from bot.texts import template, text

WITH_KEYS: Final = frozenset(
    {
        ProductType.LICENSE_KEY,
        ProductType.SERIAL,
        # A sale that was written because of its order, of a product that the catalog no longer knows:
        # better a Reveal button too many than keys that nobody finds.
        ProductType.UNKNOWN,
    }
)
"""Kinds of products that hand out keys, or may."""
_RECEIPT_WAS_SEEN: Final = frozenset({Outcome.DIRECT_MESSAGE, Outcome.COLLECTED})


class RevealedContents(FulfilmentStep):
    """It is never due: its reader opens it, by the button below the receipt."""

    kind = JobKind.KEYS
    audience = Audience.RECIPIENT
    log_label = text("Keys and downloads")
    failure = template("We couldn't add the key button for {sale}.")

    @classmethod
    def is_delivered(cls, job: JobRecord, jobs: Sequence[JobRecord]) -> bool:
        """Whether they were opened, or their button has reached the one who may open them."""
        return job.outcome is Outcome.REVEALED or any(
            other.kind == JobKind.RECEIPT and other.key == job.key and other.outcome in _RECEIPT_WAS_SEEN
            for other in jobs
        )

    async def order_changed(self, tx: Transaction, event: OrderChanged, earned: Earnings | None) -> None:
        if earned is not None and sold_keys(event.sale):
            await JobRepository(tx).ready(event.sale.id, str(event.order.id), event.at)

    async def grant(self, _job: Job, _facts: SaleFacts) -> Result:
        return Result(Outcome.READY)

    async def revoke(self, _job: Job, _facts: SaleFacts) -> Result:
        """Whoever presses the button is told that it isn't theirs any more."""
        return Result(Outcome.GONE)


def sold_keys(sale: Sale) -> int:
    """How many keys the sale's lines hand out, or may, by the kinds of what is sold."""
    lines = sale.basket.lines
    return sum(each.quantity for each in lines if each.product_id and each.product_type in WITH_KEYS)
