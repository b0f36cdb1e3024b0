"""Claiming a sale: who may make its checkout session, decided in one short transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.claim_repository import ClaimRepository
from bot.checkout.claims import Claim, Limits
from bot.checkout.draft import draft_as_json, draft_from_json
from bot.checkout.events import LinkExpired
from bot.checkout.gateway import CheckoutGateway
from bot.checkout.models import Basket, Buyer, Origin, Sale, Session
from bot.checkout.repository import SaleRepository
from bot.checkout.session_repository import SessionRepository
from bot.checkout.signing import new_nonce
from bot.checkout.states import SaleKind, SaleStatus, SessionState
from bot.errors import AlreadyPaid, PaymentClearing, Refusal
from bot.jobs.link_repository import LinkRepository
from bot.jobs.models import Reply
from bot.jobs.worker import Clock
from bot.references import new_reference
from bot.storage.transaction import Transaction

MAKING_LEASE: Final = timedelta(seconds=60)
"""How long a session may be in the making: longer than the client's time-outs and repeats together."""

RequireNew = Callable[[Transaction], Awaitable[None]]
"""Raises AlreadyHeld for what somebody has already."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wants what, and where; `renewing` is their sale of the same things that gets another link."""

    buyer: Buyer
    origin: Origin
    basket: Basket
    renewing: Sale | None


class Claims:
    def __init__(self, checkouts: CheckoutGateway, limits: Limits, clock: Clock) -> None:
        self._checkouts = checkouts
        self._limits = limits
        self._clock = clock

    async def make(
        self,
        tx: Transaction,
        wanted: Wanted,
        require_new: RequireNew,
        reply: Reply | None = None,
        *,
        ends: bool = False,
    ) -> Claim | Sale:
        """The right to make a session, or the open sale that has one already.

        With the right comes the job of bringing its link, also as the `reply` that somebody waits for. `ends`
        says that nothing comes after it in the transaction.

        Raises ClaimTaken, AlreadyPaid, PaymentClearing, too_many_links, TooManyPurchases, and what
        `require_new` does.
        """
        now = self._clock()
        buyer, origin, basket, renewing = wanted.buyer, wanted.origin, wanted.basket, wanted.renewing
        kind = SaleKind.PURCHASE if basket.charge is None else SaleKind.INVOICE
        if renewing is None and await _is_new(tx, require_new):
            claim = await self._at_once(tx, wanted, kind, reply, now, ends=ends)
            if claim is not None:
                return claim
        facts = await ClaimRepository(tx).facts(
            buyer, origin, basket, renewing, per_minute=self._limits.per_minute, now=now
        )
        if facts.present is not None:
            present = await SaleRepository(tx).by_id(facts.present)
            standing = await self._present(tx, present, now)
            if isinstance(standing, Claim):
                await LinkRepository(tx).plan(present.id, standing.session_id, reply, now)
            if standing is not None:
                return standing
        await require_new(tx)
        self._limits.require(facts, basket)
        if renewing is None:
            added = await SaleRepository(tx).add(buyer, origin, basket, kind=kind, now=now)
            return await self._session(tx, *added, wanted, facts.sealed, reply=reply, now=now, is_first=True)
        if not await SaleRepository(tx).reopen(renewing.id, basket):
            raise AlreadyPaid  # while the price was looked up
        return await self._session(
            tx, renewing.id, renewing.reference, wanted, facts.sealed, reply=reply, now=now
        )

    async def _at_once(
        self,
        tx: Transaction,
        wanted: Wanted,
        kind: SaleKind,
        reply: Reply | None,
        now: datetime,
        *,
        ends: bool,
    ) -> Claim | None:
        """A new sale, its session and its link's job in one trip; None where something may be in its way."""
        buyer, origin, basket = wanted.buyer, wanted.origin, wanted.basket
        reference, nonce, lease = new_reference(), new_nonce(), now + MAKING_LEASE
        draft = self._checkouts.draft(reference, buyer, origin, basket, nonce)
        await ClaimRepository(tx).add(
            buyer, origin, basket, self._limits, kind=kind, now=now, reference=reference
        )
        await ClaimRepository(tx).add_session(
            reference, draft_as_json(draft), nonce=nonce, lease=lease, now=now
        )
        planned = await LinkRepository(tx).plan_of_nonce(nonce, buyer.id, reply, now, ends=ends)
        if planned is None:
            return None
        link, sealed = planned
        sale = _claimed(link.sale_id, reference, int(link.key), wanted, now)
        return Claim(sale, sale.session.id, lease, draft, link, is_first=True, sealed=sealed)

    async def _present(self, tx: Transaction, present: Sale, now: datetime) -> Claim | Sale | None:
        """What there is already of the same things; None where it is over, and another may be made."""
        if present.status is SaleStatus.CLEARING:
            raise PaymentClearing
        if is_overdue(present, now):
            expired = await SaleRepository(tx).expire(now, limit=1, session_id=present.session.id)
            await tx.publish(LinkExpired(tuple(expired), now))
            return None
        if present.session.state is SessionState.CREATING:
            lease = now + MAKING_LEASE
            abandoned = await SessionRepository(tx).take_over(now, lease=lease, session_id=present.session.id)
            if abandoned is not None:
                draft = draft_from_json(abandoned.request)
                return Claim(present, abandoned.id, lease, draft, sealed=abandoned.sealed)
        return present

    async def _session(
        self,
        tx: Transaction,
        sale_id: int,
        reference: str,
        wanted: Wanted,
        sealed: str | None,
        *,
        reply: Reply | None,
        now: datetime,
        is_first: bool = False,
    ) -> Claim:
        """The claim on a sale that was just written, with its session."""
        buyer, origin, basket = wanted.buyer, wanted.origin, wanted.basket
        nonce, lease = new_nonce(), now + MAKING_LEASE
        draft = self._checkouts.draft(reference, buyer, origin, basket, nonce)
        session_id = await SaleRepository(tx).add_session(
            sale_id, draft_as_json(draft), nonce=nonce, lease=lease, now=now
        )
        await LinkRepository(tx).plan(sale_id, session_id, reply, now)
        sale = _claimed(sale_id, reference, session_id, wanted, now)
        return Claim(sale, session_id, lease, draft, is_first=is_first, sealed=sealed)


async def _is_new(tx: Transaction, require_new: RequireNew) -> bool:
    """What it refuses is raised only once it is known that there is no open sale of the same to be shown."""
    try:
        await require_new(tx)
    except Refusal:
        return False
    return True


def _claimed(sale_id: int, reference: str, session_id: int, wanted: Wanted, now: datetime) -> Sale:
    """The sale as it was just written."""
    return Sale(
        id=sale_id,
        reference=reference,
        buyer_id=wanted.buyer.id,
        guild_id=wanted.origin.guild_id,
        channel_id=wanted.origin.channel_id,
        basket=wanted.basket,
        status=SaleStatus.OPEN,
        session=Session(session_id, SessionState.CREATING, now),
    )


def is_overdue(sale: Sale, now: datetime) -> bool:
    """Whether its link is open by the row, and over by the clock (UTC)."""
    expires_at = sale.session.expires_at
    return sale.session.state is SessionState.OPEN and expires_at is not None and expires_at <= now
