"""A member's data, deleted at their word; what a sale needs stays."""

from bot.privacy.events import MemberForgotten
from bot.storage.transaction import UnitOfWork


class Privacy:
    def __init__(self, database: UnitOfWork) -> None:
        self._database = database

    async def forget(self, user_id: int) -> None:
        """Drop all that nothing which was sold needs: all of it, or on an error nothing."""
        async with self._database.write() as tx:
            await tx.publish(MemberForgotten(user_id))
