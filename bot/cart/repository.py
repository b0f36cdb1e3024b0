"""The SQL of carts. Nothing here commits: the caller's transaction does."""

from datetime import datetime
from typing import Final

from bot.cart.models import Cart
from bot.catalog.availability import Line
from bot.checkout.row_repository import lines_document, lines_of
from bot.storage.transaction import Transaction

_FIND: Final = "SELECT lines, coupon FROM carts WHERE user_id = :user_id AND guild_id = :guild_id"
_KEEP: Final = """
    INSERT INTO carts (user_id, guild_id, lines, coupon, changed_at)
    VALUES (:user_id, :guild_id, :lines, :coupon, :now)
    ON CONFLICT (user_id, guild_id) DO UPDATE SET
        lines = excluded.lines, coupon = excluded.coupon, changed_at = excluded.changed_at
"""
_EMPTY: Final = "DELETE FROM carts WHERE user_id = :user_id AND guild_id = :guild_id"
_FORGET: Final = "DELETE FROM carts WHERE user_id = :user_id"
_TAKE: Final = "UPDATE sales SET from_cart = FALSE WHERE id = :sale_id AND from_cart RETURNING id"


class CartRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find(self, user_id: int, guild_id: int) -> Cart:
        """The member's cart in the server; an empty one where there is none."""
        row = await self._tx.row(_FIND, user_id=user_id, guild_id=guild_id)
        if row is None:
            return Cart()
        lines = tuple(line for line in lines_of(row["lines"]) if isinstance(line, Line))
        return Cart(lines, row["coupon"])

    async def keep(self, user_id: int, guild_id: int, cart: Cart, now: datetime) -> None:
        """Have the cart be this one from `now` (UTC) on."""
        if not cart.lines:
            await self._tx.execute(_EMPTY, user_id=user_id, guild_id=guild_id)
            return
        await self._tx.execute(
            _KEEP,
            user_id=user_id,
            guild_id=guild_id,
            lines=lines_document(cart.lines),
            coupon=cart.coupon,
            now=now,
        )

    async def forget(self, user_id: int) -> None:
        """Drop the member's carts, in whichever server."""
        await self._tx.execute(_FORGET, user_id=user_id)

    async def take(self, sale_id: int) -> bool:
        """Have the sale's things leave the cart, once; False if they have, or come from none."""
        return await self._tx.value(_TAKE, sale_id=sale_id) is not None
