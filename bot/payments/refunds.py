"""Giving a payment back through the store, when staff say so."""

import hashlib
from collections.abc import Callable
from typing import Final, Protocol

from bot.alarm import Clock
from bot.errors import CantRefund, PurchaseUnknown
from bot.pandabase.schemas.orders import StoreOrder
from bot.pandabase.store_api import RefundReason
from bot.payments.models import OrderRecord
from bot.payments.observations import Observation
from bot.payments.service import Payments
from bot.sales.states import MoneyState
from bot.storage.unit_of_work import UnitOfWork

_LONGEST_KEY: Final = 32
"""Characters of an Idempotency-Key; source: Pandabase's core OpenAPI file."""


class RefundApi(Protocol):
    async def refund(self, order_id: str, reason: RefundReason, *, idempotency_key: str) -> None: ...

    async def order(self, order_id: str) -> StoreOrder: ...


class Refunds:
    """`api` is None without a token of the store; `changed` is called after a refund."""

    def __init__(
        self,
        database: UnitOfWork,
        payments: Payments,
        api: RefundApi | None,
        *,
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._api = api
        self._changed = changed
        self._clock = clock

    async def order(self, guild_id: int, order: int) -> OrderRecord:
        """A paid order of this server by its row. Raises PurchaseUnknown or CantRefund."""
        async with self._database.read() as tx:
            found = await tx.payments.order_by_row(order)
            sale = await tx.sales.by_id(found.sale_id) if found else None
        if found is None or sale is None or sale.guild_id != guild_id:
            raise PurchaseUnknown
        if found.money is not MoneyState.PAID:
            raise CantRefund(f"This payment is {found.money}: there is nothing to give back.")
        return found

    async def refund(self, guild_id: int, order: int, reason: RefundReason) -> OrderRecord:
        """Give all of it back. Raises as `order` does, CantRefund, and the PandabaseErrors."""
        found = await self.order(guild_id, order)
        if self._api is None:
            raise CantRefund("Without pandabase.api_token I can't refund: do it in Pandabase's dashboard.")
        await self._api.refund(found.order_id, reason, idempotency_key=idempotency_key(found.order_id))
        asked = self._clock()
        now = await self._api.order(found.order_id)
        async with self._database.write() as tx:
            await self._payments.observe(tx, Observation.of_order(now, asked))
        self._changed()
        return found


def idempotency_key(order_id: str) -> str:
    """The same for the same order, whatever became of our rows, and another for every other."""
    return f"refund-{hashlib.sha256(order_id.encode()).hexdigest()}"[:_LONGEST_KEY]
