"""The SQL of benefits and grants. Nothing here commits: the caller's transaction does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from bot.checkout.models import AnyLine
from bot.checkout.states import MoneyState
from bot.fulfilment.models import Benefit, EarnedBenefit, Grant, Terms
from bot.fulfilment.states import GrantState
from bot.references import new_reference
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import Row, assignments, columns, instant, instant_or_none, places

SUBSCRIPTION: Final = "subscription"
"""What one grant is earned by that lives as long as the subscription does."""
REMINDED_BEFORE: Final = timedelta(days=3)
"""How long before a timed role ends its member is reminded."""
MOVED: Final = "moved:"
"""Begins what a grant is earned by that ended because its sale was moved to another account."""


class FulfilmentRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # --- benefits -------------------------------------------------------------------------------------

    _ADD_BENEFIT: Final = """
        INSERT INTO benefits (
            guild_id, product_id, variant_id, role_id, created_at, reference, title, days, kept, message,
            replaces, channel_id, kept_at_chargeback
        )
        VALUES (
            :guild_id, :product_id, :variant_id, :role_id, :now, :reference, :title, :days, :kept, :message,
            :replaces, :channel_id, :kept_at_chargeback
        )
        ON CONFLICT (guild_id, product_id, variant_id, role_id) WHERE removed_at IS NULL
        DO UPDATE SET
            title = excluded.title, days = excluded.days, kept = excluded.kept, message = excluded.message,
            replaces = excluded.replaces, channel_id = excluded.channel_id,
            kept_at_chargeback = excluded.kept_at_chargeback
        RETURNING *
    """

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
        [row] = await self._tx.rows(
            self._ADD_BENEFIT,
            guild_id=guild_id,
            product_id=product_id,
            variant_id=variant_id or "",
            now=now,
            reference=new_reference(),
            title=title,
            **asdict(terms),
        )
        return benefit_of(row)

    _IN_USE: Final = "SELECT * FROM benefits WHERE guild_id = :guild_id AND removed_at IS NULL ORDER BY id"

    async def benefits(self, guild_id: int) -> list[Benefit]:
        """The server's benefits in use, oldest first."""
        return list(map(benefit_of, await self._tx.rows(self._IN_USE, guild_id=guild_id)))

    _OF_PRODUCTS: Final = """
        SELECT * FROM benefits
        WHERE guild_id = :guild_id AND removed_at IS NULL AND product_id IN (:products)
        ORDER BY id
    """

    async def benefits_of(self, guild_id: int, lines: Sequence[AnyLine]) -> list[Benefit]:
        """The benefits that these lines earn, oldest first."""
        products = sorted({line.product_id for line in lines if line.product_id is not None})
        if not products:
            return []
        rows = await self._tx.rows(self._OF_PRODUCTS, guild_id=guild_id, products=products)
        return [each for each in map(benefit_of, rows) if any(map(each.is_earned_by, lines))]

    _EARNED: Final = f"""
        SELECT benefits.*, EXISTS (
            SELECT 1 FROM grants
            WHERE grants.user_id = :holder AND grants.guild_id = benefits.guild_id
                AND grants.role_id = benefits.role_id AND grants.state = 'live'
                AND grants.ends_at IS NULL AND grants.earned_by <> '{SUBSCRIPTION}'
        ) AS is_held
        FROM benefits
        WHERE benefits.guild_id = :guild_id AND benefits.removed_at IS NULL
            AND benefits.product_id IN (:products)
        ORDER BY benefits.id
    """

    async def earned_by(self, guild_id: int, lines: Sequence[AnyLine], holder: int) -> list[EarnedBenefit]:
        """The same, each with whether `holder` has its role already, for ever."""
        products = sorted({line.product_id for line in lines if line.product_id is not None})
        if not products:
            return []
        rows = await self._tx.rows(self._EARNED, guild_id=guild_id, products=products, holder=holder)
        found = [EarnedBenefit(benefit_of(row), bool(row["is_held"])) for row in rows]
        return [each for each in found if any(map(each.benefit.is_earned_by, lines))]

    _BENEFITS_BY_ID: Final = "SELECT * FROM benefits WHERE id IN (:ids) ORDER BY id"

    async def benefits_by_id(self, ids: Iterable[int]) -> dict[int, Benefit]:
        """Also those that are no longer in use."""
        found = map(benefit_of, await self._tx.rows(self._BENEFITS_BY_ID, ids=list(ids)))
        return {each.id: each for each in found}

    _BENEFIT_NAMED: Final = "SELECT * FROM benefits WHERE reference = :reference"

    async def benefit_named(self, reference: str) -> Benefit | None:
        """A benefit by its name in custom_ids, in use or not."""
        row = await self._tx.row(self._BENEFIT_NAMED, reference=reference)
        return None if row is None else benefit_of(row)

    _REMOVE_BENEFIT: Final = """
        UPDATE benefits SET removed_at = :now
        WHERE reference = :reference AND guild_id = :guild_id AND removed_at IS NULL
        RETURNING *
    """

    async def remove_benefit(self, guild_id: int, reference: str, now: datetime) -> Benefit | None:
        """Take it out of use; None if it wasn't. What was earned by it goes on."""
        row = await self._tx.row(self._REMOVE_BENEFIT, reference=reference, guild_id=guild_id, now=now)
        return None if row is None else benefit_of(row)

    # --- grants ---------------------------------------------------------------------------------------

    _ADD_GRANT: Final = """
        INSERT INTO grants ({columns}) VALUES ({places})
        ON CONFLICT (sale_id, benefit_id, earned_by) DO NOTHING
        RETURNING *
    """

    async def add_grant(self, values: dict[str, Any]) -> Grant | None:
        """Write a grant; None if the same order has earned it already."""
        values = self._with_end(values)
        statement = self._ADD_GRANT.format(columns=columns(values), places=places(values))
        row = await self._tx.row(statement, **values)
        return None if row is None else grant_of(row)

    _CHANGE_GRANT: Final = "UPDATE grants SET {assignments} WHERE id = :id"

    async def change_grant(self, grant_id: int, **values: Any) -> None:
        values = self._with_end(values)
        statement = self._CHANGE_GRANT.format(assignments=assignments(values))
        await self._tx.execute(statement, id=grant_id, **values)

    _GIVEN: Final = "UPDATE grants SET given_at = :now WHERE id = :id RETURNING state"

    async def given(self, grant_id: int, now: datetime) -> bool:
        """Record that its role was given; says whether it is live."""
        state: str | None = await self._tx.value(self._GIVEN, id=grant_id, now=now)
        return state == GrantState.LIVE

    def _with_end(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """With when to remind of its end, where that is among what changes."""
        if "ends_at" not in values:
            return dict(values)
        ends_at, remind_at = values["ends_at"], None
        if ends_at is not None and values["state"] is GrantState.LIVE:
            remind_at = ends_at - REMINDED_BEFORE
            self._tx.mark(Queue.LIVE_GRANTS, ends_at)
            self._tx.mark(Queue.END_REMINDERS, remind_at)
        return {**values, "remind_at": remind_at}

    _GRANT: Final = "SELECT * FROM grants WHERE id = :id"

    async def grant(self, grant_id: int) -> Grant:
        """Raises LookupError when there is no such grant."""
        row = await self._tx.row(self._GRANT, id=grant_id)
        if row is None:
            raise LookupError(f"grant {grant_id}")
        return grant_of(row)

    _OF_SALE: Final = "SELECT * FROM grants WHERE sale_id = :sale_id ORDER BY id"

    async def grants_of_sale(self, sale_id: int) -> list[Grant]:
        return list(map(grant_of, await self._tx.rows(self._OF_SALE, sale_id=sale_id)))

    # Sorted here: for the order of the ids SQLite would walk through all of the server's.
    _LIVE_OF_MEMBER: Final = """
        SELECT * FROM grants WHERE guild_id = :guild_id AND user_id = :user_id AND state = 'live'
    """

    async def live_grants_of(self, guild_id: int, user_id: int) -> list[Grant]:
        rows = await self._tx.rows(self._LIVE_OF_MEMBER, guild_id=guild_id, user_id=user_id)
        return sorted(map(grant_of, rows), key=lambda grant: grant.id)

    _LIVE: Final = """
        SELECT * FROM grants WHERE guild_id = :guild_id AND state = 'live' AND id > :after
        ORDER BY id LIMIT :most
    """

    async def live_grants(self, guild_id: int, *, after: int, limit: int) -> list[Grant]:
        """The server's live grants with a higher id than `after`, lowest first."""
        return list(
            map(grant_of, await self._tx.rows(self._LIVE, guild_id=guild_id, after=after, most=limit))
        )

    _HOLDS: Final = """
        SELECT id FROM grants
        WHERE guild_id = :guild_id AND user_id = :user_id AND role_id = :role_id AND state = 'live'
        LIMIT 1
    """

    async def holds(self, guild_id: int, user_id: int, role_id: int) -> bool:
        """Whether any live grant holds the role."""
        found = await self._tx.value(self._HOLDS, guild_id=guild_id, user_id=user_id, role_id=role_id)
        return found is not None

    _CHAIN: Final = """
        SELECT grants.*
        FROM grants
            JOIN benefits ON benefits.id = grants.benefit_id
            JOIN benefits AS earned ON earned.id = :benefit_id
        WHERE grants.guild_id = :guild_id AND grants.user_id = :user_id AND grants.role_id = :role_id
            AND benefits.product_id = earned.product_id AND benefits.variant_id = earned.variant_id
            AND grants.days IS NOT NULL
        ORDER BY grants.id
    """

    async def timed_beside(self, grant: Grant) -> list[Grant]:
        """The timed grants that the member has of the same product, variant and role, whatever their state.

        A benefit that was removed and added again is the same here.
        """
        rows = await self._tx.rows(
            self._CHAIN,
            benefit_id=grant.benefit_id,
            guild_id=grant.guild_id,
            user_id=grant.user_id,
            role_id=grant.role_id,
        )
        return list(map(grant_of, rows))

    _FOLLOW: Final = """
        UPDATE grants SET earned_by = 'subscription'
        WHERE id IN (
                SELECT max(id) FROM grants
                WHERE sale_id = :sale_id AND days IS NULL AND earned_by NOT LIKE 'moved:%'
                GROUP BY benefit_id
            )
            AND NOT EXISTS (
                SELECT 1 FROM grants AS other
                WHERE other.sale_id = :sale_id AND other.benefit_id = grants.benefit_id
                    AND other.earned_by = 'subscription'
            )
    """

    async def follow_subscription(self, sale_id: int) -> None:
        """Have the sale's untimed grants live as long as its subscription does."""
        await self._tx.execute(self._FOLLOW, sale_id=sale_id)

    _END: Final = """
        UPDATE grants SET state = 'ended'
        WHERE state = 'live' AND id IN (
            SELECT id FROM grants WHERE state = 'live' AND ends_at <= :now ORDER BY ends_at LIMIT :most
        )
        RETURNING *
    """

    async def end(self, now: datetime, *, limit: int) -> list[Grant]:
        """End up to `limit` live grants whose end has come, and return them."""
        ended = map(grant_of, await self._tx.rows(self._END, now=now, most=limit))
        return sorted(ended, key=lambda grant: (grant.ends_at or now, grant.id))

    _HOLDERS: Final = """
        SELECT guild_id, user_id, role_id FROM grants WHERE user_id IN (:users) AND state = 'live'
    """

    async def holders(self, of: Sequence[Grant]) -> set[tuple[int, int, int]]:
        """Who of the grants' members holds a role by a live grant: server, user and role."""
        rows = await self._tx.rows(self._HOLDERS, users=sorted({grant.user_id for grant in of}))
        return {(row["guild_id"], row["user_id"], row["role_id"]) for row in rows}

    _ABSENT: Final = """
        SELECT key FROM jobs WHERE kind = 'role' AND key IN (:keys) AND outcome = 'absent'
    """

    async def awaited(self, of: Sequence[Grant]) -> set[int]:
        """Those of the live grants whose member wasn't there when the role was to be given."""
        waiting = [grant for grant in of if grant.given_at is None]
        if not waiting:
            return set()
        rows = await self._tx.rows(
            self._ABSENT,
            keys=[str(grant.id) for grant in waiting],
        )
        return {int(row["key"]) for row in rows}

    _NEXT_END: Final = "SELECT min(ends_at) FROM grants WHERE state = 'live' AND ends_at IS NOT NULL"

    async def next_end(self) -> datetime | None:
        """When (UTC) the next live grant ends."""
        return instant_or_none(await self._tx.value(self._NEXT_END))

    # Two questions rather than one with OR: each has an index of its own.
    _PART: Final = """
        SELECT 1 FROM (
            SELECT id FROM sales WHERE guild_id = :guild_id AND buyer_id = :user_id
            UNION ALL
            SELECT id FROM sales
            WHERE guild_id = :guild_id AND recipient_id = :user_id AND recipient_id <> buyer_id
        ) AS parts
        LIMIT 1
    """

    async def has_part(self, guild_id: int, user_id: int) -> bool:
        """Whether somebody has a part in any sale, as buyer or as the one who gets it."""
        return await self._tx.value(self._PART, guild_id=guild_id, user_id=user_id) is not None


def benefit_of(row: Row) -> Benefit:
    return Benefit(
        id=row["id"],
        reference=row["reference"],
        guild_id=row["guild_id"],
        product_id=row["product_id"],
        variant_id=row["variant_id"] or None,
        title=row["title"],
        terms=terms_of(row),
    )


def terms_of(row: Row) -> Terms:
    """Of a row of benefits, or of what is proposed as one."""
    return Terms(
        role_id=row["role_id"],
        days=row["days"],
        kept=bool(row["kept"]),
        message=row["message"],
        replaces=row["replaces"],
        channel_id=row["channel_id"],
        kept_at_chargeback=_choice(row["kept_at_chargeback"]),
    )


def grant_of(row: Row) -> Grant:
    return Grant(
        id=row["id"],
        sale_id=row["sale_id"],
        benefit_id=row["benefit_id"],
        order_id=row["order_id"],
        guild_id=row["guild_id"],
        user_id=row["user_id"],
        role_id=row["role_id"],
        money=MoneyState(row["money"]),
        kept=bool(row["kept"]),
        state=GrantState(row["state"]),
        earned_at=instant(row["earned_at"]),
        days=row["days"],
        begins_at=instant(row["begins_at"]),
        ends_at=instant_or_none(row["ends_at"]),
        given_at=instant_or_none(row["given_at"]),
        follows_subscription=row["earned_by"] == SUBSCRIPTION,
        is_moved=row["earned_by"].startswith(MOVED),
        kept_at_chargeback=_choice(row["kept_at_chargeback"]),
    )


def _choice(stored: Any) -> bool | None:
    return None if stored is None else bool(stored)
