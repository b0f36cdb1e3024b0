"""The SQL about who waits for an answer. Nothing here commits: the caller's unit of work does."""

from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import and_, exists, or_, select

from bot.checkout.states import SessionState
from bot.jobs.models import JobKind, Reply
from bot.storage.tables import deliveries, sessions
from bot.storage.transaction import Transaction

_REPLY: Final = TypeAdapter(Reply)


class WaitingRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection

    async def to_be_answered(self, now: datetime) -> set[str]:
        """The tokens of the interactions that a delivery will answer: planned, or of a link in the making."""
        making = exists().where(
            sessions.c.sale_id == deliveries.c.sale_id, sessions.c.state == SessionState.CREATING
        )
        statement = select(deliveries.c.reply).where(
            deliveries.c.reply_until > now,
            or_(
                deliveries.c.next_attempt_at.is_not(None),
                and_(deliveries.c.step == JobKind.LINK, making),
            ),
        )
        replies = (await self._connection.execute(statement)).scalars()
        return {_REPLY.validate_python(reply).token for reply in replies}
