"""The SQL of panels. Nothing here commits: the caller's unit of work does."""

from datetime import datetime
from typing import Final

from bot.panels.models import Panel, PanelSubject
from bot.references import new_reference
from bot.storage.transaction import Transaction
from bot.storage.values import Row, instant

_ADD: Final = """
    INSERT INTO panels (
        reference, guild_id, channel_id, product_id, category_id, title, said, posted_by, created_at,
        confirmed_at
    )
    VALUES (
        :reference, :guild_id, :channel_id, :product_id, :category_id, :title, :said, :posted_by, :now,
        :confirmed_at
    )
    RETURNING *
"""
_REPLACE: Final = """
    UPDATE panels SET removed_at = :now
    WHERE channel_id = :channel_id AND product_id = :product_id AND category_id = :category_id
    AND removed_at IS NULL AND said IS NULL
    RETURNING *
"""
_CONFIRM: Final = """
    UPDATE panels SET confirmed_at = :now
    WHERE reference = :reference AND guild_id = :guild_id AND posted_by = :by AND confirmed_at IS NULL
    AND created_at > :asked_after
    RETURNING *
"""
_DISCARD: Final = """
    DELETE FROM panels
    WHERE reference = :reference AND guild_id = :guild_id AND posted_by = :by AND confirmed_at IS NULL
    RETURNING id
"""
_FORGET: Final = "DELETE FROM panels WHERE confirmed_at IS NULL AND created_at < :before"
_REMOVE: Final = """
    UPDATE panels SET removed_at = :now
    WHERE reference = :reference AND guild_id = :guild_id AND removed_at IS NULL AND confirmed_at IS NOT NULL
    RETURNING *
"""
_RETIRE: Final = "UPDATE panels SET removed_at = :now WHERE id = :id AND removed_at IS NULL RETURNING id"
_RETIRE_CHANNEL: Final = """
    UPDATE panels SET removed_at = :now WHERE channel_id = :channel_id AND removed_at IS NULL
"""
_KEEP: Final = """
    UPDATE panels SET message_id = :message_id, shows = :shows WHERE id = :id RETURNING removed_at
"""
_OF_SERVER: Final = """
    SELECT * FROM panels WHERE guild_id = :guild_id AND removed_at IS NULL AND confirmed_at IS NOT NULL
    ORDER BY id
"""
_POSTED: Final = """
    SELECT * FROM panels WHERE removed_at IS NULL AND message_id IS NOT NULL AND id > :after
    ORDER BY id LIMIT :limit
"""


class PanelRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(
        self,
        guild_id: int,
        channel_id: int,
        subject: PanelSubject,
        *,
        said: str | None,
        by: int,
        now: datetime,
        is_confirmed: bool,
    ) -> Panel:
        row = await self._tx.row(
            _ADD,
            reference=new_reference(),
            guild_id=guild_id,
            channel_id=channel_id,
            product_id=subject.product_id or "",
            category_id=subject.category_id or "",
            title=subject.title,
            said=said,
            posted_by=by,
            now=now,
            confirmed_at=now if is_confirmed else None,
        )
        assert row is not None  # noqa: S101  # an INSERT returns what it wrote
        return _panel(row)

    async def take_out(self, channel_id: int, subject: PanelSubject, now: datetime) -> Panel | None:
        """Have the panel that shows the same in the channel be removed; None if there is none."""
        row = await self._tx.row(
            _REPLACE,
            channel_id=channel_id,
            product_id=subject.product_id or "",
            category_id=subject.category_id or "",
            now=now,
        )
        return None if row is None else _panel(row)

    async def confirm(
        self, guild_id: int, reference: str, *, by: int, asked_after: datetime, now: datetime
    ) -> Panel | None:
        """Have an announcement be posted that they were shown since `asked_after` (UTC).

        None where another answer was faster.
        """
        row = await self._tx.row(
            _CONFIRM, reference=reference, guild_id=guild_id, by=by, asked_after=asked_after, now=now
        )
        return None if row is None else _panel(row)

    async def discard(self, guild_id: int, reference: str, *, by: int) -> bool:
        """Drop an announcement that isn't posted; False where another answer was faster."""
        return await self._tx.value(_DISCARD, reference=reference, guild_id=guild_id, by=by) is not None

    async def forget_drafts(self, before: datetime) -> None:
        """Drop the announcements from before that (UTC) that were never answered."""
        await self._tx.execute(_FORGET, before=before)

    async def remove(self, guild_id: int, reference: str, now: datetime) -> Panel | None:
        """Have it be removed; None for one that isn't there."""
        row = await self._tx.row(_REMOVE, reference=reference, guild_id=guild_id, now=now)
        return None if row is None else _panel(row)

    async def retire(self, panel_id: int, now: datetime) -> bool:
        """Its message can't be had; says whether that is new."""
        return await self._tx.value(_RETIRE, id=panel_id, now=now) is not None

    async def retire_channel(self, channel_id: int, now: datetime) -> None:
        """The channel is gone, with all that stood there."""
        await self._tx.execute(_RETIRE_CHANNEL, channel_id=channel_id, now=now)

    async def keep(self, panel_id: int, message_id: int, shows: str) -> bool:
        """Record where it is and what it shows; says whether it was removed meanwhile."""
        return await self._tx.value(_KEEP, id=panel_id, message_id=message_id, shows=shows) is not None

    async def by_id(self, panel_id: int) -> Panel | None:
        row = await self._tx.row("SELECT * FROM panels WHERE id = :id", id=panel_id)
        return None if row is None else _panel(row)

    async def find(self, reference: str) -> Panel | None:
        row = await self._tx.row("SELECT * FROM panels WHERE reference = :reference", reference=reference)
        return None if row is None else _panel(row)

    async def of_server(self, guild_id: int) -> list[Panel]:
        """Those that stand in the server, or are about to, oldest first."""
        return list(map(_panel, await self._tx.rows(_OF_SERVER, guild_id=guild_id)))

    async def posted(self, *, after: int, limit: int) -> list[Panel]:
        """Those whose messages stand, from after that row on."""
        return list(map(_panel, await self._tx.rows(_POSTED, after=after, limit=limit)))


def _panel(row: Row) -> Panel:
    return Panel(
        id=row["id"],
        reference=row["reference"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        subject=PanelSubject(row["product_id"] or None, row["category_id"] or None, row["title"]),
        said=row["said"],
        posted_by=row["posted_by"],
        created_at=instant(row["created_at"]),
        message_id=row["message_id"],
        shows=row["shows"],
        is_confirmed=row["confirmed_at"] is not None,
        is_removed=row["removed_at"] is not None,
    )
