"""The SQL of what decides about a claim, in one question. Nothing here writes."""

from datetime import datetime
from typing import Any, Final

from bot.checkout.claims import MINUTE, ClaimCheck
from bot.checkout.models import Basket, Buyer, Origin, Sale
from bot.storage.transaction import Transaction
from bot.storage.values import instant_or_none


class ClaimRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    _LINKS: Final = """
        FROM sales JOIN sessions ON sessions.sale_id = sales.id
        WHERE sales.buyer_id = :buyer_id AND sales.status = 'open'
            AND sales.guild_id = :guild_id AND sales.kind = 'purchase'
            AND sessions.state IN ('creating', 'open')
            AND (sessions.expires_at IS NULL OR sessions.expires_at > :now)
    """
    _LOOK: Final = f"""
        SELECT
            (
                SELECT id FROM sales
                WHERE guild_id = :guild_id AND buyer_id = :buyer_id AND fingerprint = :fingerprint
                    AND status IN ('open', 'clearing')
                ORDER BY status LIMIT 1
            ) AS present,
            (SELECT count(*) {_LINKS}) AS open_links,
            (SELECT min(sessions.expires_at) {_LINKS}) AS first_end,
            (
                SELECT sessions.created_at
                FROM sales JOIN sessions ON sessions.sale_id = sales.id
                WHERE sales.buyer_id = :buyer_id AND sales.guild_id = :guild_id AND {{which}}
                    AND sessions.created_at > :since
                ORDER BY sessions.created_at DESC LIMIT 1 OFFSET :newer
            ) AS paced_by
    """
    # `clearing` comes before `open`.
    _LOOK_OF_PURCHASE: Final = _LOOK.format(which="sales.kind = 'purchase'")
    _LOOK_OF_INVOICE: Final = _LOOK.format(which="sales.id = :sale_id")

    async def check(
        self,
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        renewing: Sale | None,
        *,
        per_minute: int,
        now: datetime,
    ) -> ClaimCheck:
        """What decides about a claim, at `now` (UTC). Invoices count among no links: staff open those."""
        which: dict[str, Any] = {}
        statement = self._LOOK_OF_PURCHASE
        if basket.charge is not None:
            statement, which = self._LOOK_OF_INVOICE, {"sale_id": renewing.id if renewing else 0}
        [row] = await self._tx.rows(
            statement,
            guild_id=origin.guild_id,
            buyer_id=buyer.id,
            fingerprint=basket.fingerprint,
            now=now,
            since=now - MINUTE,
            newer=per_minute - 1,
            **which,
        )
        return ClaimCheck(
            present=row["present"],
            open_links=row["open_links"],
            first_end=instant_or_none(row["first_end"]),
            paced_by=instant_or_none(row["paced_by"]),
        )
