"""The right to make a checkout session: who has it, and what limits it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.draft import CheckoutDraft, CheckoutPage
from bot.checkout.models import Basket, Sale
from bot.checkout.refusals import too_many_links
from bot.checkout.states import SessionState
from bot.errors import TooManyPurchases
from bot.jobs.models import Job

MINUTE: Final = timedelta(minutes=1)
"""In which somebody may ask for so many links."""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What decides whether somebody may have another link.

    `present` is their sale of just these things that is open, maybe overdue, or whose payment clears.
    `open_links` counts their live ones, of which `first_end` (UTC) is the first to end; None while all are
    being made. `paced_by` (UTC) is when the link was asked for that fills the last minute; None if none does.
    `sealed` is what they gave for the bill.
    """

    present: int | None
    open_links: int
    first_end: datetime | None
    paced_by: datetime | None
    sealed: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """`open_links` is of one member in one server at a time; `per_minute` is how many they may ask for."""

    open_links: int
    per_minute: int

    def require(self, facts: ClaimFacts, basket: Basket) -> None:
        """Raises too_many_links and TooManyPurchases."""
        # How many invoices somebody gets is up to staff; how often one is opened isn't.
        if basket.charge is None and facts.open_links >= self.open_links:
            raise too_many_links(facts.open_links, facts.first_end)
        if facts.paced_by is not None:
            raise TooManyPurchases(facts.paced_by + MINUTE)


class ClaimTaken(Exception):
    """Another process has written the same claim since this one looked, where writers don't take turns."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A session to be made, until `lease` (UTC), of a sale as it was when it was claimed.

    `link` will have to bring it, where that is known without asking. `is_first` says that the sale is new:
    nothing shows it yet. `sealed` is what its buyer gave for the bill.
    """

    sale: Sale
    session_id: int
    lease: datetime
    draft: CheckoutDraft
    link: Job | None = None
    is_first: bool = False
    sealed: str | None = field(default=None, repr=False)

    def opened(self, made: CheckoutPage) -> Sale:
        """The sale as it is once its session is what the store has made."""
        session = replace(
            self.sale.session,
            id=self.session_id,
            state=SessionState.OPEN,
            session_id=made.session_id,
            url=made.url,
            amount=made.amount,
            discount=made.discount,
            expires_at=made.expires_at,
            tax=made.tax if made.is_taxed else None,
            total=made.total if made.is_taxed else None,
        )
        return replace(self.sale, session=session)
