"""The SQL of sessions as payments find them, and of those that a dead process was making. Nothing commits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.checkout.models import Sale, Session
from bot.checkout.row_repository import NEWEST, SALE, SESSION, sale_of, session_of
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import instant, instant_or_none, read_document


@dataclass(frozen=True, slots=True)
class AbandonedSession:
    """A session whose maker is gone, leased to who goes on with it.

    `request` is what it was to ask for, `sealed` what its buyer gave for the bill.
    """

    id: int
    sale_id: int
    request: Mapping[str, Any]
    created_at: datetime
    attempts: int
    sealed: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NamedSession:
    """A session that the store has named, and its sale, which may have a newer one."""

    session: Session
    sale: Sale


class SessionRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    _NAMED: Final = f"SELECT {SESSION} FROM sessions WHERE session_id = :session_id"
    _SALE_OF_NAMED: Final = f"""
        SELECT {SALE} FROM sales JOIN sessions ON {NEWEST}
        WHERE sales.id = (SELECT named.sale_id FROM sessions AS named WHERE named.session_id = :session_id)
    """

    async def session_named(self, session_id: str) -> NamedSession | None:
        """The session that the store calls so (`cs_…`), and its sale, in one trip."""
        sessions, sales = await self._tx.rows_of_each(self._NAMED, self._SALE_OF_NAMED, session_id=session_id)
        return NamedSession(session_of(sessions[0]), sale_of(sales[0])) if sessions else None

    _IS_NAMED: Final = "SELECT id FROM sessions WHERE session_id = :session_id"

    async def is_named(self, session_id: str) -> bool:
        """Whether the store calls one of ours so."""
        return await self._tx.value(self._IS_NAMED, session_id=session_id) is not None

    _SESSION: Final = f"SELECT {SESSION} FROM sessions WHERE id = :session"

    async def session_by_id(self, session: int) -> Session:
        """Raises LookupError when there is no such session."""
        found = await self._session(self._SESSION, session=session)
        if found is None:
            raise LookupError(f"session {session}")
        return found

    _SIGNED: Final = f"SELECT {SESSION} FROM sessions WHERE sale_id = :sale_id AND nonce = :nonce"
    _WITHOUT_NONCE: Final = f"""
        SELECT {SESSION} FROM sessions WHERE sale_id = :sale_id AND nonce IS NULL AND session_id IS NULL
        ORDER BY id DESC LIMIT 1
    """

    async def session_signed(self, sale_id: int, nonce: str | None) -> Session | None:
        """The sale's session of that nonce, named or not.

        Without a nonce it is the newest that was written before there were any, and whose name at the
        store never reached us.
        """
        if nonce is None:
            return await self._session(self._WITHOUT_NONCE, sale_id=sale_id)
        return await self._session(self._SIGNED, sale_id=sale_id, nonce=nonce)

    async def _session(self, statement: str, **values: Any) -> Session | None:
        row = await self._tx.row(statement, **values)
        return None if row is None else session_of(row)

    _NAME: Final = """
        UPDATE sessions SET session_id = :session_id WHERE id = :session AND session_id IS NULL RETURNING id
    """

    async def name_session(self, session: int, session_id: str) -> bool:
        """Record what the store calls the session, which it told before the answer to our call came.

        Says whether it had no name before.
        """
        return await self._tx.value(self._NAME, session=session, session_id=session_id) is not None

    # --- sessions whose maker is gone ---------------------------------------------------------------------

    _TAKE_OVER: Final = """
        UPDATE sessions SET lease_until = :lease, attempts = attempts + 1
        WHERE lease_until <= :now AND id = (
            SELECT id FROM sessions WHERE state = 'creating' AND lease_until <= :now LIMIT 1
        )
        RETURNING id, sale_id, request, created_at, attempts, (
            SELECT billing.sealed FROM billing JOIN sales ON billing.user_id = sales.buyer_id
            WHERE sales.id = sessions.sale_id
        ) AS sealed
    """
    _TAKE_OVER_ONE: Final = _TAKE_OVER.replace(" LIMIT 1", " AND id = :session LIMIT 1")

    async def take_over(
        self, now: datetime, *, lease: datetime, session_id: int | None = None
    ) -> AbandonedSession | None:
        """Lease one session whose maker is gone, or the one given.

        One UPDATE decides who gets it, however many ask.
        """
        statement, which = self._TAKE_OVER, {}
        if session_id is not None:
            statement, which = self._TAKE_OVER_ONE, {"session": session_id}
        row = await self._tx.row(statement, now=now, lease=lease, **which)
        if row is None:
            return None
        self._tx.mark(Queue.SESSIONS_BEING_MADE, lease)
        return AbandonedSession(
            id=row["id"],
            sale_id=row["sale_id"],
            request=read_document(row["request"]),
            created_at=instant(row["created_at"]),
            attempts=row["attempts"],
            sealed=row["sealed"],
        )

    _FREE_LEASES: Final = """
        UPDATE sessions SET lease_until = :now
        WHERE state = 'creating' AND lease_until > :now AND lease_until <= :until
    """

    async def free_leases(self, now: datetime, *, until: datetime) -> None:
        """Have the sessions made now that a process which is gone was making, until `until` (UTC)."""
        await self._tx.execute(self._FREE_LEASES, now=now, until=until)

    _NEXT_ABANDONED: Final = "SELECT min(lease_until) FROM sessions WHERE state = 'creating'"

    async def next_abandoned(self) -> datetime | None:
        """When (UTC) the first lease on a session that is being made runs out."""
        return instant_or_none(await self._tx.value(self._NEXT_ABANDONED))
