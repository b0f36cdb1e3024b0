"""The step that tells by direct message what a payment earned."""

from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import Audience
from bot.fulfilment.states import GIVEN_BACK
from bot.fulfilment.steps.base import FulfilmentStep, earns_now
from bot.jobs.models import Job, JobKind, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.payments.models import OrderRecord, PaymentEvent, SubscriptionChange, SubscriptionRecord
from bot.storage.transaction import Transaction
from bot.texts import Text, template, text

PAYERS: Final = ":payer"
"""Ends the key of the receipt that is for a gift's payer."""


class ReceiptMessage(FulfilmentStep):
    """One for each payment; of a gift, the payer gets one of their own.

    It follows what becomes of the money, and of the subscription, by edits of the message that was sent.
    """

    kind = JobKind.RECEIPT
    audience = Audience.RECIPIENT
    log_label = text("Receipt")
    failure = template("We couldn't send {buyer} a receipt for {sale}.")
    is_kept = True

    @classmethod
    def audience_of(cls, key: str) -> Audience:
        return Audience.PAYER if is_payers(key) else cls.audience

    @classmethod
    def label_of(cls, key: str) -> Text:
        return text("Receipt for the payer") if is_payers(key) else cls.log_label

    async def order_changed(
        self, tx: Transaction, sale: Sale, order: OrderRecord, change: PaymentEvent, now: datetime
    ) -> None:
        jobs = JobRepository(tx)
        if not earns_now(order, change):
            await jobs.show_again(sale.id, self.kind, [str(order.id), f"{order.id}{PAYERS}"], now)
            return
        await self._show_newest_again(tx, sale, now)  # it says when the next payment is due
        await jobs.plan(sale.id, self.kind, str(order.id), now)
        if sale.basket.gift_to is not None:
            await jobs.plan(sale.id, self.kind, f"{order.id}{PAYERS}", now)

    async def subscription_changed(
        self,
        tx: Transaction,
        sale: Sale,
        _subscription: SubscriptionRecord,
        _change: SubscriptionChange,
        now: datetime,
    ) -> None:
        await self._show_newest_again(tx, sale, now)

    async def _show_newest_again(self, tx: Transaction, sale: Sale, now: datetime) -> None:
        jobs = JobRepository(tx)
        receipts = await jobs.of_sales([sale.id], [self.kind])
        newest = max((self.order_row(each.key) for each in receipts), default=None)
        keys = [each.key for each in receipts if self.order_row(each.key) == newest]
        await jobs.show_again(sale.id, self.kind, keys, now)

    async def carry_out(self, job: Job) -> Result:
        """Send it as the sale stands now, unless its money was given back."""
        facts = await self.tools.facts.of(job.sale_id)
        if not self.stands(facts.order(self.order_row(job.key))):
            return await self.revoke(job, facts.sale)
        return await self._send(job, facts)

    async def grant(self, job: Job, sale: Sale) -> Result:
        return await self._send(job, await self.tools.facts.of(sale.id))

    async def _send(self, job: Job, facts: SaleFacts) -> Result:
        for_payer = self.audience_of(job.key) is Audience.PAYER
        reader_id = facts.sale.buyer_id if for_payer else facts.sale.recipient_id
        return await self.tools.mail.send(job, facts, reader_id)

    async def revoke(self, job: Job, sale: Sale) -> Result:
        """Where it wasn't sent it comes too late: that the money was given back is told by a notice."""
        if not job.payload:
            return Result(Outcome.GONE, refresh=True)
        return await self.grant(job, sale)

    @classmethod
    def stands(cls, order: OrderRecord) -> bool:
        return order.money not in GIVEN_BACK

    @classmethod
    def order_row(cls, key: str) -> int:
        return int(key.removesuffix(PAYERS))


def is_payers(key: str) -> bool:
    return key.endswith(PAYERS)
