"""The SQL about who waits for an answer. Nothing here commits: the caller's unit of work does."""

from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import and_, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outbox.models import Reply, Step
from bot.sales.states import SessionState
from bot.storage.tables import deliveries, sessions

_REPLY: Final = TypeAdapter(Reply)


class WaitingRepository:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def to_be_answered(self) -> set[str]:
        """The tokens of the interactions that a delivery will answer: planned, or of a link in the making."""
        making = select(sessions.c.sale_id).where(sessions.c.state == SessionState.CREATING)
        statement = select(deliveries.c.reply).where(
            deliveries.c.reply.is_not(null()),
            or_(
                deliveries.c.next_attempt_at.is_not(None),
                and_(deliveries.c.step == Step.LINK, deliveries.c.sale_id.in_(making)),
            ),
        )
        replies = (await self._connection.execute(statement)).scalars()
        return {_REPLY.validate_python(reply).token for reply in replies}
