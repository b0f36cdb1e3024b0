"""The SQL of benefits and grants. Nothing here commits: the caller's transaction does."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.fulfilment.models import Benefit, Grant, Terms
from bot.fulfilment.states import GrantState
from bot.sales.models import AnyLine
from bot.sales.states import MoneyState, SaleStatus
from bot.storage.dialects import upsert
from bot.storage.fulfilment_tables import benefits, grants
from bot.storage.tables import sales

SUBSCRIPTION: Final = "subscription"


class FulfilmentRepository:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # --- benefits -------------------------------------------------------------------------------------

    async def add_benefit(
        self,
        guild_id: int,
        product_id: str,
        variant_id: str | None,
        *,
        title: str,
        terms: Terms,
        now: datetime,
    ) -> Benefit:
        """Write a benefit; one of the same product, variant and role makes place for it."""
        same = (
            benefits.c.guild_id == guild_id,
            benefits.c.product_id == product_id,
            benefits.c.variant_id == (variant_id or ""),
            benefits.c.role_id == terms.role_id,
            benefits.c.removed_at.is_(None),
        )
        await self._connection.execute(update(benefits).where(*same).values(removed_at=now))
        statement = (
            insert(benefits)
            .values(
                guild_id=guild_id,
                product_id=product_id,
                variant_id=variant_id or "",
                title=title,
                role_id=terms.role_id,
                days=terms.days,
                kept=terms.kept,
                message=terms.message,
                created_at=now,
            )
            .returning(benefits)
        )
        return _benefit((await self._connection.execute(statement)).one())

    async def benefits(self, guild_id: int) -> list[Benefit]:
        """The server's benefits in use, oldest first."""
        return await self._benefits(benefits.c.guild_id == guild_id, benefits.c.removed_at.is_(None))

    async def benefits_of(self, guild_id: int, lines: Sequence[AnyLine]) -> list[Benefit]:
        """The benefits that these lines earn, oldest first."""
        if not lines:
            return []
        return await self._benefits(
            benefits.c.guild_id == guild_id, benefits.c.removed_at.is_(None), _earned_by(lines)
        )

    async def benefits_by_id(self, ids: Iterable[int]) -> dict[int, Benefit]:
        """Also those that are no longer in use."""
        return {each.id: each for each in await self._benefits(benefits.c.id.in_(list(ids)))}

    async def _benefits(self, *conditions: ColumnElement[bool]) -> list[Benefit]:
        rows = await self._connection.execute(select(benefits).where(*conditions).order_by(benefits.c.id))
        return list(map(_benefit, rows))

    async def remove_benefit(self, guild_id: int, benefit_id: int, now: datetime) -> Benefit | None:
        """Take it out of use; None if it wasn't. What was earned by it goes on."""
        statement = (
            update(benefits)
            .where(
                benefits.c.id == benefit_id,
                benefits.c.guild_id == guild_id,
                benefits.c.removed_at.is_(None),
            )
            .values(removed_at=now)
            .returning(benefits)
        )
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _benefit(row)

    # --- grants ---------------------------------------------------------------------------------------

    async def add_grant(self, values: dict[str, Any]) -> Grant | None:
        """Write a grant; None if the same order has earned it already."""
        statement = (
            upsert(self._connection, grants)
            .values(**values)
            .on_conflict_do_nothing(index_elements=["sale_id", "benefit_id", "earned_by"])
            .returning(grants)
        )
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _grant(row)

    async def change_grant(self, grant_id: int, **values: Any) -> None:
        await self._connection.execute(update(grants).where(grants.c.id == grant_id).values(**values))

    async def grant(self, grant_id: int) -> Grant:
        """Raises LookupError when there is no such grant."""
        found = await self._grants(grants.c.id == grant_id)
        if not found:
            raise LookupError(f"grant {grant_id}")
        return found[0]

    async def grants_of_sale(self, sale_id: int) -> list[Grant]:
        return await self._grants(grants.c.sale_id == sale_id)

    async def live_grants_of(self, guild_id: int, user_id: int) -> list[Grant]:
        return await self._grants(
            grants.c.guild_id == guild_id, grants.c.user_id == user_id, grants.c.state == GrantState.LIVE
        )

    async def live_grants(self, guild_id: int) -> list[Grant]:
        return await self._grants(grants.c.guild_id == guild_id, grants.c.state == GrantState.LIVE)

    async def holds(self, guild_id: int, user_id: int, role_id: int) -> bool:
        """Whether any live grant holds the role."""
        statement = (
            select(func.count())
            .select_from(grants)
            .where(
                grants.c.guild_id == guild_id,
                grants.c.user_id == user_id,
                grants.c.role_id == role_id,
                grants.c.state == GrantState.LIVE,
            )
        )
        return bool((await self._connection.execute(statement)).scalar_one())

    async def last_end(self, benefit_id: int, user_id: int) -> datetime | None:
        """When (UTC) what the member has of this benefit runs out."""
        statement = select(func.max(grants.c.ends_at)).where(
            grants.c.benefit_id == benefit_id,
            grants.c.user_id == user_id,
            grants.c.state == GrantState.LIVE,
        )
        end: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return end

    async def ended(self, now: datetime, *, limit: int) -> list[Grant]:
        """Live grants whose end has come."""
        statement = (
            select(grants)
            .where(grants.c.state == GrantState.LIVE, grants.c.ends_at <= now)
            .order_by(grants.c.ends_at)
            .limit(limit)
        )
        return list(map(_grant, await self._connection.execute(statement)))

    async def next_end(self) -> datetime | None:
        """When (UTC) the next live grant ends."""
        statement = select(func.min(grants.c.ends_at)).where(
            grants.c.state == GrantState.LIVE, grants.c.ends_at.is_not(None)
        )
        end: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return end

    async def sales_for(self, guild_id: int, user_id: int) -> list[int]:
        """The sales of which somebody has a part, as buyer or as the one who gets it."""
        statement = select(sales.c.id).where(
            sales.c.guild_id == guild_id, or_(sales.c.recipient_id == user_id, sales.c.buyer_id == user_id)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def paid_sales_without(self, benefit: Benefit) -> list[int]:
        """The server's paid sales that have no grant by the benefit, oldest first."""
        has_one = exists().where(grants.c.sale_id == sales.c.id, grants.c.benefit_id == benefit.id)
        statement = (
            select(sales.c.id)
            .where(sales.c.guild_id == benefit.guild_id, sales.c.status == SaleStatus.PAID, ~has_one)
            .order_by(sales.c.id)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def _grants(self, *conditions: ColumnElement[bool]) -> list[Grant]:
        rows = await self._connection.execute(select(grants).where(*conditions).order_by(grants.c.id))
        return list(map(_grant, rows))


def _earned_by(lines: Sequence[AnyLine]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                benefits.c.product_id == line.product_id,
                benefits.c.variant_id.in_(["", line.variant_id or ""]),
            )
            for line in lines
        )
    )


def _benefit(row: Row[Any]) -> Benefit:
    return Benefit(
        id=row.id,
        guild_id=row.guild_id,
        product_id=row.product_id,
        variant_id=row.variant_id or None,
        title=row.title,
        terms=Terms(role_id=row.role_id, days=row.days, kept=row.kept, message=row.message),
    )


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        id=row.id,
        sale_id=row.sale_id,
        benefit_id=row.benefit_id,
        order_id=row.order_id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        role_id=row.role_id,
        money=MoneyState(row.money),
        kept=row.kept,
        state=GrantState(row.state),
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        given_at=row.given_at,
        follows_subscription=row.earned_by == SUBSCRIPTION,
    )
