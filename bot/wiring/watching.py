"""Looks for what staff have to be told of the shop as a whole. Each look reads only, and a few rows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.jobs.worker import Clock, Worker
from bot.pandabase.provider import PandabaseShop
from bot.pandabase.transport import TokenWatch
from bot.staff.alarms import Alarms
from bot.staff.database_alarm import DatabaseAlarm
from bot.storage.backup import backups_in
from bot.storage.inspection import NEWEST_ORDERS, QUEUES, free_space, rows
from bot.storage.values import instant
from bot.texts import Text, markdown, moment, text
from bot.wiring.backups import backup_folder
from bot.wiring.shared import Shared
from bot.wiring.store import hears_webhooks

LITTLE_ROOM: Final = 500_000_000
"""Bytes; the alert rules of `deploy/prometheus` have the same."""
LATE: Final = timedelta(minutes=30)
"""How long payments and messages may be due: what Discord or the store refuses is planned anew."""
BACKUP_LATE: Final = timedelta(hours=1)
"""Beyond its time; by then it was tried twice."""
STORE_AWAY: Final = timedelta(hours=1)
CLOCK_OFF: Final = timedelta(minutes=2)
"""A webhook is refused when its time is more than five minutes from ours."""
WEBHOOK_LATE: Final = timedelta(minutes=15)
UNKNOWN: Final = markdown("?")
"""Neither is it known to be wrong, nor to be well."""
OVER: Final[Mapping[str, Text]] = {
    "token": text("The store accepts the bot's API token again."),
    "store": text("The bot can reach the store again."),
    "clock": text("The bot's clock and the store's agree again."),
    "disk": text("There's room on the bot's disk again."),
    "backup": text("Backups work again."),
    "queue": text("Payments, roles and messages are no longer waiting."),
    "webhooks": text("The store's webhooks reach the bot again."),
}
_LATELY: Final = timedelta(days=2)
_LIKELY_LOST: Final = 3
"""So many orders, one after the other, without a webhook are more than one that got lost."""


@dataclass(frozen=True, slots=True)
class Watching:
    """What is wrong now. Raises DatabaseError when the database can't be read."""

    settings: Settings
    shop: PandabaseShop
    token: TokenWatch
    catalog: Catalog
    clock: Clock
    since: datetime
    """When (UTC) the process began."""

    async def __call__(self) -> Mapping[str, Text | None]:
        now = self.clock()
        looked = {
            "token": self._token(),
            "store": self._store(),
            "clock": self._clock_off(),
            "disk": self._disk(),
            "backup": await self._backup(now),
            "queue": await self._queue(now),
            "webhooks": await self._webhooks(now),
        }
        return {key: told for key, told in looked.items() if told is not UNKNOWN}

    def _token(self) -> Text | None:
        if not self.token.is_refused:
            return None if self.token.was_accepted_last else UNKNOWN
        return text(
            "The store refuses the bot's API token, or the token lacks a scope, so payments, "
            "renewals or keys may be missed. Run `bamboo check` to see what's missing."
        )

    def _store(self) -> Text | None:
        age = self.catalog.age()
        if age is None:
            return UNKNOWN
        if age <= STORE_AWAY:
            return None
        return text(
            "The bot hasn't reached the store for over an hour. Members are told, and nobody is "
            "charged. It carries on by itself once the store answers. Check Pandabase's status "
            "page, and the bot's network with `bamboo check`."
        )

    def _clock_off(self) -> Text | None:
        difference = self.shop.clock_difference
        if difference is None:
            return UNKNOWN
        if abs(difference) <= CLOCK_OFF:
            return None
        return text(
            "The bot's clock and the store's are {minutes} minutes apart. From five minutes on, "
            "the bot refuses the store's webhooks. Let its machine set the clock over the network"
            " (on Linux: `timedatectl set-ntp true`).",
            minutes=round(abs(difference) / timedelta(minutes=1)),
        )

    def _disk(self) -> Text | None:
        free = free_space(self.settings.storage.url)
        if free is None:
            return UNKNOWN
        if free >= LITTLE_ROOM:
            return None
        return text(
            "Only {megabytes} MB are left on the bot's disk. Free some space: without it, "
            "nothing can be sold.",
            megabytes=free // 1_000_000,
        )

    async def _backup(self, now: datetime) -> Text | None:
        every = self.settings.backup.every_hours
        if every == 0 or not self.settings.storage.url.is_file:
            return None
        made = await asyncio.to_thread(backups_in, backup_folder(self.settings))
        due = (made[0].made_at if made else self.since) + timedelta(hours=every)
        if now - due <= BACKUP_LATE:
            return None
        return text(
            "The backup due {due} wasn't made. The bot's log says why; `bamboo backup` makes one by hand.",
            due=moment(due),
        )

    async def _queue(self, now: datetime) -> Text | None:
        due = {row["queue"]: row["due"] for row in await rows(self.settings.storage.url, QUEUES)}
        oldest = min((due[name] for name in ("people", "webhooks") if due[name] is not None), default=None)
        if oldest is None or now - instant(oldest) <= LATE:
            return None
        return text(
            "Payments, roles or messages have been waiting for over half an hour. The bot "
            "keeps trying; its log says what's in the way."
        )

    async def _webhooks(self, now: datetime) -> Text | None:
        if not hears_webhooks(self.settings):
            return None  # nothing else is expected; without the Store API no order gets here unheard
        newest = await rows(self.settings.storage.url, NEWEST_ORDERS)
        settled = [row for row in newest if now - instant(row["created_at"]) > WEBHOOK_LATE][:_LIKELY_LOST]
        if any(row["heard"] for row in settled):
            return None
        if len(settled) < _LIKELY_LOST or now - instant(settled[0]["created_at"]) > _LATELY:
            return UNKNOWN  # it may be mended, and nothing was sold since
        return text(
            "The store's webhooks aren't reaching the bot. It found the last payments in the "
            "store's lists instead, so people wait longer for what they bought. Run `bamboo "
            "webhook test` to see what's wrong."
        )


def alarms(shared: Shared, watching: Watching) -> tuple[Worker, Worker]:
    """Who tells staff of what ails the shop as a whole."""
    database, servers, clock = shared.database, shared.bot.served, shared.clock
    return (
        Alarms(database, watching, servers, OVER, clock).worker,
        DatabaseAlarm(database, shared.channels.post_without_database, servers, clock).worker,
    )
