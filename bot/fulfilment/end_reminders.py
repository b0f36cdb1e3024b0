"""Three days before something ends, its member is reminded: a timed role, a trial, a cancelled period."""

from datetime import datetime
from typing import Final

from bot.checkout.repository import SaleRepository
from bot.fulfilment.models import Grant
from bot.fulfilment.notices import Audience, Notice, NoticeKind, end_of
from bot.fulfilment.reminder_repository import EndReminderRepository
from bot.fulfilment.repository import REMINDED_BEFORE
from bot.jobs.models import JobKind
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock, Worker
from bot.payments.events import SubscriptionChanged
from bot.payments.models import SubscriptionRecord
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork

_AT_ONCE: Final = 100


class EndReminders:
    """A reminder is a notice: its job's key has the end that it is about, so that there is one of each."""

    def __init__(self, database: UnitOfWork, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self.worker = Worker(self.settle, name="reminders of ends", clock=clock, queue=Queue.END_REMINDERS)

    async def settle(self) -> datetime | None:
        """Plan some of the reminders that are due; returns when (UTC) there is more."""
        now = self._clock()
        async with self._database.write() as tx:
            reminders = EndReminderRepository(tx)
            for grant in await reminders.due_grants(now, limit=_AT_ONCE):
                await self._of_grant(tx, grant, now)
            for subscription in await reminders.due_subscriptions(now, limit=_AT_ONCE):
                await self._of_subscription(tx, subscription, now)
            return await reminders.next_due()

    async def follow_subscription(self, tx: Transaction, event: SubscriptionChanged) -> None:
        """Have its member reminded of the end that it has by now, if it has one and that is far enough."""
        end = end_of(event.subscription)
        at = None if end is None or end[1] - REMINDED_BEFORE <= event.at else end[1] - REMINDED_BEFORE
        await EndReminderRepository(tx).remind_of(event.subscription.id, at)

    async def _of_grant(self, tx: Transaction, grant: Grant, now: datetime) -> None:
        ends_at, reminders = grant.ends_at, EndReminderRepository(tx)
        if ends_at is None or grant.days is None or ends_at <= now or grant.is_moved:
            return
        if ends_at - grant.begins_at <= REMINDED_BEFORE or await reminders.goes_on(grant):
            return  # it is too short to be forgotten, or another follows
        if await reminders.are_on(grant.guild_id):
            notice = Notice(NoticeKind.ENDS_SOON, Audience.RECIPIENT, grant.id, ends_at)
            await JobRepository(tx).plan(grant.sale_id, JobKind.NOTICE, notice.key, now)

    async def _of_subscription(
        self, tx: Transaction, subscription: SubscriptionRecord, now: datetime
    ) -> None:
        end = end_of(subscription)
        if end is None or end[1] <= now:
            return
        sale = await SaleRepository(tx).by_id(subscription.sale_id)
        if await EndReminderRepository(tx).are_on(sale.guild_id):
            notice = Notice(end[0], Audience.PAYER, subscription.id, end[1])
            await JobRepository(tx).plan(sale.id, JobKind.NOTICE, notice.key, now)

    # --- whether members are reminded: a server's choice, kept in the audit ---------------------------

    async def are_on(self, guild_id: int) -> bool:
        """Whether the server's members are reminded."""
        async with self._database.look() as tx:
            return await EndReminderRepository(tx).are_on(guild_id)

    async def switch(self, guild_id: int, *, on: bool, by: int) -> None:
        async with self._database.write() as tx:
            await EndReminderRepository(tx).switch(guild_id, on=on)
            details = {"end reminders": "on" if on else "off"}
            await self._audit.write(tx, AuditEntry(guild_id, AuditAction.SETTINGS, by, details=details))
