"""The message that a buyer has of a sale follows it: what happens to the sale plans its next edit."""

from bot.checkout.events import LinkExpired, LinkWithdrawn
from bot.checkout.repository import SaleRepository
from bot.fulfilment.steps.registry import shown_by_message
from bot.jobs.events import JobAttempted
from bot.jobs.repository import JobRepository
from bot.payments.events import OrderChanged
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import Transaction


async def message_of_expired_link(tx: Transaction, event: LinkExpired) -> None:
    await JobRepository(tx).refresh_messages(event.sale_ids, event.at)


async def message_of_link_given_up(tx: Transaction, event: LinkWithdrawn) -> None:
    await JobRepository(tx).refresh_messages([event.sale.id], event.at)


async def message_of_order(tx: Transaction, event: OrderChanged) -> None:
    await JobRepository(tx).refresh_messages([event.sale.id], event.at)


async def message_of_job(tx: Transaction, event: JobAttempted) -> None:
    """What a step came to is shown; and the sale may have gone on while its message was on its way."""
    sent = event.result.message
    if event.result.refresh:
        await JobRepository(tx).refresh_messages([event.job.sale_id], event.at)
    if sent is not None:
        sale_id = event.job.sale_id
        sale = await SaleRepository(tx).by_id(sale_id)
        money = [order.money for order in await PaymentRepository(tx).orders_of(sale_id)]
        if shown_by_message(sale, await JobRepository(tx).of_sale(sale_id), money) != sent.shows:
            await JobRepository(tx).refresh_messages([sale_id], event.at)
