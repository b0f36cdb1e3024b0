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
from bot.checkout.repository import INVOICE, PURCHASE, SaleRepository
from bot.checkout.signing import new_nonce
from bot.checkout.states import SaleStatus, SessionState
from bot.errors import AlreadyPaid, PaymentClearing
from bot.jobs.worker import Clock
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

    async def make(self, tx: Transaction, wanted: Wanted, require_new: RequireNew) -> Claim | Sale:
        """The right to make a session, or the open sale that has one already.

        Raises ClaimTaken, AlreadyPaid, PaymentClearing, too_many_links, TooManyPurchases, and what
        `require_new` does.
        """
        now = self._clock()
        buyer, origin, basket, renewing = wanted.buyer, wanted.origin, wanted.basket, wanted.renewing
        kind = PURCHASE if basket.charge is None else INVOICE
        added = None
        if renewing is None:
            added = await ClaimRepository(tx).add(buyer, origin, basket, self._limits, kind=kind, now=now)
        if added is not None:
            await require_new(tx)
            sale_id, reference, sealed = added
            return await self._session(tx, sale_id, reference, wanted, now, sealed=sealed, is_first=True)
        look = await ClaimRepository(tx).look(
            buyer, origin, basket, renewing, per_minute=self._limits.per_minute, now=now
        )
        if look.present is not None:
            present = await SaleRepository(tx).by_id(look.present)
            claim = await self._present(tx, present, now)
            if claim is not None:
                return claim
        await require_new(tx)
        self._limits.require(look, basket)
        if renewing is None:
            new = await SaleRepository(tx).add(buyer, origin, basket, kind=kind, now=now)
            return await self._session(tx, *new, wanted, now, sealed=look.sealed, is_first=True)
        if not await SaleRepository(tx).reopen(renewing.id, basket):
            raise AlreadyPaid  # while the price was looked up
        return await self._session(tx, renewing.id, renewing.reference, wanted, now, sealed=look.sealed)

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
            abandoned = await SaleRepository(tx).take_over(now, lease=lease, session_id=present.session.id)
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
        now: datetime,
        *,
        sealed: str | None,
        is_first: bool = False,
    ) -> Claim:
        """The claim on a sale that was just written, with its session."""
        buyer, origin, basket = wanted.buyer, wanted.origin, wanted.basket
        nonce, lease = new_nonce(), now + MAKING_LEASE
        draft = self._checkouts.draft(reference, buyer, origin, basket, nonce)
        session_id = await SaleRepository(tx).add_session(
            sale_id, draft_as_json(draft), nonce=nonce, lease=lease, now=now
        )
        sale = Sale(
            id=sale_id,
            reference=reference,
            buyer_id=buyer.id,
            guild_id=origin.guild_id,
            channel_id=origin.channel_id,
            basket=basket,
            status=SaleStatus.OPEN,
            session=Session(session_id, SessionState.CREATING, now),
        )
        return Claim(sale, session_id, lease, draft, is_first=is_first, sealed=sealed)


def is_overdue(sale: Sale, now: datetime) -> bool:
    """Whether its link is open by the row, and over by the clock (UTC)."""
    expires_at = sale.session.expires_at
    return sale.session.state is SessionState.OPEN and expires_at is not None and expires_at <= now
