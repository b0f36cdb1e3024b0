"""The step that tells people by direct message what became of a sale after its payment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import (
    LABELS,
    OF_ORDERS,
    REMINDERS,
    Audience,
    Notice,
    NoticeKind,
    end_of,
    notice_of,
)
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.base import Earnings, FulfilmentStep
from bot.jobs.models import Job, JobKind, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.payments.events import OrderChanged, SubscriptionChanged
from bot.payments.models import SubscriptionChange
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import Transaction
from bot.texts import Text, template, text

_OF_SUBSCRIPTIONS: Final[Mapping[SubscriptionChange, NoticeKind]] = {
    SubscriptionChange.PAST_DUE: NoticeKind.PAST_DUE,
    SubscriptionChange.CANCELLED: NoticeKind.CANCELLED,
    SubscriptionChange.PAUSED: NoticeKind.PAUSED,
    SubscriptionChange.RESUMED: NoticeKind.RESUMED,
}


class NoticeMessage(FulfilmentStep):
    """The key says which notice, for whom, and about which order, subscription or grant."""

    kind = JobKind.NOTICE
    audience = Audience.PAYER
    log_label = text("Message")
    failure = template("We couldn't send {buyer} a message about {sale}.")
    is_kept = True

    @classmethod
    def audience_of(cls, key: str) -> Audience:
        return Audience.PAYER if key.startswith(f"{Audience.PAYER}-") else Audience.RECIPIENT

    @classmethod
    def label_of(cls, key: str) -> Text:
        return LABELS[notice_of(key).kind] if cls.knows(key) else cls.log_label

    @classmethod
    def knows(cls, key: str) -> bool:
        try:
            notice_of(key)
        except ValueError:
            return False
        return True

    async def order_changed(self, tx: Transaction, event: OrderChanged, _earned: Earnings | None) -> None:
        if (kind := OF_ORDERS.get(event.change)) is not None:
            await self._plan(tx, event.sale, kind, event.order.id, event.at)

    async def subscription_changed(self, tx: Transaction, sale: Sale, event: SubscriptionChanged) -> None:
        if (kind := _OF_SUBSCRIPTIONS.get(event.change)) is not None:
            await self._plan(tx, sale, kind, event.subscription.id, event.at)

    async def _plan(self, tx: Transaction, sale: Sale, kind: NoticeKind, row: int, now: datetime) -> None:
        audiences = [Audience.PAYER]
        if sale.basket.gift_to is not None and kind is not NoticeKind.PAST_DUE:
            audiences.append(Audience.RECIPIENT)
        for audience in audiences:
            await JobRepository(tx).plan(sale.id, self.kind, Notice(kind, audience, row, now).key, now)

    @classmethod
    def stands(cls, _key: str, _facts: SaleFacts) -> bool:
        """What happened is told, whatever happened since."""
        return True

    async def grant(self, job: Job, facts: SaleFacts) -> Result:
        """What was to happen is told only if it still is."""
        notice = notice_of(job.key)
        if notice.kind in REMINDERS and not job.payload and not await self._is_to_come(facts, notice):
            return Result(Outcome.GONE)
        return await self.send(job, facts)

    async def revoke(self, _job: Job, _facts: SaleFacts) -> Result:
        return Result(Outcome.GONE)

    async def _is_to_come(self, facts: SaleFacts, notice: Notice) -> bool:
        end: datetime | None = None
        if notice.kind is NoticeKind.ENDS_SOON:
            grant = facts.grant(notice.row)
            end = grant.ends_at if grant.state is GrantState.LIVE else None
        else:
            async with self.tools.database.read() as tx:
                found = end_of(await PaymentRepository(tx).subscription_of(facts.sale.id))
            end = found[1] if found is not None and found[0] is notice.kind else None
        return end is not None and end > self.tools.clock() and end.replace(microsecond=0) == notice.at
