"""The SQL of benefits and grants. Nothing here commits: the caller's transaction does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update

from bot.checkout.models import AnyLine, new_reference
from bot.checkout.row_repository import parts_of
from bot.checkout.states import MoneyState
from bot.fulfilment.models import Benefit, Grant, Terms
from bot.fulfilment.states import GrantState
from bot.jobs.models import JobKind, Outcome
from bot.storage.fulfilment_tables import benefits, grants
from bot.storage.queues import Queue
from bot.storage.tables import deliveries
from bot.storage.transaction import Transaction
from bot.storage.types import upsert

SUBSCRIPTION: Final = "subscription"


class FulfilmentRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

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
        """Write a benefit; where there is one of the same product, variant and role, change its terms.

        What was earned by it before goes on as it was.
        """
        changed = {"title": title, "days": terms.days, "kept": terms.kept, "message": terms.message}
        statement = (
            upsert(self._connection, benefits)
            .values(
                guild_id=guild_id,
                product_id=product_id,
                variant_id=variant_id or "",
                role_id=terms.role_id,
                created_at=now,
                reference=new_reference(),
                **changed,
            )
            .on_conflict_do_update(
                index_elements=["guild_id", "product_id", "variant_id", "role_id"],
                index_where=benefits.c.removed_at.is_(None),
                set_=changed,
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

    async def benefit_named(self, reference: str) -> Benefit | None:
        """A benefit by its name in custom_ids, in use or not."""
        return next(iter(await self._benefits(benefits.c.reference == reference)), None)

    async def _benefits(self, *conditions: ColumnElement[bool]) -> list[Benefit]:
        rows = await self._connection.execute(select(benefits).where(*conditions).order_by(benefits.c.id))
        return list(map(_benefit, rows))

    async def remove_benefit(self, guild_id: int, reference: str, now: datetime) -> Benefit | None:
        """Take it out of use; None if it wasn't. What was earned by it goes on."""
        statement = (
            update(benefits)
            .where(
                benefits.c.reference == reference,
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
        self._mark_end(values)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _grant(row)

    async def change_grant(self, grant_id: int, **values: Any) -> None:
        self._mark_end(values)
        await self._connection.execute(update(grants).where(grants.c.id == grant_id).values(**values))

    def _mark_end(self, values: Mapping[str, Any]) -> None:
        ends_at = values.get("ends_at")
        if ends_at is not None and values["state"] is GrantState.LIVE:
            self._mark(Queue.LIVE_GRANTS, ends_at)

    async def grant(self, grant_id: int) -> Grant:
        """Raises LookupError when there is no such grant."""
        found = await self._grants(grants.c.id == grant_id)
        if not found:
            raise LookupError(f"grant {grant_id}")
        return found[0]

    async def grants_of_sale(self, sale_id: int) -> list[Grant]:
        return await self._grants(grants.c.sale_id == sale_id)

    async def live_grants_of(self, guild_id: int, user_id: int) -> list[Grant]:
        # Sorted here: for the order of the ids SQLite would walk through all of the server's.
        statement = select(grants).where(*_of_member(guild_id, user_id), grants.c.state == GrantState.LIVE)
        rows = await self._connection.execute(statement)
        return sorted(map(_grant, rows), key=lambda grant: grant.id)

    async def live_grants(self, guild_id: int, *, after: int, limit: int) -> list[Grant]:
        """The server's live grants with a higher id than `after`, lowest first."""
        statement = (
            select(grants)
            .where(grants.c.guild_id == guild_id, grants.c.state == GrantState.LIVE, grants.c.id > after)
            .order_by(grants.c.id)
            .limit(limit)
        )
        return list(map(_grant, await self._connection.execute(statement)))

    async def holds(self, guild_id: int, user_id: int, role_id: int) -> bool:
        """Whether any live grant holds the role."""
        statement = (
            select(func.count())
            .select_from(grants)
            .where(
                *_of_member(guild_id, user_id),
                grants.c.role_id == role_id,
                grants.c.state == GrantState.LIVE,
            )
        )
        return bool((await self._connection.execute(statement)).scalar_one())

    async def chain_of(self, grant: Grant) -> list[Grant]:
        """The timed grants that the member has of the same product, variant and role, whatever their state.

        A benefit that was removed and added again is the same here.
        """
        earned = select(benefits.c.product_id, benefits.c.variant_id).where(benefits.c.id == grant.benefit_id)
        product_id, variant_id = (await self._connection.execute(earned)).one()
        statement = (
            select(grants)
            .join(benefits, benefits.c.id == grants.c.benefit_id)
            .where(
                *_of_member(grant.guild_id, grant.user_id),
                grants.c.role_id == grant.role_id,
                benefits.c.product_id == product_id,
                benefits.c.variant_id == variant_id,
                grants.c.days.is_not(None),
            )
            .order_by(grants.c.id)
        )
        return list(map(_grant, await self._connection.execute(statement)))

    async def follow_subscription(self, sale_id: int) -> None:
        """Have the sale's untimed grants live as long as its subscription does."""
        other = grants.alias()
        follows_already = exists().where(
            other.c.sale_id == sale_id,
            other.c.benefit_id == grants.c.benefit_id,
            other.c.earned_by == SUBSCRIPTION,
        )
        newest = (
            select(func.max(grants.c.id))
            .where(grants.c.sale_id == sale_id, grants.c.days.is_(None))
            .group_by(grants.c.benefit_id)
        )
        await self._connection.execute(
            update(grants).where(grants.c.id.in_(newest), ~follows_already).values(earned_by=SUBSCRIPTION)
        )

    async def end(self, now: datetime, *, limit: int) -> list[Grant]:
        """End up to `limit` live grants whose end has come, and return them."""
        due = (
            select(grants.c.id)
            .where(grants.c.state == GrantState.LIVE, grants.c.ends_at <= now)
            .order_by(grants.c.ends_at)
            .limit(limit)
        )
        statement = (
            update(grants)
            .where(grants.c.id.in_(due), grants.c.state == GrantState.LIVE)
            .values(state=GrantState.ENDED)
            .returning(grants)
        )
        ended = map(_grant, await self._connection.execute(statement))
        return sorted(ended, key=lambda grant: (grant.ends_at or now, grant.id))

    async def holders(self, of: Sequence[Grant]) -> set[tuple[int, int, int]]:
        """Who of the grants' members holds a role by a live grant: server, user and role."""
        statement = select(grants.c.guild_id, grants.c.user_id, grants.c.role_id).where(
            grants.c.user_id.in_({grant.user_id for grant in of}), grants.c.state == GrantState.LIVE
        )
        return {(row.guild_id, row.user_id, row.role_id) for row in await self._connection.execute(statement)}

    async def awaited(self, of: Sequence[Grant]) -> set[int]:
        """Those of the live grants whose member wasn't there when the role was to be given."""
        waiting = [grant for grant in of if grant.given_at is None]
        if not waiting:
            return set()
        statement = select(deliveries.c.target).where(
            deliveries.c.sale_id.in_({grant.sale_id for grant in waiting}),
            deliveries.c.step == JobKind.ROLE,
            deliveries.c.target.in_([str(grant.id) for grant in waiting]),
            deliveries.c.outcome == Outcome.ABSENT,
        )
        return set(map(int, (await self._connection.execute(statement)).scalars()))

    async def next_end(self) -> datetime | None:
        """When (UTC) the next live grant ends."""
        statement = select(func.min(grants.c.ends_at)).where(
            grants.c.state == GrantState.LIVE, grants.c.ends_at.is_not(None)
        )
        end: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return end

    async def has_part(self, guild_id: int, user_id: int) -> bool:
        """Whether somebody has a part in any sale, as buyer or as the one who gets it."""
        for parts in parts_of(guild_id, user_id):
            if (await self._connection.execute(parts.limit(1))).first() is not None:
                return True
        return False

    async def _grants(self, *conditions: ColumnElement[bool]) -> list[Grant]:
        rows = await self._connection.execute(select(grants).where(*conditions).order_by(grants.c.id))
        return list(map(_grant, rows))


def _of_member(guild_id: int, user_id: int) -> tuple[ColumnElement[bool], ...]:
    return grants.c.guild_id == guild_id, grants.c.user_id == user_id


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
        reference=row.reference,
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
        earned_at=row.earned_at,
        days=row.days,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        given_at=row.given_at,
        follows_subscription=row.earned_by == SUBSCRIPTION,
    )
