"""The SQL of what staff see of members, and of a sale's move to another account. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.checkout.models import Sale
from bot.checkout.row_repository import NEWEST, SALE, sale_of
from bot.fulfilment.models import Grant
from bot.fulfilment.repository import grant_of
from bot.members.models import SalesFilter
from bot.payments.models import SubscriptionRecord
from bot.payments.repository import subscription_record
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import instant, read_document

# Each part has an index of its own. An invoice's sale is told of as the invoice.
_TIMELINE: Final = """
    SELECT 'sale' AS what, id, created_at AS at FROM sales
    WHERE buyer_id = :member_id AND guild_id = :guild_id AND kind <> 'invoice'
    UNION ALL
    SELECT 'sale', id, created_at FROM sales
    WHERE recipient_id = :member_id AND recipient_id <> buyer_id AND guild_id = :guild_id
    UNION ALL
    SELECT 'grant', id, earned_at FROM grants
    WHERE user_id = :member_id AND guild_id = :guild_id AND earned_by NOT LIKE 'moved:%'
    UNION ALL
    SELECT 'subscription', subscriptions.id, subscriptions.created_at
    FROM sales JOIN subscriptions ON subscriptions.sale_id = sales.id
    WHERE sales.buyer_id = :member_id AND sales.guild_id = :guild_id
    UNION ALL
    SELECT 'invoice', id, coalesce(sent_at, created_at) FROM invoices
    WHERE guild_id = :guild_id AND payer_id = :member_id AND state <> 'draft'
"""
_COUNT: Final = f"SELECT count(*) FROM ({_TIMELINE}) AS told"
_PAGE: Final = f"""
    SELECT what, id, at FROM ({_TIMELINE}) AS told
    ORDER BY at DESC, what, id DESC LIMIT :most OFFSET :skipped
"""
_SALES: Final = f"SELECT {SALE} FROM sales JOIN sessions ON {NEWEST} WHERE sales.id IN (:ids)"
# `id > 0` is what their indexes say: so they aren't taken for what asks for a buyer of the server.
_OF_SERVER: Final = """
    SELECT id FROM sales WHERE guild_id = :guild_id AND id > 0 AND id < :before {state}
    ORDER BY id DESC LIMIT :most
"""
_OF_MEMBER: Final = """
    SELECT id FROM (
        SELECT id FROM sales
        WHERE buyer_id = :member_id AND guild_id = :guild_id AND id < :before {state}
        UNION ALL
        SELECT id FROM sales
        WHERE recipient_id = :member_id AND recipient_id <> buyer_id AND guild_id = :guild_id
            AND id < :before {state}
    ) AS theirs
    ORDER BY id DESC LIMIT :most
"""
_IN_STATE: Final = "AND status = :state"
_PLACE: Final = "SELECT id FROM sales WHERE reference = :reference AND guild_id = :guild_id"
_BEYOND: Final = 2**62
"""Higher than the id of any sale."""
# One that is on its way comes anyway.
_SEND_AGAIN: Final = """
    UPDATE jobs SET attempts = 0, next_attempt_at = :now, done_at = NULL, outcome = NULL, last_error = NULL,
        payload = '{}'
    WHERE sale_id = :sale_id AND id IN (:ids) AND next_attempt_at IS NULL
"""
_MOVE_SALE: Final = """
    UPDATE sales SET
        buyer_id = CASE WHEN buyer_id = :was THEN :to ELSE buyer_id END, recipient_id = :to
    WHERE id = :sale_id AND recipient_id = :was AND status = 'paid'
    RETURNING id
"""
# What it was earned by is the new one's: it isn't given to anybody else by the same payment.
_END_MOVED_GRANT: Final = """
    UPDATE grants SET
        earned_by = 'moved:' || CAST(id AS VARCHAR), state = 'ended', days = NULL, ends_at = :now,
        remind_at = NULL
    WHERE id = :grant_id
"""
# Their message is in somebody else's channel: who has the sale now finds them in /purchases.
_STOP_EDITING: Final = """
    UPDATE jobs SET payload = '{}', outcome = 'collected'
    WHERE sale_id = :sale_id AND id IN (:ids) AND next_attempt_at IS NULL
"""
_SENT: Final = """
    SELECT id, payload, attempts, created_at FROM jobs
    WHERE sale_id = :sale_id AND id IN (:ids) AND (payload <> '{}' OR (attempts > 0 AND done_at IS NULL))
"""
_FORGET_LIVE_MESSAGE: Final = "DELETE FROM messages WHERE sale_id = :sale_id RETURNING channel_id, message_id"
# Also one that is on its way: its end is no longer written, as it went to somebody else.
_RESEND_TO_NEW_OWNER: Final = """
    UPDATE jobs SET attempts = 0, next_attempt_at = :now, done_at = NULL, outcome = NULL, last_error = NULL,
        payload = '{}'
    WHERE sale_id = :sale_id AND id IN (:ids)
"""


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A row of a timeline: what it is of, by its id, and from when (UTC)."""

    what: str
    id: int
    at: datetime


class MemberRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # --- what is read ---------------------------------------------------------------------------------

    async def count(self, guild_id: int, member_id: int) -> int:
        """How long a member's timeline in the server is."""
        count: int = await self._tx.value(_COUNT, guild_id=guild_id, member_id=member_id)
        return count

    async def timeline(self, guild_id: int, member_id: int, *, offset: int, limit: int) -> list[TimelineRow]:
        """A part of it, newest first."""
        rows = await self._tx.rows(_PAGE, guild_id=guild_id, member_id=member_id, skipped=offset, most=limit)
        return [TimelineRow(row["what"], row["id"], instant(row["at"])) for row in rows]

    async def sales(self, ids: Sequence[int]) -> dict[int, Sale]:
        """Sales by their ids, in the order of these."""
        rows = await self._tx.rows(_SALES, ids=ids) if ids else []
        found = {row["id"]: sale_of(row) for row in rows}
        return {each: found[each] for each in ids if each in found}

    async def grants(self, ids: Sequence[int]) -> dict[int, Grant]:
        rows = await self._tx.rows("SELECT * FROM grants WHERE id IN (:ids)", ids=ids) if ids else []
        return {row["id"]: grant_of(row) for row in rows}

    async def subscriptions(self, ids: Sequence[int]) -> dict[int, SubscriptionRecord]:
        statement = "SELECT * FROM subscriptions WHERE id IN (:ids)"
        rows = await self._tx.rows(statement, ids=ids) if ids else []
        return {row["id"]: subscription_record(row) for row in rows}

    async def listed(self, guild_id: int, wanted: SalesFilter, after: str | None, *, limit: int) -> list[int]:
        """The ids of up to `limit` of the server's sales, newest first, from behind the one named `after`."""
        before: int | None = _BEYOND
        if after is not None:
            before = await self._tx.value(_PLACE, reference=after, guild_id=guild_id)
        state = "" if wanted.state is None else _IN_STATE
        values: dict[str, Any] = {} if wanted.state is None else {"state": wanted.state}
        statement = _OF_SERVER
        if wanted.member_id is not None:
            statement, values = _OF_MEMBER, values | {"member_id": wanted.member_id}
        rows = await self._tx.rows(
            statement.format(state=state), guild_id=guild_id, before=before or _BEYOND, most=limit, **values
        )
        return [row["id"] for row in rows]

    # --- messages once more ---------------------------------------------------------------------------

    async def send_again(self, sale_id: int, jobs: Sequence[int], now: datetime) -> None:
        """Have these direct messages sent anew, unless they are about to be."""
        await self._messages(_SEND_AGAIN, sale_id, jobs, now=now)

    async def resend_to_new_owner(self, sale_id: int, jobs: Sequence[int], now: datetime) -> None:
        """Have these direct messages sent to who has the sale by now, whatever became of them."""
        await self._messages(_RESEND_TO_NEW_OWNER, sale_id, jobs, now=now)

    async def stop_editing(self, sale_id: int, jobs: Sequence[int]) -> None:
        """Edit these direct messages no more, where they were sent."""
        await self._messages(_STOP_EDITING, sale_id, jobs)

    async def _messages(self, statement: str, sale_id: int, jobs: Sequence[int], **values: Any) -> None:
        if jobs:
            self._tx.mark(Queue.JOBS)
            await self._tx.execute(statement, sale_id=sale_id, ids=jobs, **values)

    async def sent_messages(self, sale_id: int, jobs: Sequence[int], *, live: bool) -> list[dict[str, Any]]:
        """Where the direct messages of these jobs are, or by what they are found; before they are let go.

        With `live` the sale's own message is among them, and is nobody's from then on.
        """
        found: list[dict[str, Any]] = []
        for row in await self._tx.rows(_SENT, sale_id=sale_id, ids=jobs) if jobs else []:
            where = read_document(row["payload"])
            found.append(where or {"job": row["id"], "since": row["created_at"]})
        if live:
            rows = await self._tx.rows(_FORGET_LIVE_MESSAGE, sale_id=sale_id)
            found += [{"channel": row["channel_id"], "message": row["message_id"]} for row in rows]
        return found

    # --- a move to another account --------------------------------------------------------------------

    async def move(self, sale_id: int, *, was: int, to: int) -> bool:
        """Have a paid sale belong to another account; False if it isn't paid, or no longer that one's.

        Of a gift only the one who gets it changes.
        """
        return await self._tx.value(_MOVE_SALE, sale_id=sale_id, was=was, to=to) is not None

    async def end_moved_grant(self, grant_id: int, now: datetime) -> str:
        """End a grant for good, as another account has it from `now` (UTC) on; returns what earned it."""
        statement = "SELECT earned_by FROM grants WHERE id = :grant_id"
        earned_by: str = await self._tx.value(statement, grant_id=grant_id)
        await self._tx.execute(_END_MOVED_GRANT, grant_id=grant_id, now=now)
        return earned_by
