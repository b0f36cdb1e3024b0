"""The step that tells people by direct message what became of a sale after its payment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import LABELS, OF_ORDERS, Audience, Notice, NoticeKind, notice_of
from bot.fulfilment.steps.base import FulfilmentStep
from bot.jobs.models import Job, JobKind, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.payments.models import OrderRecord, PaymentEvent, SubscriptionChange, SubscriptionRecord
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

    async def order_changed(
        self, tx: Transaction, sale: Sale, order: OrderRecord, change: PaymentEvent, now: datetime
    ) -> None:
        if (kind := OF_ORDERS.get(change)) is not None:
            await self._plan(tx, sale, kind, order.id, now)

    async def subscription_changed(
        self,
        tx: Transaction,
        sale: Sale,
        subscription: SubscriptionRecord,
        change: SubscriptionChange,
        now: datetime,
    ) -> None:
        if (kind := _OF_SUBSCRIPTIONS.get(change)) is not None:
            await self._plan(tx, sale, kind, subscription.id, now)

    async def _plan(self, tx: Transaction, sale: Sale, kind: NoticeKind, row: int, now: datetime) -> None:
        audiences = [Audience.PAYER]
        if sale.basket.gift_to is not None and kind is not NoticeKind.PAST_DUE:
            audiences.append(Audience.RECIPIENT)
        for audience in audiences:
            await JobRepository(tx).plan(sale.id, self.kind, Notice(kind, audience, row, now).key, now)

    async def carry_out(self, job: Job) -> Result:
        """What happened is told, whatever happened since."""
        return await self._send(job, await self.tools.facts.of(job.sale_id))

    async def grant(self, job: Job, sale: Sale) -> Result:
        return await self._send(job, await self.tools.facts.of(sale.id))

    async def _send(self, job: Job, facts: SaleFacts) -> Result:
        for_payer = self.audience_of(job.key) is Audience.PAYER
        reader_id = facts.sale.buyer_id if for_payer else facts.sale.recipient_id
        return await self.tools.mail.send(job, facts, reader_id)

    async def revoke(self, _job: Job, _sale: Sale) -> Result:
        return Result(Outcome.GONE)
