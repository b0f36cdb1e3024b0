"""The SQL of sessions as payments find them. Nothing here commits."""

from typing import Any, Final

from bot.checkout.models import Session
from bot.checkout.row_repository import SESSION, session_of
from bot.storage.transaction import Transaction


class SessionRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    _NAMED: Final = f"SELECT {SESSION} FROM sessions WHERE session_id = :session_id"

    async def session_named(self, session_id: str) -> tuple[int, Session] | None:
        """The sale's id and the session that the store calls so (`cs_…`)."""
        return await self._session(self._NAMED, session_id=session_id)

    _SESSION: Final = f"SELECT {SESSION} FROM sessions WHERE id = :session"

    async def session_by_id(self, session: int) -> tuple[int, Session] | None:
        return await self._session(self._SESSION, session=session)

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
            found = await self._session(self._WITHOUT_NONCE, sale_id=sale_id)
        else:
            found = await self._session(self._SIGNED, sale_id=sale_id, nonce=nonce)
        return None if found is None else found[1]

    async def _session(self, statement: str, **values: Any) -> tuple[int, Session] | None:
        row = await self._tx.row(statement, **values)
        return None if row is None else (row["sale_id"], session_of(row))

    _NAME: Final = """
        UPDATE sessions SET session_id = :session_id WHERE id = :session AND session_id IS NULL RETURNING id
    """

    async def name_session(self, session: int, session_id: str) -> bool:
        """Record what the store calls the session, which it told before the answer to our call came.

        Says whether it had no name before.
        """
        return await self._tx.value(self._NAME, session=session, session_id=session_id) is not None
