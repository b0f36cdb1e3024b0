"""What an order holds that isn't for everybody's eyes: license keys, and the store's message."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.catalog.catalog import Catalog
from bot.checkout.models import Sale
from bot.checkout.refusals import button_from_before, not_yours
from bot.checkout.repository import SaleRepository
from bot.checkout.states import MoneyState
from bot.errors import BambooError, PandabaseError
from bot.fulfilment.refusals import KeysOutOfReach, not_yours_any_more
from bot.fulfilment.steps.contents import sold_keys
from bot.jobs.models import JobKind, JobRecord
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import UnitOfWork
from bot.texts import text

log = logging.getLogger(__name__)

_WHERE_INSTEAD: Final = text("Find what you bought with /purchases in the server. Not there? Contact staff.")
Keys = Callable[[str], Awaitable[tuple[str, ...]]]
"""The license keys of an order, by the store's id of it (`ord_…`). Raises the PandabaseErrors."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """`order` is its row. `keys` is None where the bot can't ask the store: they come by email then."""

    sale: Sale
    order: int
    keys: tuple[str, ...] | None
    messages: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the store has put nothing in yet."""
        return self.keys is not None and not self.keys and not self.messages


@dataclass(frozen=True, slots=True)
class OrderContents:
    """What an order holds for its reader to open; `emailed` is how many keys only the store's email has."""

    keys: bool = False
    message: bool = False
    emailed: int = 0

    def __bool__(self) -> bool:
        """Whether there is something to open."""
        return self.keys or self.message


@dataclass(frozen=True, slots=True)
class _Found:
    """What the store says of a sale's products; `is_complete` says that it told of all of them."""

    messages: tuple[str, ...]
    keys: int
    is_complete: bool


class Contents:
    """What orders hold, as the store says."""

    def __init__(self, database: UnitOfWork, catalog: Catalog, keys: Keys | None, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._keys = keys
        self._clock = clock

    async def of_order(self, sale: Sale, order: int, jobs: Sequence[JobRecord]) -> OrderContents:
        """What there is to open, or may be; `order` is its row, `jobs` are the sale's.

        What is known is written.
        """
        target = str(order)
        is_known = any(job.kind == JobKind.KEYS and job.key == target for job in jobs)
        if is_known and self._keys is not None and sold_keys(sale):
            return OrderContents(keys=True)
        found = await self._ask_catalog(sale)
        # The store knows nothing of what was given: it made no keys, and emailed nothing.
        keys = 0 if sale.given else found.keys or (sold_keys(sale) if is_known else 0)
        if not keys and not found.messages:
            # Keys of a file's product, or the store's message with it, may be there all the same.
            return OrderContents(message=is_known or (sale.basket.has_download and not found.is_complete))
        if not is_known:
            async with self._database.write() as tx:
                await JobRepository(tx).ready(sale.id, target, self._clock())
        can_ask = self._keys is not None
        return OrderContents(
            keys=bool(keys) and can_ask,
            message=bool(found.messages) or not found.is_complete,
            emailed=0 if can_ask else keys,
        )

    async def keys(self, order_id: str) -> tuple[str, ...] | None:
        """None where the bot can't ask the store for them. Raises KeysOutOfReach."""
        if self._keys is None:
            return None
        try:
            return await self._keys(order_id)
        except PandabaseError as error:
            raise KeysOutOfReach(str(error)) from error

    async def messages(self, sale: Sale) -> tuple[str, ...]:
        """What the store tells those who bought; nothing while the store is away."""
        return (await self._ask_catalog(sale)).messages

    async def _ask_catalog(self, sale: Sale) -> "_Found":
        messages, keys, is_complete = list[str](), 0, True
        for product_id in dict.fromkeys(line.product_id for line in sale.basket.lines):
            if not product_id:
                continue  # made up by staff: the store has no product of it
            try:
                product = await self._catalog.details(product_id)
            except BambooError as error:
                log.info("The message of %s isn't known: %s", product_id, error)
                is_complete = False
                continue
            if product.hands_out_keys:
                keys += sum(line.quantity for line in sale.basket.lines if line.product_id == product_id)
            if product.message:
                messages.append(product.message)
        return _Found(tuple(dict.fromkeys(messages)), keys=keys, is_complete=is_complete)


class Deliverables:
    def __init__(self, database: UnitOfWork, contents: Contents, clock: Clock) -> None:
        self._database = database
        self._contents = contents
        self._clock = clock

    async def reveal(self, reference: str, order: str, user_id: int) -> Revealed:
        """What the order holds, for the one who gets it; `order` is its reference.

        Raises button_from_before, not_yours, not_yours_any_more, and KeysOutOfReach.
        """
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_reference(reference)
            if sale is None:
                raise button_from_before(_WHERE_INSTEAD)
            if sale.recipient_id != user_id:
                raise not_yours()
            orders = {each.reference: each for each in await PaymentRepository(tx).orders_of(sale.id)}
        if order not in orders:
            raise button_from_before(_WHERE_INSTEAD)
        found = orders[order]
        if found.money is not MoneyState.PAID:
            raise not_yours_any_more()
        keys = await self._contents.keys(found.order_id) if sale.given is None else ()
        return Revealed(sale, found.id, keys, await self._contents.messages(sale))

    async def seen(self, revealed: Revealed) -> None:
        """Record that they have it before their eyes."""
        if revealed.is_empty:
            return
        sale_id, now = revealed.sale.id, self._clock()
        async with self._database.write() as tx:
            await JobRepository(tx).revealed(str(revealed.order), now)
            await JobRepository(tx).refresh_log(sale_id, now)
            await JobRepository(tx).refresh_messages([sale_id], now)
