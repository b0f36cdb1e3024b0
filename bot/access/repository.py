"""The SQL of who may buy. Nothing here commits: the caller's transaction does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.storage.transaction import Transaction

_ROLES: Final = "SELECT guild_id, product_id, role_id, title FROM access_roles ORDER BY title, role_id"
_BLOCKS: Final = "SELECT guild_id, member_id, reason FROM blocks"
_CLOSED: Final = "SELECT guild_id, closed FROM guild_settings WHERE closed IS NOT NULL"
_ALLOW: Final = """
    INSERT INTO access_roles (guild_id, product_id, role_id, title)
    VALUES (:guild_id, :product_id, :role_id, :title)
    ON CONFLICT (guild_id, product_id, role_id) DO UPDATE SET title = excluded.title
"""
_ALLOW_ALL: Final = "DELETE FROM access_roles WHERE guild_id = :guild_id AND product_id = :product_id"
_BLOCK: Final = """
    INSERT INTO blocks (guild_id, member_id, reason, blocked_at)
    VALUES (:guild_id, :member_id, :reason, :now)
    ON CONFLICT (guild_id, member_id) DO UPDATE SET reason = excluded.reason
"""
_UNBLOCK: Final = """
    DELETE FROM blocks WHERE guild_id = :guild_id AND member_id = :member_id RETURNING member_id
"""
_CLOSE: Final = """
    INSERT INTO guild_settings (guild_id, closed) VALUES (:guild_id, :closed)
    ON CONFLICT (guild_id) DO UPDATE SET closed = excluded.closed
"""


@dataclass(frozen=True, slots=True)
class ProductRole:
    """A role that lets members buy a product; `title` is the product's when it was added."""

    guild_id: int
    product_id: str
    role_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All of every server: `blocked` has the reasons by server and member, `closed` what members read."""

    roles: tuple[ProductRole, ...]
    blocked: dict[tuple[int, int], str]
    closed: dict[int, str]


class AccessRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def rules(self) -> Rules:
        """They are few: each was written by somebody's hand."""
        roles = await self._tx.rows(_ROLES)
        blocked = await self._tx.rows(_BLOCKS)
        closed = await self._tx.rows(_CLOSED)
        return Rules(
            tuple(
                ProductRole(row["guild_id"], row["product_id"], row["role_id"], row["title"]) for row in roles
            ),
            {(row["guild_id"], row["member_id"]): row["reason"] for row in blocked},
            {row["guild_id"]: row["closed"] for row in closed},
        )

    async def allow(self, role: ProductRole) -> None:
        """Have members with the role buy the product, and nobody who has none of its roles."""
        await self._tx.execute(
            _ALLOW,
            guild_id=role.guild_id,
            product_id=role.product_id,
            role_id=role.role_id,
            title=role.title,
        )

    async def allow_all(self, guild_id: int, product_id: str) -> None:
        """Have everybody buy it."""
        await self._tx.execute(_ALLOW_ALL, guild_id=guild_id, product_id=product_id)

    async def block(self, guild_id: int, member_id: int, reason: str, now: datetime) -> None:
        await self._tx.execute(_BLOCK, guild_id=guild_id, member_id=member_id, reason=reason, now=now)

    async def unblock(self, guild_id: int, member_id: int) -> bool:
        """Says whether they were blocked."""
        found = await self._tx.value(_UNBLOCK, guild_id=guild_id, member_id=member_id)
        return found is not None

    async def close(self, guild_id: int, sentence: str | None) -> None:
        """Have nothing sold in the server, and members read that; None opens the shop again."""
        await self._tx.execute(_CLOSE, guild_id=guild_id, closed=sentence)
