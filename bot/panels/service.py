"""Panels, as staff post and remove them, and as they follow the catalog."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.jobs.models import JobKind, NewJob
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock, Worker
from bot.panels.models import Panel, PanelContent, PanelSubject
from bot.panels.refusals import draft_gone, panel_gone, panel_unknown, too_many_panels
from bot.panels.repository import PanelRepository
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import Text

MOST_PANELS: Final = 50
"""In a server, with announcements: each is edited whenever what it shows changes."""
_LOOKED_AT_ONCE: Final = 100
_ANSWERED_WITHIN: Final = timedelta(days=1)
"""How long an announcement can be posted that somebody was shown."""
_TOLD_AGAIN_AFTER: Final = timedelta(days=1)


class PanelContents(Protocol):
    """What panels show."""

    async def content_of(self, panel: Panel) -> PanelContent | None:
        """What the panel would show now; None where that can't be said."""
        ...


class Panels:
    def __init__(self, database: UnitOfWork, audit: Audit, contents: PanelContents, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._contents = contents
        self._clock = clock
        self.worker = Worker(self.follow, name="panels", clock=clock, queue=Queue.CATALOG, needs_servers=True)

    # --- what staff do --------------------------------------------------------------------------------

    async def post(self, guild_id: int, channel_id: int, subject: PanelSubject, *, by: int) -> bool:
        """Have a panel posted; one that shows the same in the channel goes. Says whether there was one.

        Raises too_many_panels.
        """
        now = self._clock()
        async with self._database.write() as tx:
            panels = PanelRepository(tx)
            before = await panels.take_out(channel_id, subject, now)
            await self._require_room(tx, guild_id)
            panel = await panels.add(
                guild_id, channel_id, subject, said=None, by=by, now=now, is_confirmed=True
            )
            for each in (panel, *([before] if before else [])):
                await self._plan(tx, each, now)
            await self._record(tx, panel, AuditAction.PANEL_POSTED, by)
        return before is not None

    async def draft(
        self, guild_id: int, channel_id: int, subject: PanelSubject, said: str, *, by: int
    ) -> Panel:
        """An announcement for its writer to look at first. Raises too_many_panels."""
        now = self._clock()
        async with self._database.write() as tx:
            await PanelRepository(tx).forget_drafts(now - _ANSWERED_WITHIN)
            await self._require_room(tx, guild_id)
            return await PanelRepository(tx).add(
                guild_id, channel_id, subject, said=said, by=by, now=now, is_confirmed=False
            )

    async def drafted(self, guild_id: int, reference: str, *, by: int) -> Panel:
        """An announcement that its writer has not answered. Raises draft_gone."""
        async with self._database.look() as tx:
            panel = await PanelRepository(tx).find(reference)
        is_theirs = panel is not None and (panel.guild_id, panel.posted_by) == (guild_id, by)
        if panel is None or not is_theirs or panel.is_confirmed:
            raise draft_gone()
        return panel

    async def announce(self, guild_id: int, reference: str, *, by: int) -> Panel:
        """Have it posted, once. Raises draft_gone and too_many_panels."""
        now = self._clock()
        async with self._database.write() as tx:
            await self._require_room(tx, guild_id)
            panel = await PanelRepository(tx).confirm(
                guild_id, reference, by=by, asked_after=now - _ANSWERED_WITHIN, now=now
            )
            if panel is None:
                raise draft_gone()
            await self._plan(tx, panel, now)
            await self._record(tx, panel, AuditAction.ANNOUNCED, by)
        return panel

    async def discard(self, guild_id: int, reference: str, *, by: int) -> None:
        """Drop an announcement. Raises draft_gone."""
        async with self._database.write() as tx:
            if not await PanelRepository(tx).discard(guild_id, reference, by=by):
                raise draft_gone()

    async def remove(self, guild_id: int, reference: str, *, by: int) -> Panel:
        """Have its message taken away. Raises panel_unknown."""
        now = self._clock()
        async with self._database.write() as tx:
            panel = await PanelRepository(tx).remove(guild_id, reference, now)
            if panel is None:
                raise panel_unknown()
            await self._plan(tx, panel, now)
            await self._record(tx, panel, AuditAction.PANEL_REMOVED, by)
        return panel

    async def all(self, guild_id: int) -> list[Panel]:
        """The server's panels and announcements, oldest first."""
        async with self._database.look() as tx:
            return await PanelRepository(tx).of_server(guild_id)

    # --- what the messages need -----------------------------------------------------------------------

    async def find(self, reference: str) -> Panel:
        """The panel of a button, also when it was removed. Raises panel_gone."""
        async with self._database.look() as tx:
            panel = await PanelRepository(tx).find(reference)
        if panel is None:
            raise panel_gone()
        return panel

    async def by_id(self, panel_id: int) -> Panel | None:
        async with self._database.look() as tx:
            return await PanelRepository(tx).by_id(panel_id)

    async def keep(self, panel: Panel, message_id: int, shows: str, tx: Transaction) -> None:
        """Record where its message is and what that shows; if it was removed meanwhile, have it go again."""
        if await PanelRepository(tx).keep(panel.id, message_id, shows):
            await self._plan(tx, panel, self._clock())

    async def retire(self, panel: Panel, why: Text | None, tx: Transaction) -> None:
        """Its message is gone or can't be posted; `why` is told to staff."""
        now = self._clock()
        if await PanelRepository(tx).retire(panel.id, now) and why is not None:
            await self.tell_staff(panel, why, tx)

    async def tell_staff(self, panel: Panel, why: Text, tx: Transaction) -> None:
        """Have staff told what stands in its way, once a day."""
        note = StaffNote(panel.guild_id, f"panel:{panel.id}", why)
        await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER)

    async def retire_all(self, panels: Sequence[Panel]) -> None:
        """Somebody deleted their messages."""
        now = self._clock()
        async with self._database.write() as tx:
            for panel in panels:
                await PanelRepository(tx).retire(panel.id, now)

    async def retire_channel(self, channel_id: int) -> None:
        """The channel was deleted."""
        async with self._database.write() as tx:
            await PanelRepository(tx).retire_channel(channel_id, self._clock())

    async def show_again(self, panel: Panel) -> None:
        """Have the message show what is so now: somebody was told other than it says."""
        async with self._database.write() as tx:
            if panel.message_id is not None and not panel.is_removed:
                await self._plan(tx, panel, self._clock())

    # --- following the catalog ------------------------------------------------------------------------

    async def follow(self) -> datetime | None:
        """Have those edited that would show something else now; returns when (UTC) one does by itself."""
        changed: list[Panel] = []
        until: list[datetime] = []
        after = 0
        while True:
            async with self._database.look() as tx:
                page = await PanelRepository(tx).posted(after=after, limit=_LOOKED_AT_ONCE)
            if not page:
                break
            after = page[-1].id
            for panel in page:
                content = await self._contents.content_of(panel)
                if content is not None and content.fingerprint != panel.shows:
                    changed.append(panel)
                if content is not None and content.until is not None:
                    until.append(content.until)
        if changed:
            now = self._clock()
            async with self._database.write() as tx:
                jobs = [NewJob(JobKind.PANEL, str(panel.id)) for panel in changed]
                await JobRepository(tx).plan_all_again(jobs, now)
        return min(until, default=None)

    # --- parts ----------------------------------------------------------------------------------------

    async def _require_room(self, tx: Transaction, guild_id: int) -> None:
        if len(await PanelRepository(tx).of_server(guild_id)) >= MOST_PANELS:
            raise too_many_panels(MOST_PANELS)

    async def _plan(self, tx: Transaction, panel: Panel, now: datetime) -> None:
        job = NewJob(JobKind.PANEL, str(panel.id))
        await JobRepository(tx).plan_all_again([job], now, bulk=False)

    async def _record(self, tx: Transaction, panel: Panel, action: AuditAction, by: int) -> None:
        details = {"title": panel.subject.title, "channel": panel.channel_id}
        await self._audit.write(tx, AuditEntry(panel.guild_id, action, by, details=details))
