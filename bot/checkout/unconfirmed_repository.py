"""The SQL of what members were asked about before they are charged. Nothing here commits."""

from datetime import datetime
from typing import Final

from bot.checkout.models import Basket, UnconfirmedPurchase
from bot.checkout.row_repository import lines_document, lines_of
from bot.references import new_reference
from bot.storage.transaction import Transaction
from bot.storage.values import instant

_ADD: Final = """
    INSERT INTO unconfirmed_purchases
        (reference, buyer_id, guild_id, channel_id, gift_to, lines, coupon, from_cart, asked_at)
    VALUES (:reference, :buyer_id, :guild_id, :channel_id, :gift_to, :lines, :coupon, :from_cart, :now)
"""
_FIND: Final = "SELECT * FROM unconfirmed_purchases WHERE reference = :reference"
_TAKE: Final = "DELETE FROM unconfirmed_purchases WHERE reference = :reference RETURNING reference"
_FORGET_ALL_OF: Final = "DELETE FROM unconfirmed_purchases WHERE buyer_id = :buyer_id"
_FORGET: Final = "DELETE FROM unconfirmed_purchases WHERE asked_at < :before"


class UnconfirmedPurchaseRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, buyer_id: int, guild_id: int, channel_id: int, basket: Basket, now: datetime) -> str:
        """Write what they want to buy; returns its public name."""
        reference = new_reference()
        await self._tx.execute(
            _ADD,
            reference=reference,
            buyer_id=buyer_id,
            guild_id=guild_id,
            channel_id=channel_id,
            gift_to=basket.gift_to,
            lines=lines_document(basket.lines),
            coupon=basket.coupon,
            from_cart=basket.from_cart,
            now=now,
        )
        return reference

    async def find(self, reference: str) -> UnconfirmedPurchase | None:
        row = await self._tx.row(_FIND, reference=reference)
        if row is None:
            return None
        return UnconfirmedPurchase(
            reference=row["reference"],
            buyer_id=row["buyer_id"],
            guild_id=row["guild_id"],
            channel_id=row["channel_id"],
            basket=Basket(
                lines_of(row["lines"]),
                row["coupon"],
                gift_to=row["gift_to"],
                from_cart=bool(row["from_cart"]),
            ),
            asked_at=instant(row["asked_at"]),
        )

    async def take(self, reference: str) -> bool:
        """Have the caller's answer be the one that counts; False if another was faster."""
        return await self._tx.value(_TAKE, reference=reference) is not None

    async def forget_all_of(self, buyer_id: int) -> None:
        await self._tx.execute(_FORGET_ALL_OF, buyer_id=buyer_id)

    async def forget(self, before: datetime) -> None:
        """Drop what was asked before that (UTC) and never answered."""
        await self._tx.execute(_FORGET, before=before)
