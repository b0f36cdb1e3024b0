"""What a sale is made of."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from bot.catalog.availability import Line
from bot.catalog.models import ProductType
from bot.checkout.refusals import is_invoice, not_yours, purchase_unknown
from bot.checkout.states import SaleStatus, SessionState
from bot.errors import PaymentClearing
from bot.money import Money
from bot.texts import Text, code, joined, text, titled

SESSION_LIFETIME_HOURS: Final = 6
"""How long the store keeps a checkout session payable; source: Pandabase's checkout OpenAPI file."""
LONGEST_SESSION_ID: Final = 64
"""Characters of a `cs_…` that the database holds; the store's have 19."""
LONGEST_GIFT_NOTE: Final = 200
"""Characters."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """The Discord user who pays."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in Discord the purchase began."""

    guild_id: int
    guild_name: str
    channel_id: int


@dataclass(frozen=True, slots=True)
class CustomLine:
    """Something that staff charge for, by a name and a price of their own; `unit_amount` is cents."""

    title: str
    unit_amount: int
    quantity: int
    currency: str
    # What lines from the catalog have besides, so that both are read alike.
    product_id: ClassVar[None] = None
    variant_id: ClassVar[None] = None
    billing_interval: ClassVar[None] = None
    trial_days: ClassVar[int] = 0
    minimum: ClassVar[int] = 0
    product_type: ClassVar[None] = None
    is_subscription: ClassVar[bool] = False

    @property
    def amount(self) -> int:
        """Cents for all units, before coupon and tax."""
        return self.unit_amount * self.quantity


AnyLine = Line | CustomLine


@dataclass(frozen=True, slots=True)
class Charge:
    """That a basket is what an invoice asks for. Title and description stand on the payment page."""

    number: int
    issuer_id: int
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be bought. All lines share a currency. `gift_to` gets it, where that isn't the buyer.

    `gift_note` is what the buyer writes to them. Only an invoice (`charge`) has custom lines. What comes
    `from_cart` leaves the buyer's cart once it has a link.
    """

    lines: tuple[AnyLine, ...]
    coupon: str | None = None
    gift_to: int | None = None
    charge: Charge | None = None
    gift_note: str | None = None
    from_cart: bool = False

    @property
    def currency(self) -> str:
        return self.lines[0].currency

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(line.title for line in self.lines)

    @property
    def subtotal(self) -> Money | None:
        """The sum of the lines before coupon and tax; None where the payer picks the price."""
        amounts = [line.amount for line in self.lines]
        if None in amounts:
            return None
        return Money(sum(amount for amount in amounts if amount is not None), self.currency)

    @property
    def has_download(self) -> bool:
        """Whether the store emails a file of it to whoever pays."""
        return any(line.product_type is ProductType.DIGITAL_DOWNLOAD for line in self.lines)

    @property
    def fingerprint(self) -> str:
        """The same for the same things, whatever they cost today: what the claim is on."""
        if self.charge is not None:
            return hashlib.sha256(json.dumps(["invoice", self.charge.number]).encode()).hexdigest()
        bought = sorted([line.product_id or "", line.variant_id or "", line.quantity] for line in self.lines)
        terms = [bought, self.coupon] if self.gift_to is None else [bought, self.coupon, self.gift_to]
        return hashlib.sha256(json.dumps(terms).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class UnconfirmedPurchase:
    """What a member wants to buy though somebody has it already, as they were asked about it (UTC)."""

    reference: str
    buyer_id: int
    guild_id: int
    channel_id: int
    basket: Basket
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A checkout session as we know it. `url` is secret: it goes to the buyer and nowhere else.

    `tax` and `total` (cents) are of who pays from where the buyer said they do; None where they didn't.
    """

    id: int
    state: SessionState
    created_at: datetime
    session_id: str | None = None
    url: str | None = None
    amount: int | None = None
    discount: int | None = None
    expires_at: datetime | None = None
    tax: int | None = None
    total: int | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the store's answer to our own call told of it: nobody else can have made it then."""
        return self.url is not None


@dataclass(frozen=True, slots=True)
class FreeOfCharge:
    """That a sale cost nothing. `by` gave it; None where the member took what is free.

    What it earns lasts for `days`; None: as its benefits say. `reason` is in the words of who gave it.
    """

    by: int | None
    days: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale with its newest session. `given` says that nobody paid for it."""

    id: int
    reference: str
    buyer_id: int
    guild_id: int
    channel_id: int
    basket: Basket
    status: SaleStatus
    session: Session
    given: FreeOfCharge | None = None

    @property
    def name(self) -> Text:
        """What staff call it, in the middle of a sentence."""
        charge = self.basket.charge
        if charge is None:
            return text("purchase {reference}", reference=code(self.reference))
        return text("invoice #{number}", number=charge.number)

    @property
    def title(self) -> Text:
        """The same where a sentence begins."""
        charge = self.basket.charge
        if charge is None:
            return text("Purchase {reference}", reference=code(self.reference))
        return text("Invoice #{number}", number=charge.number)

    @property
    def summary(self) -> Text:
        """What was sold and for how much, before tax, where staff are told of it by its number."""
        items = joined(", ", (text("**{title}**", title=titled(each)) for each in self.basket.titles[:3]))
        amount = self.basket.subtotal if self.given is None else None
        return items if amount is None else text("{items} · {amount}", items=items, amount=amount)

    @property
    def recipient_id(self) -> int:
        """The user who gets what is bought."""
        return self.basket.gift_to or self.buyer_id

    @property
    def link(self) -> str | None:
        """The page to pay at, while it can be paid."""
        return self.session.url if self.session.state is SessionState.OPEN else None


# --- whose a sale is, and whether its buyer may have another link or give one up ----------------------


def owned(sale: Sale | None, buyer_id: int) -> Sale:
    """The buyer's own sale. Raises purchase_unknown and not_yours."""
    if sale is None:
        raise purchase_unknown()
    if sale.buyer_id != buyer_id:
        raise not_yours()
    return sale


def own_purchase(sale: Sale | None, buyer_id: int) -> Sale:
    """One whose links are the buyer's to ask for and to give up.

    Raises is_invoice, PaymentClearing, and what `owned` does.
    """
    sale = owned(sale, buyer_id)
    if sale.basket.charge is not None:
        raise is_invoice()
    if sale.status is SaleStatus.CLEARING:
        raise PaymentClearing
    return sale
