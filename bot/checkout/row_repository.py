"""Sales and sessions as rows, and back."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter
from sqlalchemy import Row, Select, select

from bot.catalog.availability import Line
from bot.checkout.models import Basket, Charge, CustomLine, Sale, Session
from bot.checkout.states import SaleStatus, SessionState
from bot.storage.tables import sales, sessions

# A line from the catalog has more than a custom one, so it is tried first.
LINES: Final = TypeAdapter(tuple[Annotated[Line | CustomLine, Field(union_mode="left_to_right")], ...])


def contents(basket: Basket) -> dict[str, Any]:
    subtotal = basket.subtotal
    return {
        "lines": LINES.dump_python(basket.lines, mode="json"),
        "fingerprint": basket.fingerprint,
        "currency": basket.currency,
        "subtotal": subtotal.amount if subtotal else None,
        "coupon": basket.coupon,
        "status": SaleStatus.OPEN,
    }


def sale_of(row: Row[Any]) -> Sale:
    values = row._mapping  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
    return Sale(
        id=values[sales.c.id],
        reference=values[sales.c.reference],
        buyer_id=values[sales.c.buyer_id],
        guild_id=values[sales.c.guild_id],
        channel_id=values[sales.c.channel_id],
        basket=Basket(
            LINES.validate_python(values[sales.c.lines]),
            values[sales.c.coupon],
            gift_to=_gift_to(values),
            charge=_charge(values[sales.c.invoice_number], values[sales.c.issuer_id]),
        ),
        status=SaleStatus(values[sales.c.status]),
        session=session_of({column.name: values[column] for column in sessions.c}),
    )


def _gift_to(values: Mapping[Any, Any]) -> int | None:
    recipient: int = values[sales.c.recipient_id]
    return None if recipient == values[sales.c.buyer_id] else recipient


def session_of(values: Mapping[str, Any]) -> Session:
    return Session(
        id=values["id"],
        state=SessionState(values["state"]),
        created_at=values["created_at"],
        session_id=values["session_id"],
        url=values["url"],
        amount=values["amount"],
        discount=values["discount"],
        expires_at=values["expires_at"],
    )


def _charge(number: int | None, issuer_id: int | None) -> Charge | None:
    return None if number is None or issuer_id is None else Charge(number, issuer_id)


def parts_of(guild_id: int, user_id: int) -> tuple[Select[tuple[int]], Select[tuple[int]]]:
    """The ids of the sales that somebody has bought, and of those that they were given.

    Two questions rather than one with OR: each has an index of its own.
    """
    here = select(sales.c.id).where(sales.c.guild_id == guild_id)
    given = here.where(sales.c.recipient_id == user_id, sales.c.recipient_id != sales.c.buyer_id)
    return here.where(sales.c.buyer_id == user_id), given
