"""The step that tells by direct message what a payment earned."""

from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import GIVEN_BACK
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import Audience
from bot.fulfilment.steps.base import Earnings, FulfilmentStep
from bot.jobs.models import Job, JobKind, Outcome, Result
from bot.jobs.repository import JobRepository
from bot.payments.events import OrderChanged, SubscriptionChanged
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

    async def order_changed(self, tx: Transaction, event: OrderChanged, earned: Earnings | None) -> None:
        sale, order, now, jobs = event.sale, event.order, event.at, JobRepository(tx)
        if earned is None:
            await jobs.show_again(sale.id, self.kind, [str(order.id), f"{order.id}{PAYERS}"], now)
            return
        await self._show_newest_again(tx, sale, now)  # it says when the next payment is due
        await jobs.plan(sale.id, self.kind, str(order.id), now)
        if sale.basket.gift_to is not None:
            await jobs.plan(sale.id, self.kind, f"{order.id}{PAYERS}", now)

    async def subscription_changed(self, tx: Transaction, sale: Sale, event: SubscriptionChanged) -> None:
        await self._show_newest_again(tx, sale, event.at)

    async def _show_newest_again(self, tx: Transaction, sale: Sale, now: datetime) -> None:
        jobs = JobRepository(tx)
        receipts = await jobs.of_sales([sale.id], [self.kind])
        newest = max((self.order_row(each.key) for each in receipts), default=None)
        keys = [each.key for each in receipts if self.order_row(each.key) == newest]
        await jobs.show_again(sale.id, self.kind, keys, now)

    @classmethod
    def stands(cls, key: str, facts: SaleFacts) -> bool:
        """Unless its money was given back."""
        return facts.order(cls.order_row(key)).money not in GIVEN_BACK

    @classmethod
    def order_row(cls, key: str) -> int:
        """The order whose receipt it is."""
        return int(key.removesuffix(PAYERS))

    async def grant(self, job: Job, facts: SaleFacts) -> Result:
        return await self.send(job, facts)

    async def revoke(self, job: Job, facts: SaleFacts) -> Result:
        """Where it wasn't sent it comes too late: that the money was given back is told by a notice."""
        if not job.payload:
            return Result(Outcome.GONE, refresh=True)
        return await self.send(job, facts)


def is_payers(key: str) -> bool:
    return key.endswith(PAYERS)
