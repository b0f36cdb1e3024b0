"""The SQL of what somebody has by their purchases. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import String, and_, cast, or_, select

from bot.checkout.models import AnyLine
from bot.checkout.row_repository import LINES
from bot.checkout.states import LIVE, SaleStatus
from bot.payments.models import SubscriptionRecord
from bot.payments.repository import PaymentRepository
from bot.storage.tables import sales, sessions
from bot.storage.transaction import Transaction

_PAID: Final = (SaleStatus.PAID, SaleStatus.DISPUTED)


@dataclass(frozen=True, slots=True)
class PaidSubscription:
    """What was subscribed to; `record` is None while the store hasn't told of the subscription."""

    line: AnyLine
    record: SubscriptionRecord | None


class PossessionRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._connection = tx.connection

    async def subscriptions_to(
        self, guild_id: int, user_id: int, product_id: str
    ) -> Sequence[PaidSubscription]:
        """What was paid for somebody as a subscription to the product, newest first."""
        # Two conditions, as each has an index of its own.
        theirs = or_(
            and_(sales.c.buyer_id == user_id, sales.c.recipient_id == user_id),
            and_(sales.c.recipient_id == user_id, sales.c.recipient_id != sales.c.buyer_id),
        )
        statement = (
            select(sales.c.id, sales.c.lines)
            .where(
                theirs,
                sales.c.guild_id == guild_id,
                sales.c.status.in_(_PAID),
                # Only narrows it down: which of the lines' texts is the product's id, each line says.
                cast(sales.c.lines, String).contains(f'"{product_id}"', autoescape=True),
            )
            .order_by(sales.c.id.desc())
        )
        found = [
            (row.id, line)
            for row in await self._connection.execute(statement)
            for line in LINES.validate_python(row.lines)
            if line.is_subscription and line.product_id == product_id
        ]
        if not found:
            return []
        records = await PaymentRepository(self._tx).subscriptions_of([sale for sale, _ in found])
        return [PaidSubscription(line, records.get(sale)) for sale, line in found]

    async def about_to_subscribe(
        self, guild_id: int, buyer_id: int, recipient_id: int, wanted: AnyLine, now: datetime
    ) -> SaleStatus | None:
        """OPEN if the buyer has a link to the same that can be paid `now` (UTC), CLEARING if one is paid."""
        is_live = sessions.c.state.in_(LIVE) & (
            sessions.c.expires_at.is_(None) | (sessions.c.expires_at > now)
        )
        statement = (
            select(sales.c.status, sales.c.lines)
            .join(sessions, sessions.c.sale_id == sales.c.id)
            .where(
                sales.c.buyer_id == buyer_id,
                sales.c.recipient_id == recipient_id,
                sales.c.guild_id == guild_id,
                or_(sales.c.status == SaleStatus.CLEARING, and_(sales.c.status == SaleStatus.OPEN, is_live)),
            )
            .order_by(sales.c.status)  # `clearing` comes before `open`
        )
        for row in await self._connection.execute(statement):
            for line in LINES.validate_python(row.lines):
                same = (line.product_id, line.variant_id) == (wanted.product_id, wanted.variant_id)
                if line.is_subscription and same:
                    return SaleStatus(row.status)
        return None
