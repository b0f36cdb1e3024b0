"""The sales log of a server: one message per sale, in the channel that staff chose."""

from dataclasses import dataclass

from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.fulfilment.models import Grant
from bot.fulfilment.repository import FulfilmentRepository
from bot.jobs.models import JobRecord
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.models import OrderRecord
from bot.payments.repository import PaymentRepository
from bot.staff.notes import take_up_notes
from bot.staff.repository import LogMessage, StaffRepository
from bot.storage.transaction import UnitOfWork


@dataclass(frozen=True, slots=True)
class LoggedSale:
    """All that the log tells of a sale. `channel_id` is None where the server has no log."""

    sale: Sale
    channel_id: int | None
    message: LogMessage | None
    jobs: tuple[JobRecord, ...]
    orders: tuple[OrderRecord, ...]
    grants: tuple[Grant, ...]


class SalesLog:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, sale_id: int) -> LoggedSale:
        """Raises LookupError when there is no such sale."""
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_id(sale_id)
            return LoggedSale(
                sale,
                await StaffRepository(tx).sales_log(sale.guild_id),
                await StaffRepository(tx).log_message(sale_id),
                tuple(await JobRepository(tx).of_sale(sale_id)),
                tuple(await PaymentRepository(tx).orders_of(sale_id)),
                tuple(await FulfilmentRepository(tx).grants_of_sale(sale_id)),
            )

    async def keep(self, sale_id: int, message: LogMessage) -> None:
        """From now on this is the sale's message."""
        async with self._database.write() as tx:
            await StaffRepository(tx).keep_log_message(sale_id, message)

    async def channel(self, guild_id: int) -> int | None:
        """The channel of the server's log, if it has one."""
        async with self._database.read() as tx:
            return await StaffRepository(tx).sales_log(guild_id)

    async def switch(self, guild_id: int, channel_id: int | None) -> None:
        """Keep the log in that channel, or none; notes that waited for a channel are posted there."""
        async with self._database.write() as tx:
            await StaffRepository(tx).set_sales_log(guild_id, channel_id)
        if channel_id is not None:
            await take_up_notes(self._database, self._clock, guild_id)
