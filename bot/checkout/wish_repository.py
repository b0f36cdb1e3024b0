"""The SQL of what members were asked about before they are charged. Nothing here commits."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from bot.checkout.models import Basket, Wish, new_reference
from bot.checkout.row_repository import LINES
from bot.storage.tables import purchase_wishes
from bot.storage.transaction import Transaction


class WishRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection

    async def add(self, buyer_id: int, guild_id: int, channel_id: int, basket: Basket, now: datetime) -> str:
        """Write what they want to buy; returns the wish's public name."""
        reference = new_reference()
        await self._connection.execute(
            insert(purchase_wishes).values(
                reference=reference,
                buyer_id=buyer_id,
                guild_id=guild_id,
                channel_id=channel_id,
                gift_to=basket.gift_to,
                lines=LINES.dump_python(basket.lines, mode="json"),
                coupon=basket.coupon,
                asked_at=now,
            )
        )
        return reference

    async def find(self, reference: str) -> Wish | None:
        statement = select(purchase_wishes).where(purchase_wishes.c.reference == reference)
        row = (await self._connection.execute(statement)).first()
        if row is None:
            return None
        return Wish(
            reference=row.reference,
            buyer_id=row.buyer_id,
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            basket=Basket(LINES.validate_python(row.lines), row.coupon, gift_to=row.gift_to),
            asked_at=row.asked_at,
        )

    async def take(self, reference: str) -> bool:
        """Have the caller's answer be the one that counts; False if another was faster."""
        statement = (
            delete(purchase_wishes)
            .where(purchase_wishes.c.reference == reference)
            .returning(purchase_wishes.c.reference)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def forget(self, before: datetime) -> None:
        """Drop what was asked before that (UTC) and never answered."""
        await self._connection.execute(delete(purchase_wishes).where(purchase_wishes.c.asked_at < before))
