"""The SQL of sales that cost nothing. Nothing here commits: the caller's transaction does."""

from datetime import datetime
from typing import Any, Final

from bot.checkout.models import Basket, FreeOfCharge, Origin, Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.row_repository import lines_document
from bot.checkout.states import MoneyState, SaleKind, SaleStatus, SessionState
from bot.payments.models import OrderRecord
from bot.payments.repository import PaymentRepository
from bot.references import new_reference
from bot.storage.transaction import Transaction
from bot.storage.values import columns, places

ORDER_STATUS: Final = "given"
"""An order's status where the store has none of it: nothing else is asked for, or told, of it."""


class GivingRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    _ADD: Final = """
        INSERT INTO sales ({columns}) VALUES ({places})
        ON CONFLICT (guild_id, buyer_id, fingerprint) WHERE kind = 'free' DO NOTHING
        RETURNING id
    """
    _ADD_SESSION: Final = """
        INSERT INTO sessions (sale_id, state, created_at) VALUES (:sale_id, :state, :now) RETURNING id
    """

    async def add(
        self,
        member_id: int,
        origin: Origin,
        basket: Basket,
        given: FreeOfCharge,
        *,
        fingerprint: str,
        now: datetime,
    ) -> tuple[Sale, OrderRecord] | None:
        """Write a sale that is paid without money, with its order; None if the member took it before."""
        values: dict[str, Any] = {
            "reference": new_reference(),
            "kind": SaleKind.FREE if given.by is None else SaleKind.GIVEN,
            "guild_id": origin.guild_id,
            "channel_id": origin.channel_id,
            "buyer_id": member_id,
            "recipient_id": member_id,
            "issuer_id": given.by,
            "lines": lines_document(basket.lines),
            "fingerprint": fingerprint,
            "currency": basket.currency,
            "status": SaleStatus.PAID,
            "created_at": now,
            "given_days": given.days,
            "given_reason": given.reason,
        }
        statement = self._ADD.format(columns=columns(values), places=places(values))
        sale_id: int | None = await self._tx.value(statement, **values)
        if sale_id is None:
            return None
        name = f"{ORDER_STATUS}-{values['reference']}"
        order = await self._add_order(sale_id, name, basket.currency, now)
        return await SaleRepository(self._tx).by_id(sale_id), order

    async def _add_order(self, sale_id: int, name: str, currency: str, now: datetime) -> OrderRecord:
        """An order of nothing, and the session that it pays."""
        session: int = await self._tx.value(
            self._ADD_SESSION, sale_id=sale_id, state=SessionState.PAID, now=now
        )
        return await PaymentRepository(self._tx).add_order(
            order_id=name,
            order_number=name,
            sale_id=sale_id,
            session_id=session,
            subscription_id=None,
            money=MoneyState.PAID,
            status=ORDER_STATUS,
            payment_status="",
            amount=0,
            discount=0,
            currency=currency,
            items=[],
            custom_fields={},
            late=False,
            again=False,
            changed_at=now,
            dispute_closed=False,
            created_at=now,
            paid_at=now,
        )

    _LATELY: Final = """
        SELECT 1 FROM sales
        WHERE kind = 'given' AND guild_id = :guild_id AND buyer_id = :member_id AND created_at > :since
            AND fingerprint = :fingerprint
        LIMIT 1
    """

    async def was_given(self, guild_id: int, member_id: int, fingerprint: str, *, since: datetime) -> bool:
        """Whether staff gave the same to the member after `since` (UTC)."""
        found = await self._tx.value(
            self._LATELY, guild_id=guild_id, member_id=member_id, fingerprint=fingerprint, since=since
        )
        return found is not None
