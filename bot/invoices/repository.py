"""The SQL of invoices. Nothing here commits: the caller's transaction does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.checkout.row_repository import lines_document, lines_of
from bot.invoices.models import Invoice, Person
from bot.invoices.states import InvoiceState, sources
from bot.references import new_reference
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import (
    Row,
    assignments,
    beginning,
    columns,
    containing,
    instant,
    instant_or_none,
    places,
    read_document,
)

_ITEMS_LOOKED_AT: Final = 200
"""The server's newest invoices, whose items are suggested again."""
_UNSENT: Final = "UPDATE invoices SET {assignments} WHERE id = :id AND sent_at IS NULL AND state = 'open'"


class InvoiceRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    _ADD: Final = "INSERT INTO invoices ({columns}) VALUES ({places}) RETURNING *"

    async def add(self, draft: Mapping[str, Any], *, now: datetime, ends: datetime) -> Invoice:
        """Write a draft that is forgotten at `ends` (UTC), unless it is sent before."""
        self._tx.mark(Queue.INVOICE_DATES, ends)
        values = _columns(draft) | {
            "reference": new_reference(),
            "state": InvoiceState.DRAFT,
            "created_at": now,
            "next_at": ends,
        }
        statement = self._ADD.format(columns=columns(values), places=places(values))
        [row] = await self._tx.rows(statement, **values)
        return _invoice(row)

    _BY_ID: Final = "SELECT * FROM invoices WHERE id = :id"

    async def by_id(self, invoice_id: int) -> Invoice:
        """Raises LookupError when there is no such invoice."""
        found = await self._one(self._BY_ID, id=invoice_id)
        if found is None:
            raise LookupError(f"invoice {invoice_id}")
        return found

    _BY_REFERENCE: Final = "SELECT * FROM invoices WHERE reference = :reference"

    async def by_reference(self, reference: str) -> Invoice | None:
        return await self._one(self._BY_REFERENCE, reference=reference)

    _BY_NUMBER: Final = "SELECT * FROM invoices WHERE guild_id = :guild_id AND number = :number"

    async def by_number(self, guild_id: int, number: int) -> Invoice | None:
        return await self._one(self._BY_NUMBER, guild_id=guild_id, number=number)

    _OF_SALES: Final = "SELECT * FROM invoices WHERE sale_id IN (:sale_ids)"

    async def of_sale(self, sale_id: int) -> Invoice | None:
        return await self._one(self._OF_SALES, sale_ids=[sale_id])

    async def of_sales(self, sale_ids: Sequence[int]) -> list[Invoice]:
        return list(map(_invoice, await self._tx.rows(self._OF_SALES, sale_ids=sale_ids)))

    async def _one(self, statement: str, **values: Any) -> Invoice | None:
        row = await self._tx.row(statement, **values)
        return None if row is None else _invoice(row)

    _CHANGE_DRAFT: Final = "UPDATE invoices SET {assignments} WHERE id = :id AND state = 'draft' RETURNING *"

    async def change_draft(self, invoice_id: int, changes: Mapping[str, Any]) -> Invoice | None:
        """Change a draft; None when it is no longer one."""
        values = _columns(changes)
        statement = self._CHANGE_DRAFT.format(assignments=assignments(values))
        return await self._one(statement, id=invoice_id, **values)

    _DISCARD: Final = (
        "DELETE FROM invoices WHERE id = :id AND state = 'draft' AND number IS NULL RETURNING id"
    )

    async def discard(self, invoice_id: int) -> bool:
        """Forget a draft that never had a number, and say whether there was one."""
        return await self._tx.value(self._DISCARD, id=invoice_id) is not None

    _MOVE: Final = "UPDATE invoices SET {assignments} WHERE id = :id AND state IN (:allowed) RETURNING *"

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
        values |= {"state": target}
        statement = self._MOVE.format(assignments=assignments(values))
        return await self._one(statement, id=invoice_id, allowed=sorted(allowed), **values)

    _SET: Final = "UPDATE invoices SET {assignments} WHERE id = :id"

    async def set(self, invoice_id: int, **values: Any) -> None:
        """Record what isn't its state."""
        self._mark_date(values)
        await self._tx.execute(self._SET.format(assignments=assignments(values)), id=invoice_id, **values)

    _CHANGE_UNSENT: Final = f"{_UNSENT} RETURNING id"

    async def mark_sent(self, invoice_id: int, **values: Any) -> bool:
        """Record that its first link is there; False when that was recorded before."""
        self._mark_date(values)
        statement = self._CHANGE_UNSENT.format(assignments=assignments(values))
        return await self._tx.value(statement, id=invoice_id, **values) is not None

    async def take_back(self, invoice_id: int, target: InvoiceState, **values: Any) -> bool:
        """Bring one whose first link was never made back to where it was; False when it isn't such a one."""
        return await self.mark_sent(invoice_id, state=target, **values)

    def _mark_date(self, values: Mapping[str, Any]) -> None:
        if (next_at := values.get("next_at")) is not None:
            self._tx.mark(Queue.INVOICE_DATES, next_at)

    # --- numbers --------------------------------------------------------------------------------------

    _NEXT_NUMBER: Final = """
        INSERT INTO invoice_counters (guild_id, last_number) VALUES (:guild_id, 1)
        ON CONFLICT (guild_id) DO UPDATE SET last_number = invoice_counters.last_number + 1
        RETURNING last_number
    """

    async def next_number(self, guild_id: int) -> int:
        """Take the server's next number; what rolls back gives it back."""
        number: int = await self._tx.value(self._NEXT_NUMBER, guild_id=guild_id)
        return number

    _KEEP_NUMBER: Final = """
        INSERT INTO invoice_counters (guild_id, last_number) VALUES (:guild_id, :number)
        ON CONFLICT (guild_id) DO UPDATE SET last_number = excluded.last_number
        WHERE invoice_counters.last_number < excluded.last_number
    """

    async def keep_number(self, guild_id: int, number: int) -> None:
        """Never give out a number again that is known to be used; its invoice may have been lost."""
        await self._tx.execute(self._KEEP_NUMBER, guild_id=guild_id, number=number)

    _HOLD_COUNTER: Final = """
        INSERT INTO invoice_counters (guild_id, last_number) VALUES (:guild_id, 0)
        ON CONFLICT (guild_id) DO UPDATE SET last_number = invoice_counters.last_number
    """

    async def hold_counter(self, guild_id: int) -> None:
        """Have others who submit in this server wait for the end of this transaction."""
        await self._tx.execute(self._HOLD_COUNTER, guild_id=guild_id)

    _ASKED_FOR: Final = """
        SELECT CAST(coalesce(sum(subtotal), 0) AS BIGINT) FROM invoices
        WHERE guild_id = :guild_id AND issuer_id = :issuer_id AND submitted_at >= :since
    """

    async def asked_for_since(self, guild_id: int, issuer_id: int, since: datetime) -> int:
        """Cents that a staff member's invoices since then ask for, whatever became of them."""
        cents: int = await self._tx.value(
            self._ASKED_FOR, guild_id=guild_id, issuer_id=issuer_id, since=since
        )
        return cents

    # --- what time brings -----------------------------------------------------------------------------

    _TAKE_DUE: Final = """
        UPDATE invoices SET next_at = NULL
        WHERE next_at <= :now AND id IN (
            SELECT id FROM invoices WHERE next_at <= :now ORDER BY next_at LIMIT :most
        )
        RETURNING *
    """

    async def take_due(self, now: datetime, limit: int) -> list[Invoice]:
        """Invoices that something is due for; one UPDATE decides who takes them. Their next date is unset."""
        return list(map(_invoice, await self._tx.rows(self._TAKE_DUE, now=now, most=limit)))

    _NEXT_DUE: Final = "SELECT min(next_at) FROM invoices WHERE next_at IS NOT NULL"

    async def next_due(self) -> datetime | None:
        """When (UTC) the next one is due for something."""
        return instant_or_none(await self._tx.value(self._NEXT_DUE))

    # --- what staff look at ---------------------------------------------------------------------------

    _NUMBERED: Final = "FROM invoices WHERE guild_id = :guild_id AND number IS NOT NULL"
    _OF_PAYER: Final = " AND payer_id = :payer_id"
    _IN_STATE: Final = " AND state IN (:states)"

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
        values: dict[str, Any] = {"guild_id": guild_id}
        wanted = self._NUMBERED
        if payer_id is not None:
            wanted, values = wanted + self._OF_PAYER, values | {"payer_id": payer_id}
        if state is not None:
            wanted, values = wanted + self._IN_STATE, values | {"states": [state]}
        total: int = await self._tx.value(f"SELECT count(*) {wanted}", **values)
        statement = f"SELECT * {wanted} ORDER BY number DESC LIMIT :most OFFSET :skipped"
        rows = await self._tx.rows(statement, most=limit, skipped=offset, **values)
        return list(map(_invoice, rows)), total

    _TYPED: Final = r"""
        AND (
            lower(payer_name) LIKE lower(:holding) ESCAPE '\'
            OR CAST(number AS VARCHAR) LIKE :beginning ESCAPE '\'
        )
    """

    async def find(
        self, guild_id: int, typed: str, limit: int, states: Iterable[InvoiceState] | None
    ) -> list[Invoice]:
        """Numbered invoices whose number or payer's name begins with, or holds, what was typed."""
        values: dict[str, Any] = {"guild_id": guild_id, "most": limit}
        wanted = self._NUMBERED
        if states is not None:
            wanted, values = wanted + self._IN_STATE, values | {"states": sorted(states)}
        if typed:
            wanted, values = wanted + self._TYPED, values | _typed(typed)
        rows = await self._tx.rows(f"SELECT * {wanted} ORDER BY number DESC LIMIT :most", **values)
        return list(map(_invoice, rows))

    _ITEMS: Final = "SELECT lines FROM invoices WHERE guild_id = :guild_id ORDER BY id DESC LIMIT :most"

    async def items(self, guild_id: int) -> list[str]:
        """Names of custom items on the server's newest invoices, each once, newest first."""
        rows = await self._tx.rows(self._ITEMS, guild_id=guild_id, most=_ITEMS_LOOKED_AT)
        lines = (line for row in rows for line in read_document(row["lines"]))
        return list(dict.fromkeys(line["title"] for line in lines if "product_id" not in line))

    # --- settings -------------------------------------------------------------------------------------

    _REMINDERS: Final = "SELECT reminders FROM invoice_settings WHERE guild_id = :guild_id"

    async def reminders(self, guild_id: int) -> bool:
        """Whether members are reminded; they are unless staff switched it off."""
        kept: bool | None = await self._tx.value(self._REMINDERS, guild_id=guild_id)
        return kept is None or bool(kept)

    _SWITCH_REMINDERS: Final = """
        INSERT INTO invoice_settings (guild_id, reminders) VALUES (:guild_id, :is_on)
        ON CONFLICT (guild_id) DO UPDATE SET reminders = excluded.reminders
    """

    async def switch_reminders(self, guild_id: int, *, on: bool) -> None:
        await self._tx.execute(self._SWITCH_REMINDERS, guild_id=guild_id, is_on=on)


def _typed(typed: str) -> dict[str, str]:
    return {"holding": containing(typed), "beginning": beginning(typed)}


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """An invoice's fields as columns; the subtotal goes with the lines."""
    fields = dict(values)
    for role in ("issuer", "payer"):
        if role in fields:
            person: Person = fields.pop(role)
            fields |= {f"{role}_id": person.id, f"{role}_name": person.name}
    if "lines" in fields:
        fields["subtotal"] = sum(line.amount or 0 for line in fields["lines"])
        fields["lines"] = lines_document(fields["lines"])
    return fields


def _invoice(row: Row) -> Invoice:
    return Invoice(
        id=row["id"],
        reference=row["reference"],
        number=row["number"],
        guild_id=row["guild_id"],
        guild_name=row["guild_name"],
        channel_id=row["channel_id"],
        issuer=Person(row["issuer_id"], row["issuer_name"]),
        payer=Person(row["payer_id"], row["payer_name"]),
        lines=lines_of(row["lines"]),
        currency=row["currency"],
        state=InvoiceState(row["state"]),
        created_at=instant(row["created_at"]),
        coupon=row["coupon"],
        title=row["title"],
        description=row["description"],
        note=row["note"],
        due_at=instant_or_none(row["due_at"]),
        approver_id=row["approver_id"],
        reason=row["reason"],
        sale_id=row["sale_id"],
        submitted_at=instant_or_none(row["submitted_at"]),
        sent_at=instant_or_none(row["sent_at"]),
    )
