"""The message that a buyer has of a sale follows it: what happens to the sale plans its next edit."""

from dataclasses import dataclass

from bot.checkout.events import GiftNoteWritten, LinkExpired, LinkWithdrawn
from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.steps.registry import HELD, progress_of, reader_of, says_all, shown_by_message
from bot.jobs.events import JobAttempted
from bot.jobs.link_repository import LinkRepository
from bot.jobs.models import JobKind, LiveMessage, Outcome
from bot.jobs.repository import JobRepository
from bot.payments.events import OrderChanged, QuarantineChanged
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import Transaction, UnitOfWork


async def message_of_expired_link(tx: Transaction, event: LinkExpired) -> None:
    await JobRepository(tx).refresh_messages(event.sale_ids, event.at)


async def message_of_link_given_up(tx: Transaction, event: LinkWithdrawn) -> None:
    await JobRepository(tx).refresh_messages([event.sale.id], event.at)


async def message_of_gift_note(tx: Transaction, event: GiftNoteWritten) -> None:
    """The message is about the same link, and yet to be edited."""
    await JobRepository(tx).outdate_message(event.sale.id)
    await JobRepository(tx).refresh_messages([event.sale.id], event.at)


async def message_of_order(tx: Transaction, event: OrderChanged) -> None:
    await JobRepository(tx).refresh_messages([event.sale.id], event.at)


async def message_of_quarantine(tx: Transaction, event: QuarantineChanged) -> None:
    await JobRepository(tx).refresh_messages([event.sale_id], event.at)


async def message_of_job(tx: Transaction, event: JobAttempted) -> None:
    """What a step came to is shown; and the sale may have gone on while its message was on its way."""
    sent = event.result.message
    if event.result.refresh:
        await JobRepository(tx).refresh_messages([event.job.sale_id], event.at)
    # An edit is of a message that is known: whatever happened meanwhile has planned another.
    is_edit = event.job.kind == JobKind.MESSAGE
    if sent is not None and not is_edit and not (sent.shows == event.sale_status and says_all(sent.shows)):
        sale_id = event.job.sale_id
        sale = await SaleRepository(tx).by_id(sale_id)
        money = [order.money for order in await PaymentRepository(tx).orders_of(sale_id)]
        if shown_by_message(sale, await JobRepository(tx).of_sale(sale_id), money) != sent.shows:
            await JobRepository(tx).refresh_messages([sale_id], event.at)


async def forget_message(message: LiveMessage, tx: Transaction) -> None:
    """It was taken away in Discord."""
    await JobRepository(tx).forget_message(message.message_id)


# --- what is to be shown, for those who edit them -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownSale:
    """`has_receipt` says that one has reached the buyer by direct message: it says all that this would."""

    sale: Sale
    message: LiveMessage | None
    progress: str
    has_receipt: bool


class SaleMessages:
    """The live message of each sale: which it is, and what it has to show."""

    def __init__(self, database: UnitOfWork, facts: FactsOfSales) -> None:
        self._database = database
        self._facts = facts

    async def of(self, sale_id: int) -> tuple[Sale, LiveMessage | None]:
        """The sale, and its message if it has one. Raises LookupError when there is no such sale."""
        async with self._database.look() as tx:
            return await SaleRepository(tx).shown(sale_id)

    async def shown(self, sale_id: int) -> "ShownSale":
        """The sale with its message, and what that has to show by now. Raises as `of` does."""
        facts = await self._facts.of(sale_id)
        sale = facts.sale
        progress = HELD if facts.is_held else progress_of(sale, facts.jobs, facts.money)
        has_receipt = any(
            each.kind == JobKind.RECEIPT
            and each.outcome is Outcome.DIRECT_MESSAGE
            and reader_of(each.kind, each.key, sale.buyer_id, sale.recipient_id) == sale.buyer_id
            for each in facts.jobs
        )
        return ShownSale(sale, facts.message, progress, has_receipt=has_receipt)

    async def is_to_come(self, sale_id: int) -> bool:
        """Whether a link of the sale is being brought to its buyer, or is to be brought again."""
        async with self._database.read() as tx:
            return await LinkRepository(tx).is_under_way(sale_id)

    async def of_another(self, message_id: int, sale: Sale) -> LiveMessage | None:
        """The message of that id, if it is the one of another sale."""
        async with self._database.look() as tx:
            return await JobRepository(tx).other_message(message_id, sale.id)

    async def forget(self, message: LiveMessage) -> None:
        """It was deleted in Discord."""
        async with self._database.write() as tx:
            await forget_message(message, tx)
