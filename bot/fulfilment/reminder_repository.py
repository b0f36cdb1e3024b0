"""The SQL of reminders before something ends. The caller's transaction commits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.fulfilment.models import Grant
from bot.fulfilment.repository import grant_of
from bot.payments.models import SubscriptionRecord
from bot.payments.repository import subscription_record
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import instant_or_none

_TAKE: Final = """
    UPDATE {table} SET remind_at = NULL
    WHERE id IN (SELECT id FROM {table} WHERE remind_at <= :now ORDER BY remind_at LIMIT :most)
    RETURNING *
"""
_NEXT: Final = """
    SELECT min(due) FROM (
        SELECT (SELECT min(remind_at) FROM grants WHERE remind_at IS NOT NULL) AS due
        UNION ALL
        SELECT (SELECT min(remind_at) FROM subscriptions WHERE remind_at IS NOT NULL)
    ) AS found
"""
_AT: Final = "UPDATE subscriptions SET remind_at = :at WHERE id = :id"
_GOES_ON: Final = """
    SELECT id FROM grants
    WHERE user_id = :user_id AND guild_id = :guild_id AND role_id = :role_id AND state = 'live'
        AND id <> :id AND (ends_at IS NULL OR ends_at > :ends_at)
    LIMIT 1
"""
_ARE_ON: Final = "SELECT end_reminders FROM guild_settings WHERE guild_id = :guild_id"
_SWITCH: Final = """
    INSERT INTO guild_settings (guild_id, end_reminders) VALUES (:guild_id, :is_on)
    ON CONFLICT (guild_id) DO UPDATE SET end_reminders = excluded.end_reminders
"""


class EndReminderRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def due_grants(self, now: datetime, *, limit: int) -> Sequence[Grant]:
        """Up to `limit` grants of which it is time to remind; each is taken once."""
        rows = await self._tx.rows(_TAKE.format(table="grants"), now=now, most=limit)
        return list(map(grant_of, rows))

    async def due_subscriptions(self, now: datetime, *, limit: int) -> Sequence[SubscriptionRecord]:
        rows = await self._tx.rows(_TAKE.format(table="subscriptions"), now=now, most=limit)
        return list(map(subscription_record, rows))

    async def next_due(self) -> datetime | None:
        """When (UTC) there is something to remind of next."""
        return instant_or_none(await self._tx.value(_NEXT))

    async def remind_of(self, subscription: int, at: datetime | None) -> None:
        """Remind of a subscription at that time (UTC), or not."""
        await self._tx.execute(_AT, id=subscription, at=at)
        if at is not None:
            self._tx.mark(Queue.END_REMINDERS, at)

    async def goes_on(self, grant: Grant) -> bool:
        """Whether the member has the role by another grant for longer."""
        found = await self._tx.value(
            _GOES_ON,
            user_id=grant.user_id,
            guild_id=grant.guild_id,
            role_id=grant.role_id,
            id=grant.id,
            ends_at=grant.ends_at,
        )
        return found is not None

    async def are_on(self, guild_id: int) -> bool:
        """Whether the server's members are reminded."""
        is_on: int | None = await self._tx.value(_ARE_ON, guild_id=guild_id)
        return is_on is None or bool(is_on)

    async def switch(self, guild_id: int, *, on: bool) -> None:
        await self._tx.execute(_SWITCH, guild_id=guild_id, is_on=on)
