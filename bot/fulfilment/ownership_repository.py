"""The SQL of what somebody has by their purchases. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.checkout.models import AnyLine, Basket
from bot.checkout.row_repository import lines_of
from bot.checkout.states import SaleStatus
from bot.payments.models import SubscriptionRecord
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import Transaction
from bot.storage.values import containing

# Two conditions, as each has an index of its own. What is in the text only narrows it down: which of the
# lines' texts is the product's id, each line says.
_PAID: Final = r"""
    SELECT id, lines FROM sales
    WHERE (
            (buyer_id = :user_id AND recipient_id = :user_id)
            OR (recipient_id = :user_id AND recipient_id <> buyer_id)
        )
        AND guild_id = :guild_id AND status IN ('paid', 'disputed')
        AND lines LIKE :naming_it ESCAPE '\'
    ORDER BY id DESC
"""
_ABOUT_TO_BE_PAID: Final = """
    SELECT sales.status, sales.lines
    FROM sales JOIN sessions ON sessions.sale_id = sales.id
    WHERE sales.buyer_id = :buyer_id AND sales.recipient_id = :recipient_id AND sales.guild_id = :guild_id
        AND sales.fingerprint <> :fingerprint
        AND (
            sales.status = 'clearing'
            OR (
                sales.status = 'open' AND sessions.state IN ('creating', 'open')
                AND (sessions.expires_at IS NULL OR sessions.expires_at > :now)
            )
        )
    ORDER BY sales.status
"""
# `clearing` comes before `open`.


@dataclass(frozen=True, slots=True)
class PaidSubscription:
    """What was subscribed to; `record` is None while the store hasn't told of the subscription."""

    line: AnyLine
    record: SubscriptionRecord | None


class OwnershipRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def subscriptions_to(
        self, guild_id: int, user_id: int, product_id: str
    ) -> Sequence[PaidSubscription]:
        """What was paid for somebody as a subscription to the product, newest first."""
        rows = await self._tx.rows(
            _PAID, guild_id=guild_id, user_id=user_id, naming_it=containing(f'"{product_id}"')
        )
        found = [
            (row["id"], line)
            for row in rows
            for line in lines_of(row["lines"])
            if line.is_subscription and line.product_id == product_id
        ]
        if not found:
            return []
        records = await PaymentRepository(self._tx).subscriptions_of([sale for sale, _ in found])
        return [PaidSubscription(line, records.get(sale)) for sale, line in found]

    async def about_to_subscribe(
        self, guild_id: int, buyer_id: int, basket: Basket, wanted: AnyLine, now: datetime
    ) -> SaleStatus | None:
        """OPEN if another link of the buyer's leads to the same and can be paid `now` (UTC).

        CLEARING if one is paid. A link for just this basket is no other.
        """
        rows = await self._tx.rows(
            _ABOUT_TO_BE_PAID,
            guild_id=guild_id,
            buyer_id=buyer_id,
            recipient_id=basket.gift_to or buyer_id,
            fingerprint=basket.fingerprint,
            now=now,
        )
        for row in rows:
            for line in lines_of(row["lines"]):
                same = (line.product_id, line.variant_id) == (wanted.product_id, wanted.variant_id)
                if line.is_subscription and same:
                    return SaleStatus(row["status"])
        return None
