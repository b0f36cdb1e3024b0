"""The SQL of invoices. Nothing here commits: the caller's transaction does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, String, and_, cast, delete, func, insert, or_, select, update

from bot.checkout.models import new_reference
from bot.checkout.row_repository import LINES
from bot.invoices.models import Invoice, Person
from bot.invoices.states import InvoiceState, sources
from bot.storage.invoice_tables import invoice_counters, invoice_settings, invoices
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.types import upsert

_ITEMS_LOOKED_AT: Final = 200
"""The server's newest invoices, whose items are suggested again."""


class InvoiceRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def add(self, draft: Mapping[str, Any], *, now: datetime, ends: datetime) -> Invoice:
        """Write a draft that is forgotten at `ends` (UTC), unless it is sent before."""
        self._mark(Queue.INVOICE_DATES, ends)
        statement = insert(invoices).values(
            reference=new_reference(),
            state=InvoiceState.DRAFT,
            created_at=now,
            next_at=ends,
            **_columns(draft),
        )
        return _invoice((await self._connection.execute(statement.returning(invoices))).one())

    async def by_id(self, invoice_id: int) -> Invoice:
        """Raises LookupError when there is no such invoice."""
        found = await self._one(invoices.c.id == invoice_id)
        if found is None:
            raise LookupError(f"invoice {invoice_id}")
        return found

    async def by_reference(self, reference: str) -> Invoice | None:
        return await self._one(invoices.c.reference == reference)

    async def by_number(self, guild_id: int, number: int) -> Invoice | None:
        return await self._one(and_(invoices.c.guild_id == guild_id, invoices.c.number == number))

    async def of_sale(self, sale_id: int) -> Invoice | None:
        return await self._one(invoices.c.sale_id == sale_id)

    async def of_sales(self, sale_ids: Sequence[int]) -> list[Invoice]:
        statement = select(invoices).where(invoices.c.sale_id.in_(sale_ids))
        return [_invoice(row) for row in await self._connection.execute(statement)]

    async def _one(self, condition: ColumnElement[bool]) -> Invoice | None:
        row = (await self._connection.execute(select(invoices).where(condition))).first()
        return None if row is None else _invoice(row)

    async def change_draft(self, invoice_id: int, changes: Mapping[str, Any]) -> Invoice | None:
        """Change a draft; None when it is no longer one."""
        statement = (
            update(invoices)
            .where(invoices.c.id == invoice_id, invoices.c.state == InvoiceState.DRAFT)
            .values(**_columns(changes))
            .returning(invoices)
        )
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _invoice(row)

    async def discard(self, invoice_id: int) -> bool:
        """Forget a draft that never had a number, and say whether there was one."""
        statement = (
            delete(invoices)
            .where(
                invoices.c.id == invoice_id,
                invoices.c.state == InvoiceState.DRAFT,
                invoices.c.number.is_(None),
            )
            .returning(invoices.c.id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def move(
        self,
        invoice_id: int,
        target: InvoiceState,
        /,
        *,
        only_from: Iterable[InvoiceState] | None = None,
        **values: Any,
    ) -> Invoice | None:
        """Take the invoice to `target` if its state allows it; None if it doesn't. One UPDATE decides."""
        self._mark_date(values)
        allowed = sources(target) if only_from is None else sources(target) & frozenset(only_from)
        statement = (
            update(invoices)
            .where(invoices.c.id == invoice_id, invoices.c.state.in_(allowed))
            .values(state=target, **values)
            .returning(invoices)
        )
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _invoice(row)

    async def set(self, invoice_id: int, **values: Any) -> None:
        """Record what isn't its state."""
        self._mark_date(values)
        await self._connection.execute(update(invoices).where(invoices.c.id == invoice_id).values(**values))

    async def mark_sent(self, invoice_id: int, **values: Any) -> bool:
        """Record that its first link is there; False when that was recorded before."""
        self._mark_date(values)
        statement = (
            update(invoices)
            .where(
                invoices.c.id == invoice_id,
                invoices.c.sent_at.is_(None),
                invoices.c.state == InvoiceState.OPEN,
            )
            .values(**values)
            .returning(invoices.c.id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def take_back(self, invoice_id: int, target: InvoiceState, **values: Any) -> bool:
        """Bring one whose first link was never made back to where it was; False when it isn't such a one."""
        self._mark_date(values)
        statement = (
            update(invoices)
            .where(
                invoices.c.id == invoice_id,
                invoices.c.sent_at.is_(None),
                invoices.c.state == InvoiceState.OPEN,
            )
            .values(state=target, **values)
            .returning(invoices.c.id)
        )
        return (await self._connection.execute(statement)).first() is not None

    def _mark_date(self, values: Mapping[str, Any]) -> None:
        if (next_at := values.get("next_at")) is not None:
            self._mark(Queue.INVOICE_DATES, next_at)

    async def next_number(self, guild_id: int) -> int:
        """Take the server's next number; what rolls back gives it back."""
        statement = (
            upsert(self._connection, invoice_counters)
            .values(guild_id=guild_id, last_number=1)
            .on_conflict_do_update(
                index_elements=["guild_id"], set_={"last_number": invoice_counters.c.last_number + 1}
            )
            .returning(invoice_counters.c.last_number)
        )
        number: int = (await self._connection.execute(statement)).scalar_one()
        return number

    async def keep_number(self, guild_id: int, number: int) -> None:
        """Never give out a number again that is known to be used; its invoice may have been lost."""
        last = invoice_counters.c.last_number
        await self._connection.execute(
            upsert(self._connection, invoice_counters)
            .values(guild_id=guild_id, last_number=number)
            .on_conflict_do_update(
                index_elements=["guild_id"], set_={"last_number": number}, where=last < number
            )
        )

    async def hold_counter(self, guild_id: int) -> None:
        """Have others who submit in this server wait for the end of this transaction."""
        await self._connection.execute(
            upsert(self._connection, invoice_counters)
            .values(guild_id=guild_id, last_number=0)
            .on_conflict_do_update(
                index_elements=["guild_id"], set_={"last_number": invoice_counters.c.last_number}
            )
        )

    async def asked_for_since(self, guild_id: int, issuer_id: int, since: datetime) -> int:
        """Cents that a staff member's invoices since then ask for, whatever became of them."""
        statement = select(func.coalesce(func.sum(invoices.c.subtotal), 0)).where(
            invoices.c.guild_id == guild_id,
            invoices.c.issuer_id == issuer_id,
            invoices.c.submitted_at >= since,
        )
        cents: int = (await self._connection.execute(statement)).scalar_one()
        return cents

    # --- what time brings -----------------------------------------------------------------------------

    async def take_due(self, now: datetime, limit: int) -> list[Invoice]:
        """Invoices that something is due for; one UPDATE decides who takes them. Their next date is unset."""
        due = select(invoices.c.id).where(invoices.c.next_at <= now).order_by(invoices.c.next_at).limit(limit)
        statement = (
            update(invoices)
            .where(invoices.c.id.in_(due), invoices.c.next_at <= now)
            .values(next_at=None)
            .returning(invoices)
        )
        return [_invoice(row) for row in await self._connection.execute(statement)]

    async def next_due(self) -> datetime | None:
        """When (UTC) the next one is due for something."""
        statement = select(func.min(invoices.c.next_at)).where(invoices.c.next_at.is_not(None))
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    # --- what staff look at ---------------------------------------------------------------------------

    async def page(
        self,
        guild_id: int,
        *,
        payer_id: int | None,
        state: InvoiceState | None,
        offset: int,
        limit: int,
    ) -> tuple[list[Invoice], int]:
        """Numbered invoices, newest first, and how many there are in all."""
        wanted = [invoices.c.guild_id == guild_id, invoices.c.number.is_not(None)]
        if payer_id is not None:
            wanted.append(invoices.c.payer_id == payer_id)
        if state is not None:
            wanted.append(invoices.c.state == state)
        total: int = (
            await self._connection.execute(select(func.count()).select_from(invoices).where(*wanted))
        ).scalar_one()
        statement = (
            select(invoices).where(*wanted).order_by(invoices.c.number.desc()).offset(offset).limit(limit)
        )
        return [_invoice(row) for row in await self._connection.execute(statement)], total

    async def find(
        self, guild_id: int, typed: str, limit: int, states: Iterable[InvoiceState] | None
    ) -> list[Invoice]:
        """Numbered invoices whose number or payer's name begins with, or holds, what was typed."""
        wanted = [invoices.c.guild_id == guild_id, invoices.c.number.is_not(None)]
        if states is not None:
            wanted.append(invoices.c.state.in_(list(states)))
        if typed:
            by_name = invoices.c.payer_name.icontains(typed, autoescape=True)
            by_number = cast(invoices.c.number, String).startswith(typed, autoescape=True)
            wanted.append(or_(by_name, by_number))
        statement = select(invoices).where(*wanted).order_by(invoices.c.number.desc()).limit(limit)
        return [_invoice(row) for row in await self._connection.execute(statement)]

    async def items(self, guild_id: int) -> list[str]:
        """Names of custom items on the server's newest invoices, each once, newest first."""
        statement = (
            select(invoices.c.lines)
            .where(invoices.c.guild_id == guild_id)
            .order_by(invoices.c.id.desc())
            .limit(_ITEMS_LOOKED_AT)
        )
        rows = (await self._connection.execute(statement)).scalars()
        return list(
            dict.fromkeys(line["title"] for lines in rows for line in lines if "product_id" not in line)
        )

    # --- settings -------------------------------------------------------------------------------------

    async def reminders(self, guild_id: int) -> bool:
        """Whether members are reminded; they are unless staff switched it off."""
        statement = select(invoice_settings.c.reminders).where(invoice_settings.c.guild_id == guild_id)
        kept: bool | None = (await self._connection.execute(statement)).scalar_one_or_none()
        return kept is None or kept

    async def switch_reminders(self, guild_id: int, *, on: bool) -> None:
        await self._connection.execute(
            upsert(self._connection, invoice_settings)
            .values(guild_id=guild_id, reminders=on)
            .on_conflict_do_update(index_elements=["guild_id"], set_={"reminders": on})
        )


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """An invoice's fields as columns; the subtotal goes with the lines."""
    columns = dict(values)
    for role in ("issuer", "payer"):
        if role in columns:
            person: Person = columns.pop(role)
            columns |= {f"{role}_id": person.id, f"{role}_name": person.name}
    if "lines" in columns:
        columns["subtotal"] = sum(line.amount or 0 for line in columns["lines"])
        columns["lines"] = LINES.dump_python(columns["lines"], mode="json")
    return columns


def _invoice(row: Row[Any]) -> Invoice:
    return Invoice(
        id=row.id,
        reference=row.reference,
        number=row.number,
        guild_id=row.guild_id,
        guild_name=row.guild_name,
        channel_id=row.channel_id,
        issuer=Person(row.issuer_id, row.issuer_name),
        payer=Person(row.payer_id, row.payer_name),
        lines=LINES.validate_python(row.lines),
        currency=row.currency,
        state=InvoiceState(row.state),
        created_at=row.created_at,
        coupon=row.coupon,
        title=row.title,
        description=row.description,
        note=row.note,
        due_at=row.due_at,
        approver_id=row.approver_id,
        reason=row.reason,
        sale_id=row.sale_id,
        submitted_at=row.submitted_at,
        sent_at=row.sent_at,
    )
