"""Remembers in which language people use Discord, for what reaches them when they aren't asking."""

import logging
from collections import OrderedDict
from datetime import timedelta
from typing import Final, Protocol

from bot.jobs.worker import Clock, Worker
from bot.privacy.events import MemberForgotten
from bot.readers.repository import ReaderRepository
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.queues import Mark, Queue
from bot.storage.transaction import Transaction, UnitOfWork

log = logging.getLogger(__name__)

_MOST_IN_MEMORY: Final = 10_000
"""People: about 2 MB."""
_WRITTEN_AFTER: Final = timedelta(minutes=1)
"""What is lost with a crash is a language that the next click says again: no purchase waits for a write."""


class KnownReaders(Protocol):
    """What is known of who reads."""

    def seen(self, user_id: int, locale: str) -> None:
        """The person uses Discord in this locale."""
        ...

    def chosen(self, guild_id: int | None) -> str | None:
        """The language that the server's staff chose."""
        ...

    async def locale(self, user_id: int) -> str | None:
        """The locale of the person when they were last seen, if ever. Raises DatabaseAway."""
        ...


class Readers:
    def __init__(self, database: UnitOfWork, audit: Audit, mark: Mark, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._mark = mark
        self._clock = clock
        self._locales: OrderedDict[int, str | None] = OrderedDict()
        self._unwritten: dict[int, str] = {}
        self._languages: dict[int, str] = {}
        self.worker = Worker(self.write, name="languages of people", clock=clock, queue=Queue.READERS)

    async def load(self) -> None:
        """Read the servers' languages: they are few, and asked for at every answer."""
        async with self._database.look() as tx:
            self._languages = await ReaderRepository(tx).languages()

    def seen(self, user_id: int, locale: str) -> None:
        """As `KnownReaders` says; it is written within a minute, off everybody's way."""
        if self._locales.get(user_id) == locale:
            return
        self._keep(user_id, locale)
        self._unwritten[user_id] = locale
        self._mark(Queue.READERS, self._clock() + _WRITTEN_AFTER)

    def chosen(self, guild_id: int | None) -> str | None:
        """As `KnownReaders` says."""
        return None if guild_id is None else self._languages.get(guild_id)

    async def locale(self, user_id: int) -> str | None:
        """As `KnownReaders` says."""
        if user_id not in self._locales:
            async with self._database.look() as tx:
                found = await ReaderRepository(tx).locale(user_id)
            self._keep(user_id, self._unwritten.get(user_id, found))
        return self._locales[user_id]

    async def choose(self, guild_id: int, language: str | None, *, by: int) -> None:
        """Have the server's public messages in this language; None leaves it to the settings."""
        async with self._database.write() as tx:
            await ReaderRepository(tx).choose(guild_id, language)
            details = {"language": language or ""}
            await self._audit.write(tx, AuditEntry(guild_id, AuditAction.SETTINGS, by, details=details))
        if language is None:
            self._languages.pop(guild_id, None)
        else:
            self._languages[guild_id] = language

    async def write(self) -> None:
        """Write down who was seen since the last time."""
        if not self._unwritten:
            return
        async with self._database.write() as tx:
            locales = self._unwritten.copy()  # nobody is forgotten from here on
            await ReaderRepository(tx).remember(locales)
        self._unwritten = {
            person: locale for person, locale in self._unwritten.items() if locales.get(person) != locale
        }

    async def forget(self, tx: Transaction, event: MemberForgotten) -> None:
        """Until they use the bot again."""
        self._locales.pop(event.user_id, None)
        self._unwritten.pop(event.user_id, None)
        await ReaderRepository(tx).forget(event.user_id)

    async def close(self) -> None:
        """Write it down before the process ends, as far as that goes: nothing else may wait for it."""
        try:
            await self.write()
        except Exception:
            log.exception("In which language people read can't be written down")

    def _keep(self, user_id: int, locale: str | None) -> None:
        self._locales[user_id] = locale
        self._locales.move_to_end(user_id)
        if len(self._locales) > _MOST_IN_MEMORY:
            self._locales.popitem(last=False)


class NobodyKnown:
    """For a bot that only looks at its commands."""

    def seen(self, user_id: int, locale: str) -> None:
        """Forgotten at once."""

    def chosen(self, _guild_id: int | None) -> str | None:
        return None

    async def locale(self, _user_id: int) -> str | None:
        return None
