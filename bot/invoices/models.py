"""What an invoice is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.checkout.models import AnyLine, Basket, Buyer, Charge, Origin
from bot.invoices.states import PAYABLE, InvoiceState
from bot.money import Money

MOST_LINES: Final = 10
"""Source: the items of one checkout in Pandabase's checkout OpenAPI file."""
LONGEST_ITEM: Final = 255
"""Characters; same source, as are the next three."""
LONGEST_TITLE: Final = 128
LONGEST_DESCRIPTION: Final = 500
LONGEST_COUPON: Final = 64
LONGEST_NOTE: Final = 500
"""All of it stands in the member's message, with ten lines and a description."""
LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Discord, by the name that the server knew them by."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """A charge by a staff member. Times are aware UTC; `number` is None while it is a draft."""

    id: int
    reference: str
    number: int | None
    guild_id: int
    guild_name: str
    channel_id: int
    issuer: Person
    payer: Person
    lines: tuple[AnyLine, ...]
    currency: str
    state: InvoiceState
    created_at: datetime
    coupon: str | None = None
    title: str | None = None
    description: str | None = None
    note: str | None = None
    due_at: datetime | None = None
    approver_id: int | None = None
    reason: str | None = None
    sale_id: int | None = None
    submitted_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def subtotal(self) -> Money:
        """The sum of the lines, before coupon and tax."""
        return Money(sum(line.amount or 0 for line in self.lines), self.currency)

    @property
    def is_payable(self) -> bool:
        return self.state in PAYABLE

    @property
    def is_subscription(self) -> bool:
        return any(line.is_subscription for line in self.lines)

    @property
    def heading(self) -> str:
        """What stands above it and on the payment page, unless staff wrote something else."""
        if self.title:
            return self.title
        return f"Invoice #{self.shown_number} · {self.guild_name}"[:LONGEST_TITLE]

    @property
    def shown_number(self) -> str:
        """Its number; a draft gets one when it is sent."""
        return "…" if self.number is None else str(self.number)

    @property
    def basket(self) -> Basket:
        """What its payment links are for. Raises ValueError for a draft without a number."""
        if self.number is None:
            raise ValueError("a draft has nothing to be paid")
        charge = Charge(self.number, self.issuer.id, self.heading, self.description)
        return Basket(self.lines, self.coupon, charge=charge)

    @property
    def origin(self) -> Origin:
        return Origin(self.guild_id, self.guild_name, self.channel_id)

    def buyer(self, username: str | None = None) -> Buyer:
        return Buyer(self.payer.id, username or self.payer.name, self.payer.name)


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """`number` counts from 0."""

    invoices: tuple[Invoice, ...]
    number: int
    pages: int
    total: int
