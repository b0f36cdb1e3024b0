"""Invoices go along with what the store says of their sale's money."""

from bot.invoices.service import Invoices
from bot.payments.models import Change, Fulfilment, OrderRecord, SubscriptionChange, SubscriptionRecord
from bot.sales.models import Sale
from bot.storage.unit_of_work import Transaction


class FollowedByInvoices:
    """What a payment earns, and then the invoice that asked for it."""

    def __init__(self, fulfilment: Fulfilment, invoices: Invoices) -> None:
        self._fulfilment = fulfilment
        self._invoices = invoices

    async def order_changed(self, tx: Transaction, sale: Sale, order: OrderRecord, change: Change) -> None:
        await self._fulfilment.order_changed(tx, sale, order, change)
        if sale.basket.charge is not None:
            await self._invoices.follow_sale(tx, sale.id, again=change is Change.PAID_AGAIN)

    async def subscription_changed(
        self, tx: Transaction, subscription: SubscriptionRecord, change: SubscriptionChange
    ) -> None:
        await self._fulfilment.subscription_changed(tx, subscription, change)
