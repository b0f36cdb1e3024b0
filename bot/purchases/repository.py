"""The SQL of what somebody has bought or was given. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from bot.checkout.models import Sale
from bot.checkout.repository import INVOICE, NEWEST
from bot.checkout.row_repository import sale_of
from bot.checkout.states import SETTLED, MoneyState, SaleStatus, SessionState
from bot.fulfilment.steps.registry import reader_of
from bot.invoices.states import PAYABLE
from bot.jobs.models import JobKind, Outcome
from bot.storage.invoice_tables import invoices
from bot.storage.tables import deliveries, orders, sales, sessions
from bot.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Payment:
    """`paid_at` is aware UTC; None where it never was."""

    sale_id: int
    money: MoneyState
    paid_at: datetime | None


class HistoryRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection

    async def count(self, user_id: int, guild_id: int) -> int:
        """How many sales of the server somebody has bought, or got as gifts that are paid.

        Those that never got a link don't count, unless staff charged for them.
        """
        statement = select(func.count()).select_from(_listed(user_id, guild_id))
        count: int = (await self._connection.execute(statement)).scalar_one()
        return count

    async def page(self, user_id: int, guild_id: int, *, offset: int, limit: int) -> list[Sale]:
        """The same sales, those that can be paid first, then newest first."""
        listed = _listed(user_id, guild_id)
        order = (listed.c.settled, listed.c.id.desc())
        # Sales and sessions are read for this page only, not for all that are sorted.
        here = select(listed).order_by(*order).offset(offset).limit(limit).subquery()
        statement = (
            select(sales, sessions)
            .select_from(
                here.join(sales, sales.c.id == here.c.id).join(sessions, sessions.c.id == NEWEST),
            )
            .order_by(here.c.settled, here.c.id.desc())
        )
        return [sale_of(row) for row in await self._connection.execute(statement)]

    async def payments(self, sale_ids: Sequence[int]) -> list[Payment]:
        """What became of the money of these sales' orders, oldest first."""
        statement = (
            select(orders.c.sale_id, orders.c.money, orders.c.paid_at)
            .where(orders.c.sale_id.in_(sale_ids))
            .order_by(orders.c.id)
        )
        rows = await self._connection.execute(statement)
        return [Payment(row.sale_id, MoneyState(row.money), row.paid_at) for row in rows]

    async def waiting_for(self, reader_id: int, guild_id: int, now: datetime) -> int:
        """How many messages never reached their reader, and still matter.

        A link or a reminder matters only while what it is about can be paid.
        """
        undelivered = _undelivered_in(guild_id, now)
        bought = undelivered.where(sales.c.buyer_id == reader_id)
        given = undelivered.where(sales.c.recipient_id == reader_id, sales.c.recipient_id != sales.c.buyer_id)
        rows = await self._connection.execute(union_all(bought, given))
        return sum(
            reader_of(row.step, row.target, row.buyer_id, row.recipient_id) == reader_id for row in rows
        )


def _listed(user_id: int, guild_id: int) -> Subquery:
    """Two questions rather than one with OR: each has an index of its own."""
    awaited = or_(
        sales.c.status == SaleStatus.OPEN,
        and_(sales.c.kind == INVOICE, _invoice(invoices.c.state.in_(PAYABLE))),
    )
    shown = (sales.c.id, case((awaited, 0), else_=1).label("settled"))
    bought = select(*shown).where(sales.c.buyer_id == user_id, sales.c.guild_id == guild_id, _told_of())
    given = select(*shown).where(
        sales.c.recipient_id == user_id,
        sales.c.recipient_id != sales.c.buyer_id,
        sales.c.guild_id == guild_id,
        # Before it is paid, a gift is nobody's business but the payer's.
        sales.c.status.in_(SETTLED),
    )
    return union_all(bought, given).subquery()


def _told_of() -> ColumnElement[bool]:
    """A sale whose last link could not be made may have had one before; an invoice is there without."""
    had_link = exists().where(sessions.c.sale_id == sales.c.id, sessions.c.url.is_not(None))
    return or_(sales.c.status != SaleStatus.FAILED, had_link, _invoice(invoices.c.sent_at.is_not(None)))


def _invoice(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(invoices.c.sale_id == sales.c.id, condition)


def _undelivered_in(guild_id: int, now: datetime) -> Select[Any]:
    newest = select(func.max(sessions.c.id)).where(sessions.c.sale_id == sales.c.id).scalar_subquery()
    payable = exists().where(
        sessions.c.sale_id == sales.c.id,
        sessions.c.state == SessionState.OPEN,
        sessions.c.expires_at > now,
    )
    charged = exists().where(invoices.c.sale_id == sales.c.id, invoices.c.state.in_(PAYABLE))
    # While a payment clears, nothing is to be paid.
    to_pay = sales.c.status != SaleStatus.CLEARING
    link = and_(to_pay, deliveries.c.target == cast(newest, String), or_(payable, charged))
    # Written out: only so does SQLite see that the partial index has what is looked for.
    undelivered = deliveries.c.outcome == literal(Outcome.UNDELIVERED.value, literal_execute=True)
    return (
        select(deliveries.c.step, deliveries.c.target, sales.c.buyer_id, sales.c.recipient_id)
        .select_from(deliveries.join(sales))
        .where(
            sales.c.guild_id == guild_id,
            undelivered,
            or_(deliveries.c.step != JobKind.LINK, link),
            or_(deliveries.c.step != JobKind.REMINDER, and_(to_pay, charged)),
        )
    )
