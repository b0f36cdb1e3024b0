"""The SQL of sales and their sessions. Nothing here commits: the caller's transaction does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.checkout.claims import ClaimTaken
from bot.checkout.models import Basket, Buyer, Origin, Sale, Session
from bot.checkout.row_repository import NEWEST, SALE, contents, new_sale, sale_of
from bot.checkout.states import MoneyState, SaleKind, SaleStatus, SessionState, sale_status, sources
from bot.jobs.models import LiveMessage
from bot.references import new_reference
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import assignments, columns, document, instant_or_none, places

_SALE: Final = f"SELECT {SALE} FROM sales JOIN sessions ON {NEWEST}"
# A payment that clears doesn't expire with its session: it may take days longer.
_MAY_EXPIRE: Final = "state = 'open' AND sale_id NOT IN (SELECT id FROM sales WHERE status = 'clearing')"
# What the store has told of it waits to be applied, and may be that it was paid in time.
_IS_SETTLED: Final = """
    session_id NOT IN (
        SELECT order_number FROM events WHERE due_at IS NOT NULL AND order_number IS NOT NULL
    )
"""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that is open now. `was_told` says that the store told of it before.

    `may_wait` says that something could not be delivered to its buyer, now or some time ago.
    """

    sale_status: SaleStatus
    was_told: bool
    may_wait: bool


class SaleRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # --- sales ----------------------------------------------------------------------------------------

    _BY_ID: Final = f"{_SALE} WHERE sales.id = :sale_id"

    async def by_id(self, sale_id: int) -> Sale:
        """Raises LookupError when there is no such sale."""
        row = await self._tx.row(self._BY_ID, sale_id=sale_id)
        if row is None:
            raise LookupError(f"sale {sale_id}")
        return sale_of(row)

    _SHOWN: Final = f"""
        SELECT {SALE}, messages.channel_id AS shown_in, messages.message_id, messages.shows
        FROM sales JOIN sessions ON {NEWEST} LEFT JOIN messages ON messages.sale_id = sales.id
        WHERE sales.id = :sale_id
    """

    async def shown(self, sale_id: int) -> tuple[Sale, LiveMessage | None]:
        """The sale with the message that shows it, if there is one. Raises as `by_id` does."""
        row = await self._tx.row(self._SHOWN, sale_id=sale_id)
        if row is None:
            raise LookupError(f"sale {sale_id}")
        message_id: int | None = row["message_id"]
        shown = None if message_id is None else LiveMessage(row["shown_in"], message_id, row["shows"])
        return sale_of(row), shown

    _BY_REFERENCE: Final = f"{_SALE} WHERE sales.reference = :reference"

    async def by_reference(self, reference: str, guild_id: int | None = None) -> Sale | None:
        """The sale of that public name; `guild_id` limits it to one server."""
        row = await self._tx.row(self._BY_REFERENCE, reference=reference)
        return None if row is None or guild_id not in (None, row["guild_id"]) else sale_of(row)

    async def add(
        self, buyer: Buyer, origin: Origin, basket: Basket, *, kind: SaleKind, now: datetime
    ) -> tuple[int, str]:
        """Write a new open sale; returns its id and reference. It needs a session in the same transaction.

        Raises ClaimTaken.
        """
        reference = new_reference()
        sale = new_sale(reference, buyer, origin, basket, kind=kind, now=now)
        return await self._add(self._CLAIM, **sale), reference

    _ADD: Final = "INSERT INTO sales ({columns}) VALUES ({places}) RETURNING id"
    _CLAIM: Final = _ADD.replace(
        "RETURNING",
        "ON CONFLICT (guild_id, buyer_id, fingerprint) WHERE status = 'open' DO NOTHING RETURNING",
    )

    async def _add(self, statement: str, /, **values: Any) -> int:
        statement = statement.format(columns=columns(values), places=places(values))
        sale_id: int | None = await self._tx.value(statement, **values)
        if sale_id is None:
            raise ClaimTaken
        return sale_id

    _REOPEN: Final = "UPDATE sales SET {assignments} WHERE id = :sale_id AND status <> 'paid' RETURNING id"

    async def reopen(self, sale_id: int, basket: Basket) -> bool:
        """Put the sale up again, at the prices of `basket`; False if it is paid.

        It needs a session in the same transaction.
        """
        values = contents(basket)
        statement = self._REOPEN.format(assignments=assignments(values))
        return await self._tx.value(statement, sale_id=sale_id, **values) is not None

    _WRITE_NOTE: Final = "UPDATE sales SET gift_note = :note WHERE id = :sale_id"

    async def write_gift_note(self, sale_id: int, note: str | None) -> None:
        """Keep what the buyer writes to the one the gift is for; None takes it back."""
        await self._tx.execute(self._WRITE_NOTE, sale_id=sale_id, note=note)

    _STATES: Final = """
        SELECT sale_id, 'session' AS what, state, id FROM sessions WHERE sale_id IN (:sale_ids)
        UNION ALL
        SELECT sale_id, 'order', money, id FROM orders WHERE sale_id IN (:sale_ids)
        UNION ALL
        SELECT id, 'sale', status, id FROM sales WHERE id IN (:sale_ids)
        ORDER BY 1, 2, 4
    """
    _STORE_STATUS: Final = "UPDATE sales SET status = :status WHERE id IN (:sale_ids)"

    async def store_status(self, sale_ids: Sequence[int]) -> None:
        """Compute the sales' statuses anew, from their sessions and their orders' money."""
        known: dict[int, dict[str, list[str]]] = {}
        for row in await self._tx.rows(self._STATES, sale_ids=list(sale_ids)):
            known.setdefault(row["sale_id"], {}).setdefault(row["what"], []).append(row["state"])
        changed: dict[SaleStatus, list[int]] = {}
        for sale_id, states in known.items():
            made = map(SessionState, states.get("session", ()))
            status = sale_status(made, map(MoneyState, states.get("order", ())))
            if [status] != states["sale"]:
                changed.setdefault(status, []).append(sale_id)
        for status, ids in changed.items():
            await self._tx.execute(self._STORE_STATUS, status=status, sale_ids=ids)

    async def recover(
        self,
        buyer_id: int,
        recipient_id: int,
        origin: Origin,
        basket: Basket,
        *,
        kind: SaleKind,
        reference: str,
        session_id: str | None,
        made: datetime,
        now: datetime,
        nonce: str | None = None,
        invoice_number: int | None = None,
    ) -> Sale:
        """Write a sale that is paid although no row of it is there, with its one session.

        `made` (UTC) is when its order was.
        """
        values = contents(basket) | {"status": SaleStatus.PAID}
        sale_id = await self._add(
            self._ADD,
            reference=reference,
            kind=kind,
            guild_id=origin.guild_id,
            channel_id=origin.channel_id,
            buyer_id=buyer_id,
            recipient_id=recipient_id,
            invoice_number=invoice_number,
            created_at=made,
            **values,
        )
        await self.recover_session(sale_id, session_id, nonce, made=made, now=now)
        return await self.by_id(sale_id)

    # --- sessions -------------------------------------------------------------------------------------

    _ADD_SESSION: Final = """
        INSERT INTO sessions (sale_id, state, created_at, lease_until, attempts, request, nonce)
        VALUES (:sale_id, 'creating', :now, :lease, 1, :request, :nonce)
        ON CONFLICT (sale_id) WHERE state IN ('creating', 'open') DO NOTHING
        RETURNING id
    """

    async def add_session(
        self, sale_id: int, request: dict[str, Any], *, nonce: str, lease: datetime, now: datetime
    ) -> int:
        """Write a session that is about to be made; `lease` (UTC) is until when nobody else makes it.

        `nonce` is the one in its signature. Raises ClaimTaken.
        """
        session: int | None = await self._tx.value(
            self._ADD_SESSION,
            sale_id=sale_id,
            now=now,
            lease=lease,
            request=document(request),
            nonce=nonce,
        )
        if session is None:
            raise ClaimTaken
        self._tx.mark(Queue.SESSIONS_BEING_MADE, lease)
        return session

    _OPEN: Final = """
        UPDATE sessions SET
            state = 'open', lease_until = NULL, request = NULL, session_id = :session_id, url = :url,
            amount = :amount, discount = :discount, tax = :tax, total = :total,
            expires_at = :expires_at, next_poll_at = :next_poll_at
        WHERE id = :session AND state IN (:allowed) AND NOT EXISTS (
            SELECT 1 FROM sessions AS other WHERE other.session_id = :session_id AND other.id <> :session
        )
        RETURNING
            (SELECT status FROM sales WHERE sales.id = sessions.sale_id) AS sale_status,
            EXISTS (SELECT 1 FROM events WHERE events.order_number = :session_id) AS was_told,
            (
                EXISTS (
                    SELECT 1 FROM sales JOIN jobs ON jobs.sale_id = sales.id
                    WHERE sales.buyer_id = :buyer_id AND jobs.outcome = 'undelivered'
                )
                OR EXISTS (
                    SELECT 1 FROM sales JOIN jobs ON jobs.sale_id = sales.id
                    WHERE sales.recipient_id = :buyer_id AND sales.recipient_id <> sales.buyer_id
                        AND jobs.outcome = 'undelivered'
                )
            ) AS may_wait
    """

    async def open_session(
        self, session: int, opened: Session, *, buyer_id: int, next_poll_at: datetime
    ) -> OpenedSession | None:
        """Open a session that was being made; None if its state, or another of that name, forbids it.

        `next_poll_at` (UTC) is when the store's orders are asked for it.
        """
        assert opened.expires_at is not None  # noqa: S101  # a page that can be paid at has an end
        row = await self._tx.row(
            self._OPEN,
            session=session,
            buyer_id=buyer_id,
            allowed=sorted(sources(SessionState.OPEN)),
            session_id=opened.session_id,
            url=opened.url,
            amount=opened.amount,
            discount=opened.discount,
            tax=opened.tax,
            total=opened.total,
            expires_at=opened.expires_at,
            next_poll_at=next_poll_at,
        )
        if row is None:
            return None
        self._tx.mark(Queue.OPEN_SESSIONS, opened.expires_at)
        self._tx.mark(Queue.SESSION_POLLS, next_poll_at)
        return OpenedSession(
            SaleStatus(row["sale_status"]), was_told=bool(row["was_told"]), may_wait=bool(row["may_wait"])
        )

    _MOVE: Final = """
        UPDATE sessions SET lease_until = NULL, request = NULL, {assignments}
        WHERE id = :session AND state IN (:allowed)
        RETURNING sale_id
    """
    _MOVE_OWN: Final = _MOVE.replace("RETURNING", "AND lease_until = :lease RETURNING")

    async def move(
        self, session: int, target: SessionState, /, *, lease: datetime | None = None, **values: Any
    ) -> bool:
        """Take the session to `target` if its state allows it, and say whether it did.

        `lease` (UTC) is given by who may do so only as long as nobody else has taken the session over.
        """
        values |= {"state": target}
        statement = (self._MOVE if lease is None else self._MOVE_OWN).format(assignments=assignments(values))
        held = {} if lease is None else {"lease": lease}
        moved = await self._tx.value(
            statement, session=session, allowed=sorted(sources(target)), **held, **values
        )
        if moved is not None:
            self._mark_dates(values)
            if target is not SessionState.OPEN:  # it is alive as before
                await self.store_status([moved])
        return moved is not None

    def _mark_dates(self, values: Mapping[str, Any]) -> None:
        if (expires_at := values.get("expires_at")) is not None:
            self._tx.mark(Queue.OPEN_SESSIONS, expires_at)
        if (next_poll_at := values.get("next_poll_at")) is not None:
            self._tx.mark(Queue.SESSION_POLLS, next_poll_at)

    _NEXT_EXPIRY: Final = f"SELECT min(expires_at) FROM sessions WHERE {_MAY_EXPIRE} AND {_IS_SETTLED}"

    async def next_expiry(self) -> datetime | None:
        """When (UTC) the first open session expires."""
        return instant_or_none(await self._tx.value(self._NEXT_EXPIRY))

    _EXPIRE: Final = f"""
        UPDATE sessions SET state = 'expired'
        WHERE id IN (
            SELECT id FROM sessions WHERE {_MAY_EXPIRE} AND expires_at <= :now AND {{which}}
            ORDER BY expires_at LIMIT :most
        )
        RETURNING sale_id
    """
    _EXPIRE_SETTLED: Final = _EXPIRE.format(which=_IS_SETTLED)
    _EXPIRE_ONE: Final = _EXPIRE.format(which="id = :session")

    async def expire(self, now: datetime, *, limit: int, session_id: int | None = None) -> list[int]:
        """Expire up to `limit` overdue sessions, or the one given; returns their sales' ids.

        Unless it is given, one of which something was told that isn't applied yet is left for later.
        """
        statement, which = self._EXPIRE_SETTLED, {}
        if session_id is not None:
            statement, which = self._EXPIRE_ONE, {"session": session_id}
        expired = [row["sale_id"] for row in await self._tx.rows(statement, now=now, most=limit, **which)]
        if expired:
            await self.store_status(expired)
        return expired

    # --- sessions as payments find them ---------------------------------------------------------------

    _SUPERSEDE: Final = """
        UPDATE sessions SET state = 'superseded'
        WHERE sale_id = :sale_id AND id <> :session AND state = 'open'
        RETURNING id
    """

    async def supersede_others(self, sale_id: int, session: int) -> None:
        """Show no other open link of a sale of which this session was paid."""
        if await self._tx.value(self._SUPERSEDE, sale_id=sale_id, session=session) is not None:
            await self.store_status([sale_id])

    _RECOVER_SESSION: Final = """
        INSERT INTO sessions (sale_id, session_id, nonce, state, created_at, expires_at, next_poll_at)
        VALUES (:sale_id, :session_id, :nonce, 'paid', :made, :now, :now)
        RETURNING id
    """

    async def recover_session(
        self, sale_id: int, session_id: str | None, nonce: str | None, *, made: datetime, now: datetime
    ) -> int:
        """Write a session that is paid although its row isn't there; returns its id.

        `made` (UTC) is when its order was. What the order doesn't say is looked for from `now` on.
        """
        session: int = await self._tx.value(
            self._RECOVER_SESSION, sale_id=sale_id, session_id=session_id, nonce=nonce, made=made, now=now
        )
        self._tx.mark(Queue.SESSION_POLLS, now)
        return session
