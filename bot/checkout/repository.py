"""The SQL of sales and their sessions. Nothing here commits: the caller's transaction does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update

from bot.checkout.models import Basket, Buyer, Origin, Sale, Session, new_reference
from bot.checkout.row_repository import contents, sale_of, session_of
from bot.checkout.states import LIVE, MoneyState, SaleStatus, SessionState, sale_status, sources
from bot.storage.queues import Queue
from bot.storage.tables import events, orders, sales, sessions
from bot.storage.transaction import Transaction

PURCHASE: Final = "purchase"
INVOICE: Final = "invoice"
NEWEST: Final = (
    select(func.max(sessions.c.id)).where(sessions.c.sale_id == sales.c.id).correlate(sales).scalar_subquery()
)
# A payment that clears doesn't expire with its session: it may take days longer.
_MAY_EXPIRE = (
    sessions.c.state == SessionState.OPEN,
    sessions.c.sale_id.not_in(select(sales.c.id).where(sales.c.status == SaleStatus.CLEARING)),
)


# What the store has told of it waits to be applied, and may be that it was paid in time.
_IS_SETTLED = sessions.c.session_id.not_in(
    select(events.c.order_number).where(events.c.due_at.is_not(None), events.c.order_number.is_not(None))
)


class SaleRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection
        self._mark = tx.mark

    async def by_id(self, sale_id: int) -> Sale:
        """Raises LookupError when there is no such sale."""
        sale = await self._one(sales.c.id == sale_id)
        if sale is None:
            raise LookupError(f"sale {sale_id}")
        return sale

    async def by_reference(self, reference: str, guild_id: int | None = None) -> Sale | None:
        """The sale of that public name; `guild_id` limits it to one server."""
        here = sales.c.guild_id == guild_id if guild_id is not None else sales.c.guild_id.is_not(None)
        return await self._one(and_(sales.c.reference == reference, here))

    async def open_claim(self, buyer: Buyer, origin: Origin, basket: Basket) -> Sale | None:
        """The buyer's sale of just these things that is open, maybe overdue, or whose payment clears."""
        return await self._one(
            and_(
                sales.c.guild_id == origin.guild_id,
                sales.c.buyer_id == buyer.id,
                sales.c.fingerprint == basket.fingerprint,
                sales.c.status.in_((SaleStatus.OPEN, SaleStatus.CLEARING)),
            )
        )

    async def _one(self, condition: ColumnElement[bool]) -> Sale | None:
        joined = sales.join(sessions, sessions.c.id == NEWEST)
        row = (
            await self._connection.execute(
                select(sales, sessions)
                .select_from(joined)
                .where(condition)
                .order_by(sales.c.status)  # `clearing` comes before `open`
                .limit(1)
            )
        ).first()
        return None if row is None else sale_of(row)

    async def add(
        self, buyer: Buyer, origin: Origin, basket: Basket, *, kind: str, now: datetime
    ) -> tuple[int, str]:
        """Write a new open sale; returns its id and reference. It needs a session in the same transaction."""
        reference = new_reference()
        statement = insert(sales).values(
            reference=reference,
            kind=kind,
            guild_id=origin.guild_id,
            channel_id=origin.channel_id,
            buyer_id=buyer.id,
            recipient_id=basket.gift_to or buyer.id,
            issuer_id=basket.charge.issuer_id if basket.charge else None,
            invoice_number=basket.charge.number if basket.charge else None,
            created_at=now,
            **contents(basket),
        )
        return await self._key(statement.returning(sales.c.id)), reference

    async def reopen(self, sale_id: int, basket: Basket) -> None:
        """Put the sale up again, at the prices of `basket`. It needs a session in the same transaction."""
        await self._connection.execute(update(sales).where(sales.c.id == sale_id).values(**contents(basket)))

    async def add_session(
        self, sale_id: int, request: dict[str, Any], *, nonce: str, lease: datetime, now: datetime
    ) -> int:
        """Write a session that is about to be made; `lease` (UTC) is until when nobody else makes it.

        `nonce` is the one in its signature.
        """
        statement = insert(sessions).values(
            sale_id=sale_id,
            state=SessionState.CREATING,
            created_at=now,
            lease_until=lease,
            attempts=1,
            request=request,
            nonce=nonce,
        )
        self._mark(Queue.SESSIONS_BEING_MADE, lease)
        return await self._key(statement.returning(sessions.c.id))

    async def _key(self, statement: Any) -> int:
        identity: int = (await self._connection.execute(statement)).scalar_one()
        return identity

    async def move(
        self, session: int, target: SessionState, /, *, lease: datetime | None = None, **values: Any
    ) -> bool:
        """Take the session to `target` if its state allows it, and say whether it did.

        `lease` (UTC) is given by who may do so only as long as nobody else has taken the session over.
        """
        held = () if lease is None else (sessions.c.lease_until == lease,)
        statement = (
            update(sessions)
            .where(sessions.c.id == session, sessions.c.state.in_(sources(target)), *held)
            .values(state=target, lease_until=None, request=None, **values)
            .returning(sessions.c.sale_id)
        )
        moved = (await self._connection.execute(statement)).scalar_one_or_none()
        if moved is not None:
            self._mark_dates(values)
            await self.store_status([moved])
        return moved is not None

    def _mark_dates(self, values: Mapping[str, Any]) -> None:
        if (expires_at := values.get("expires_at")) is not None:
            self._mark(Queue.OPEN_SESSIONS, expires_at)
        if (next_look_at := values.get("next_look_at")) is not None:
            self._mark(Queue.SESSION_POLLS, next_look_at)

    async def take_over(
        self, now: datetime, *, lease: datetime, session_id: int | None = None
    ) -> Row[Any] | None:
        """Lease one session whose maker is gone: its id, sale_id, request, created_at and attempts.

        One UPDATE decides who gets it, however many ask.
        """
        abandoned = select(sessions.c.id).where(
            sessions.c.state == SessionState.CREATING, sessions.c.lease_until <= now
        )
        if session_id is not None:
            abandoned = abandoned.where(sessions.c.id == session_id)
        statement = (
            update(sessions)
            .where(sessions.c.id == abandoned.limit(1).scalar_subquery(), sessions.c.lease_until <= now)
            .values(lease_until=lease, attempts=sessions.c.attempts + 1)
            .returning(sessions)
        )
        leased: Row[Any] | None = (await self._connection.execute(statement)).first()
        if leased is not None:
            self._mark(Queue.SESSIONS_BEING_MADE, lease)
        return leased

    async def free_leases(self, now: datetime, *, until: datetime) -> None:
        """Have the sessions made now that a process which is gone was making, until `until` (UTC)."""
        lease = sessions.c.lease_until
        await self._connection.execute(
            update(sessions)
            .where(sessions.c.state == SessionState.CREATING, lease > now, lease <= until)
            .values(lease_until=now)
        )

    async def next_abandoned(self) -> datetime | None:
        """When (UTC) the first lease on a session that is being made runs out."""
        statement = select(func.min(sessions.c.lease_until)).where(sessions.c.state == SessionState.CREATING)
        return await self._instant(statement)

    async def next_expiry(self) -> datetime | None:
        """When (UTC) the first open session expires."""
        statement = select(func.min(sessions.c.expires_at)).where(*_MAY_EXPIRE, _IS_SETTLED)
        return await self._instant(statement)

    async def _instant(self, statement: Any) -> datetime | None:
        instant: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return instant

    async def expire(self, now: datetime, *, limit: int, session_id: int | None = None) -> list[int]:
        """Expire up to `limit` overdue sessions, or the one given; returns their sales' ids.

        Unless it is given, one of which something was told that isn't applied yet is left for later.
        """
        overdue = (
            select(sessions.c.id)
            .where(*_MAY_EXPIRE, sessions.c.expires_at <= now)
            .order_by(sessions.c.expires_at)
            .limit(limit)
        )
        overdue = overdue.where(_IS_SETTLED if session_id is None else sessions.c.id == session_id)
        statement = (
            update(sessions)
            .where(sessions.c.id.in_(overdue))
            .values(state=SessionState.EXPIRED)
            .returning(sessions.c.sale_id)
        )
        expired = list((await self._connection.execute(statement)).scalars())
        await self.store_status(expired)
        return expired

    async def store_status(self, sale_ids: Sequence[int]) -> None:
        """Compute the sales' statuses anew, from their sessions and their orders' money."""
        states: dict[int, list[SessionState]] = {sale_id: [] for sale_id in sale_ids}
        statement = (
            select(sessions.c.sale_id, sessions.c.state)
            .where(sessions.c.sale_id.in_(states))
            .order_by(sessions.c.sale_id, sessions.c.id)
        )
        for sale_id, state in await self._connection.execute(statement):
            states[sale_id].append(SessionState(state))
        money: dict[int, list[MoneyState]] = {sale_id: [] for sale_id in sale_ids}
        paid = select(orders.c.sale_id, orders.c.money).where(orders.c.sale_id.in_(states))
        for sale_id, state in await self._connection.execute(paid):
            money[sale_id].append(MoneyState(state))
        by_status: dict[SaleStatus, list[int]] = {}
        for sale_id, its_states in states.items():
            by_status.setdefault(sale_status(its_states, money[sale_id]), []).append(sale_id)
        for status, ids in by_status.items():
            await self._connection.execute(update(sales).where(sales.c.id.in_(ids)).values(status=status))

    # --- sessions as payments find them ---------------------------------------------------------------

    async def session_named(self, session_id: str) -> tuple[int, Session] | None:
        """The sale's id and the session that the store calls so (`cs_…`)."""
        return await self._session(sessions.c.session_id == session_id)

    async def session_by_id(self, session: int) -> tuple[int, Session] | None:
        return await self._session(sessions.c.id == session)

    async def session_signed(self, sale_id: int, nonce: str | None) -> Session | None:
        """The sale's session of that nonce, named or not.

        Without a nonce it is the newest that was written before there were any, and whose name at the
        store never reached us.
        """
        signed = sessions.c.nonce == nonce
        bare = and_(sessions.c.nonce.is_(None), sessions.c.session_id.is_(None))
        found = await self._session(and_(sessions.c.sale_id == sale_id, bare if nonce is None else signed))
        return None if found is None else found[1]

    async def _session(self, condition: ColumnElement[bool]) -> tuple[int, Session] | None:
        statement = select(sessions).where(condition).order_by(sessions.c.id.desc()).limit(1)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else (row.sale_id, session_of(row._asdict()))

    async def name_session(self, session: int, session_id: str) -> bool:
        """Record what the store calls the session, which it told before the answer to our call came.

        Says whether it had no name before.
        """
        statement = (
            update(sessions)
            .where(sessions.c.id == session, sessions.c.session_id.is_(None))
            .values(session_id=session_id)
            .returning(sessions.c.id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def supersede_others(self, sale_id: int, session: int) -> None:
        """Show no other open link of a sale of which this session was paid."""
        statement = (
            update(sessions)
            .where(
                sessions.c.sale_id == sale_id,
                sessions.c.id != session,
                sessions.c.state == SessionState.OPEN,
            )
            .values(state=SessionState.SUPERSEDED)
            .returning(sessions.c.id)
        )
        if (await self._connection.execute(statement)).first() is not None:
            await self.store_status([sale_id])

    async def recover(
        self,
        buyer_id: int,
        recipient_id: int,
        origin: Origin,
        basket: Basket,
        *,
        kind: str,
        reference: str,
        session_id: str | None,
        made: datetime,
        now: datetime,
        nonce: str | None = None,
        invoice_number: int | None = None,
    ) -> tuple[int, int]:
        """Write a sale that is paid although no row of it is there; returns its id and its session's.

        `made` (UTC) is when its order was.
        """
        values = contents(basket) | {"status": SaleStatus.PAID}
        statement = insert(sales).values(
            reference=reference,
            kind=kind,
            guild_id=origin.guild_id,
            channel_id=origin.channel_id,
            buyer_id=buyer_id,
            recipient_id=recipient_id,
            invoice_number=invoice_number,
            created_at=made,
            **values,
        )
        sale_id = await self._key(statement.returning(sales.c.id))
        return sale_id, await self.recover_session(sale_id, session_id, nonce, made=made, now=now)

    async def recover_session(
        self, sale_id: int, session_id: str | None, nonce: str | None, *, made: datetime, now: datetime
    ) -> int:
        """Write a session that is paid although its row isn't there; returns its id.

        `made` (UTC) is when its order was. What the order doesn't say is looked for from `now` on.
        """
        paid = insert(sessions).values(
            sale_id=sale_id,
            session_id=session_id,
            nonce=nonce,
            state=SessionState.PAID,
            created_at=made,
            expires_at=now,
            next_look_at=now,
        )
        self._mark(Queue.SESSION_POLLS, now)
        return await self._key(paid.returning(sessions.c.id))

    async def open_links(self, buyer_id: int, guild_id: int, now: datetime) -> list[datetime | None]:
        """When (UTC) each of the buyer's live links ends, soonest first; None for one still being made.

        Invoices don't count: it is staff who open those.
        """
        statement = (
            select(sessions.c.expires_at)
            .join(sales, sales.c.id == sessions.c.sale_id)
            .where(
                sales.c.buyer_id == buyer_id,
                sales.c.guild_id == guild_id,
                sales.c.kind == PURCHASE,
                sales.c.status == SaleStatus.OPEN,
                sessions.c.state.in_(LIVE),
                or_(sessions.c.expires_at.is_(None), sessions.c.expires_at > now),
            )
            .order_by(sessions.c.expires_at.is_(None), sessions.c.expires_at)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def recent_sessions(self, buyer_id: int, guild_id: int, since: datetime) -> list[datetime]:
        """When (UTC) the buyer's links after `since` were asked for, oldest first; invoices don't count."""
        statement = (
            select(sessions.c.created_at)
            .join(sales, sales.c.id == sessions.c.sale_id)
            .where(
                sales.c.buyer_id == buyer_id,
                sales.c.guild_id == guild_id,
                sales.c.kind == PURCHASE,
                sessions.c.created_at > since,
            )
            .order_by(sessions.c.created_at)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def recent_sessions_of(self, sale_id: int, since: datetime) -> list[datetime]:
        """When (UTC) the sale's own links after `since` were asked for, oldest first."""
        statement = (
            select(sessions.c.created_at)
            .where(sessions.c.sale_id == sale_id, sessions.c.created_at > since)
            .order_by(sessions.c.created_at)
        )
        return list((await self._connection.execute(statement)).scalars())
