"""Sales and sessions as rows, and back."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from bot.catalog.availability import Line
from bot.checkout.models import (
    AnyLine,
    Basket,
    Buyer,
    Charge,
    CustomLine,
    FreeOfCharge,
    Origin,
    Sale,
    Session,
)
from bot.checkout.states import SaleKind, SaleStatus, SessionState
from bot.storage.values import Row, document, instant, instant_or_none

# A line from the catalog has more than a custom one, so it is tried first.
_LINES: Final = TypeAdapter(tuple[Annotated[Line | CustomLine, Field(union_mode="left_to_right")], ...])

SALE: Final = """
    sales.id, sales.reference, sales.buyer_id, sales.recipient_id, sales.guild_id, sales.channel_id,
    sales.lines, sales.coupon, sales.gift_note, sales.invoice_number, sales.issuer_id, sales.status,
    sales.from_cart, sales.kind, sales.given_days, sales.given_reason,
    sessions.id AS session_row, sessions.state, sessions.created_at, sessions.session_id, sessions.url,
    sessions.amount, sessions.discount, sessions.tax, sessions.total, sessions.expires_at
"""
"""What `sale_of` reads, of a sale joined with one of its sessions."""
NEWEST: Final = """
    sessions.id = (SELECT max(newest.id) FROM sessions AS newest WHERE newest.sale_id = sales.id)
"""
SESSION: Final = (
    "id AS session_row, state, created_at, session_id, url, amount, discount, tax, total, expires_at"
)
"""What `session_of` reads."""


def lines_document(lines: tuple[AnyLine, ...]) -> str:
    """What is bought as the JSON text that is kept."""
    return document(_LINES.dump_python(lines, mode="json"))


def lines_of(kept: str) -> tuple[AnyLine, ...]:
    return _LINES.validate_json(kept)


def contents(basket: Basket) -> dict[str, Any]:
    """A sale's columns that follow from what is bought."""
    subtotal = basket.subtotal
    return {
        "lines": lines_document(basket.lines),
        "fingerprint": basket.fingerprint,
        "currency": basket.currency,
        "subtotal": subtotal.amount if subtotal else None,
        "coupon": basket.coupon,
        "status": SaleStatus.OPEN,
    }


def new_sale(
    reference: str, buyer: Buyer, origin: Origin, basket: Basket, *, kind: SaleKind, now: datetime
) -> dict[str, Any]:
    """A new sale's columns."""
    return {
        "reference": reference,
        "kind": kind,
        "guild_id": origin.guild_id,
        "channel_id": origin.channel_id,
        "buyer_id": buyer.id,
        "recipient_id": basket.gift_to or buyer.id,
        "issuer_id": basket.charge.issuer_id if basket.charge else None,
        "invoice_number": basket.charge.number if basket.charge else None,
        "gift_note": basket.gift_note,
        "created_at": now,
        "from_cart": basket.from_cart,
        **contents(basket),
    }


def sale_of(row: Row) -> Sale:
    recipient: int = row["recipient_id"]
    return Sale(
        id=row["id"],
        reference=row["reference"],
        buyer_id=row["buyer_id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        basket=Basket(
            lines_of(row["lines"]),
            row["coupon"],
            gift_to=None if recipient == row["buyer_id"] else recipient,
            charge=_charge(row["invoice_number"], row["issuer_id"]),
            gift_note=row["gift_note"],
            from_cart=bool(row["from_cart"]),
        ),
        status=SaleStatus(row["status"]),
        session=session_of(row),
        given=_given(row),
    )


def session_of(row: Row) -> Session:
    return Session(
        id=row["session_row"],
        state=SessionState(row["state"]),
        created_at=instant(row["created_at"]),
        session_id=row["session_id"],
        url=row["url"],
        amount=row["amount"],
        discount=row["discount"],
        tax=row["tax"],
        total=row["total"],
        expires_at=instant_or_none(row["expires_at"]),
    )


def _charge(number: int | None, issuer_id: int | None) -> Charge | None:
    return None if number is None or issuer_id is None else Charge(number, issuer_id)


def _given(row: Row) -> FreeOfCharge | None:
    if row["kind"] not in (SaleKind.GIVEN, SaleKind.FREE):
        return None
    return FreeOfCharge(row["issuer_id"], row["given_days"], row["given_reason"])
