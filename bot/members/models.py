"""What staff see of a member, and of the server's sales."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from bot.checkout.models import Sale
from bot.checkout.states import SaleStatus
from bot.fulfilment.models import Grant, SaleFacts
from bot.invoices.models import Invoice
from bot.payments.models import SubscriptionRecord


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a member's timeline, from `at` (UTC): a sale, or the one part of it that is named."""

    at: datetime
    sale: Sale | None = None
    grant: Grant | None = None
    subscription: SubscriptionRecord | None = None
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A page of a member's timeline, newest first; `number` counts from 0. `held` are their live grants.

    `in_quarantine` are the ids of sales about whose payment staff have to decide.
    """

    member_id: int
    entries: tuple[TimelineEntry, ...]
    held: tuple[Grant, ...]
    number: int
    pages: int
    in_quarantine: AbstractSet[int] = frozenset()

    @property
    def sales(self) -> tuple[Sale, ...]:
        """What the page tells of, each sale once."""
        return tuple({each.sale.id: each.sale for each in self.entries if each.sale is not None}.values())


@dataclass(frozen=True, slots=True)
class SalesFilter:
    """Which of a server's sales are listed: those of a member, as buyer or recipient, and in a state."""

    member_id: int | None = None
    state: SaleStatus | None = None


@dataclass(frozen=True, slots=True)
class SalesPage:
    """Sales of a server, newest first. `older` names the last of them if others follow.

    `in_quarantine` is as in `MemberPage`.
    """

    sales: tuple[Sale, ...]
    wanted: SalesFilter
    older: str | None
    is_first: bool
    in_quarantine: AbstractSet[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SaleDetails:
    """All that is known of one sale."""

    facts: SaleFacts
    subscription: SubscriptionRecord | None
    invoice: Invoice | None

    @property
    def sale(self) -> Sale:
        return self.facts.sale
