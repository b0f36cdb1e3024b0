"""The SQL of what is planned: gathered while a transaction lasts, and written at its end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bot.storage.queues import Queue
from bot.storage.transaction import Transaction

_INSERT: Final = """
    INSERT INTO jobs (
        lane, kind, key, sale_id, priority, payload, created_at, attempts, next_attempt_at, outcome
    )
    VALUES (:lane, :kind, :key, :sale_id, :priority, :payload, :now, 0, :due, :outcome)
"""
_ONCE: Final = f"{_INSERT} ON CONFLICT (kind, key) DO NOTHING"
# An attempt whose outcome isn't known must still be looked for.
_AGAIN: Final = f"""
    {_INSERT}
    ON CONFLICT (kind, key) DO UPDATE SET
        attempts = CASE WHEN jobs.done_at IS NULL AND jobs.attempts > 0 THEN 1 ELSE 0 END,
        next_attempt_at = excluded.next_attempt_at, priority = excluded.priority,
        done_at = NULL, outcome = NULL
"""
_REFRESH: Final = """
    INSERT INTO jobs (lane, kind, key, sale_id, priority, payload, created_at, attempts, next_attempt_at)
    SELECT 'people', 'message', CAST(sale_id AS TEXT), sale_id, 2, '{}', :now, 0, :now
    FROM messages WHERE sale_id IN (:sale_ids)
    ON CONFLICT (kind, key) DO UPDATE SET
        attempts = 0, next_attempt_at = excluded.next_attempt_at, done_at = NULL, outcome = NULL
"""


async def write_once(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """What isn't written already."""
    await tx.execute_many(_ONCE, rows)


async def write_again(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Also what was done before, or is being done."""
    await tx.execute_many(_AGAIN, rows)


async def refresh(tx: Transaction, sales: Sequence[tuple[int, datetime]]) -> None:
    """Have the messages of these sales, where they have one, show what is true at that time (UTC)."""
    now = max(each for _, each in sales)
    await tx.execute(_REFRESH, sale_ids=[sale_id for sale_id, _ in sales], now=now)
    tx.mark(Queue.JOBS)  # where there is none, looking is cheaper than asking here
