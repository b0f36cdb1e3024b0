"""Opening, repeating, renewing and expiring the payment links of sales."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.claiming import MAKING_LEASE, Claims, RequireNew, Wanted, is_overdue
from bot.checkout.claims import Claim, ClaimTaken, Limits
from bot.checkout.draft import NOBODY_KNOWN, CheckoutPage, OpenPayer, draft_from_json
from bot.checkout.events import GiftNoteWritten, LinkExpired, LinkOpened, LinkWithdrawn
from bot.checkout.gateway import CheckoutGateway
from bot.checkout.models import LONGEST_GIFT_NOTE, Basket, Buyer, Origin, Sale, own_purchase, owned
from bot.checkout.pricing import Pricing, require_price
from bot.checkout.refusals import gift_already_paid, purchase_unknown
from bot.checkout.repository import SaleRepository
from bot.checkout.session_repository import SessionRepository
from bot.checkout.states import SETTLED, SessionState
from bot.errors import (
    AlreadyPaid,
    BambooError,
    CouponRefused,
    DatabaseAway,
    LinkBeingMade,
    LinkNotMade,
    NotFound,
    PriceChanged,
    Refusal,
    Rejected,
    UnreadableAnswer,
)
from bot.jobs.link_repository import LinkRepository
from bot.jobs.models import LEASE, Job, Reply
from bot.jobs.worker import Clock, Worker
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import text

log = logging.getLogger(__name__)

_GIVE_UP_AFTER: Final = timedelta(minutes=15)
"""Who asked for a link this long ago has given up: Discord no longer lets the answer be edited either."""
WAITS: Final = (0.25, 0.5, 0.75, 1.0, 1.5)
"""Seconds between looks at a session that somebody else is making."""
FIRST_POLL: Final = timedelta(seconds=25)
"""How soon the store's orders are asked for a new link."""
_AT_ONCE: Final = timedelta(0)
_MOST_ATTEMPTS: Final = 2
"""An interrupted session is made once more; what stops the process every time must not be tried for ever."""
_SETTLED_AT_ONCE: Final = 500
"""Overdue sessions settled in one transaction: a purchase waits for it no longer than a few milliseconds."""


BeforeTheClaim = Callable[[Buyer, Origin, Basket, bool], Awaitable[RequireNew]]
"""Raises CantBeDelivered for what could be paid, but not given; returns what is asked inside the claim.

The last argument says that the buyer knows who has these things already.
"""
InTheClaim = Callable[[Transaction, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Link:
    """A sale whose session is open. `job` brings a new link to its buyer; None for an old one.

    `is_first` says that its sale was never shown before, `may_wait` that something else could not be
    delivered to its buyer.
    """

    sale: Sale
    job: Job | None = None
    is_first: bool = False
    may_wait: bool = True


async def no_requirements(_buyer: Buyer, _origin: Origin, _basket: Basket, _anyway: bool) -> RequireNew:  # noqa: FBT001
    """Where what is bought earns nothing."""

    async def require_new(_tx: Transaction) -> None:
        return

    return require_new


class Sales:
    def __init__(
        self,
        database: UnitOfWork,
        checkouts: CheckoutGateway,
        pricing: Pricing,
        limits: Limits,
        *,
        clock: Clock,
        before_the_claim: BeforeTheClaim = no_requirements,
        open_payer: OpenPayer = lambda _buyer, _sealed: NOBODY_KNOWN,
    ) -> None:
        self._database = database
        self._before_the_claim = before_the_claim
        self._open_payer = open_payer
        self._checkouts = checkouts
        self._pricing = pricing
        self._claims = Claims(checkouts, limits, clock)
        self._clock = clock
        self.expiry = Worker(
            self.settle_overdue, name="expiry of payment links", clock=clock, queue=Queue.OPEN_SESSIONS
        )
        self.abandoned = Worker(
            self.resolve_abandoned,
            name="interrupted purchases",
            clock=clock,
            queue=Queue.SESSIONS_BEING_MADE,
        )

    async def open(
        self,
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        *,
        reply: Reply | None = None,
        renewing: Sale | None = None,
        also: InTheClaim | None = None,
        anyway: bool = False,
    ) -> Link:
        """The buyer's open link for these things; a checkout session is made if there is none.

        `also` is called with the sale's id in the transaction of the claim: what it raises undoes the claim.
        `anyway` says that the buyer knows who has these things already.

        Raises AlreadyHeld, too_many_links, TooManyPurchases, LinkBeingMade, PriceChanged, CouponRefused,
        CantBeDelivered, another Refusal when the things can't be bought after all, and the PandabaseErrors.
        """
        require_new = await self._before_the_claim(buyer, origin, basket, anyway)
        wanted = Wanted(buyer, origin, basket, renewing)

        async def claimed() -> Claim | Sale:
            async with self._database.write() as tx:
                claim = await self._claims.make(tx, wanted, require_new, reply, ends=also is None)
                if also is not None:
                    await also(tx, claim.sale.id if isinstance(claim, Claim) else claim.id)
            return claim

        try:
            claim = await claimed()
        except ClaimTaken:
            claim = await claimed()  # the other's is found now
        if isinstance(claim, Sale):
            return Link(await self._when_made(claim))
        # Committed before the call: a crash leaves a session to resolve, not an unknown sale.
        try:
            return await self._make(claim, lease=LEASE)
        except (Rejected, NotFound) as error:
            raise await self._reason(claim, basket, error) from error
        except DatabaseAway as error:  # the session is gone on with once it is back
            told = text("{what} A payment link that was being made will still come.", what=error.sentence)
            raise type(error)(told) from error

    async def again(
        self,
        buyer: Buyer,
        reference: str,
        *,
        server_name: Callable[[int], str],
        accepted: int | None = None,
        without_coupon: bool = False,
        coupon: str | None = None,
        reply: Reply | None = None,
    ) -> Link:
        """A link for the same things once more, at today's price; with another `coupon` if there is one.

        `server_name` says a server's name by its id: the click may come from a DM. `accepted` is the
        subtotal in cents that the buyer agreed to; without it, it is the one they last saw.

        Raises PriceChanged when today's is another, not_yours, purchase_unknown, is_invoice, AlreadyPaid,
        PaymentClearing, and what `open` raises.
        """
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_reference(reference)
        sale = own_purchase(sale, buyer.id)
        if sale.status in SETTLED:
            raise AlreadyPaid
        as_it_was = not without_coupon and coupon is None
        if sale.link is not None and not is_overdue(sale, self._clock()) and as_it_was:
            return Link(sale)
        basket = await self._pricing.today(sale.basket, without_coupon=without_coupon)
        basket = basket if coupon is None else replace(basket, coupon=coupon)
        require_price(reference, sale.basket, basket, accepted, without_coupon=without_coupon)
        same = basket.fingerprint == sale.basket.fingerprint
        origin = Origin(sale.guild_id, server_name(sale.guild_id), sale.channel_id)
        return await self.open(buyer, origin, basket, reply=reply, renewing=sale if same else None)

    async def of_buyer(self, buyer_id: int, reference: str) -> Sale:
        """The buyer's own sale. Raises purchase_unknown and not_yours."""
        async with self._database.read() as tx:
            return owned(await SaleRepository(tx).by_reference(reference), buyer_id)

    async def withdraw(self, buyer_id: int, reference: str) -> Sale:
        """Give up the link; the store's page stays payable until it expires.

        Raises is_invoice, PaymentClearing, and what `of_buyer` does.
        """
        now = self._clock()
        async with self._database.write() as tx:
            sale = own_purchase(await SaleRepository(tx).by_reference(reference), buyer_id)
            if await SaleRepository(tx).move(sale.session.id, SessionState.WITHDRAWN):
                await tx.publish(LinkWithdrawn(sale, now))
                sale = await SaleRepository(tx).by_id(sale.id)
        return sale

    async def write_gift_note(self, buyer_id: int, reference: str, note: str) -> Sale:
        """Keep what the buyer writes to the one their gift is for; an empty one takes it back.

        Raises gift_already_paid, and what `withdraw` does; purchase_unknown also for what is no gift.
        """
        now, kept = self._clock(), " ".join(note.split())[:LONGEST_GIFT_NOTE] or None
        async with self._database.write() as tx:
            sale = own_purchase(await SaleRepository(tx).by_reference(reference), buyer_id)
            if sale.basket.gift_to is None:
                raise purchase_unknown()
            if sale.status in SETTLED:
                raise gift_already_paid()
            await SaleRepository(tx).write_gift_note(sale.id, kept)
            sale = replace(sale, basket=replace(sale.basket, gift_note=kept))
            await tx.publish(GiftNoteWritten(sale, now))
        return sale

    def is_payable(self, sale: Sale) -> bool:
        """Whether its link is open, by the clock as well as by the row."""
        return sale.link is not None and not is_overdue(sale, self._clock())

    async def by_id(self, sale_id: int) -> Sale:
        """Raises LookupError when there is no such sale."""
        async with self._database.read() as tx:
            return await SaleRepository(tx).by_id(sale_id)

    # --- the session ----------------------------------------------------------------------------------

    async def _when_made(self, sale: Sale) -> Sale:
        """The sale once its link is there. Raises LinkNotMade, and LinkBeingMade when that takes too long."""
        for wait in (*WAITS, None):
            if sale.status in SETTLED:
                raise AlreadyPaid
            if sale.link is not None:
                return sale
            if wait is None or sale.session.state is not SessionState.CREATING:
                break
            await asyncio.sleep(wait)
            sale = await self.by_id(sale.id)
        if sale.session.state is SessionState.FAILED:
            raise LinkNotMade
        raise LinkBeingMade

    async def _make(self, claim: Claim, *, lease: timedelta) -> Link:
        """Make the session. Its link, or that there is none, is the caller's to tell within `lease`."""
        try:
            payer = self._open_payer(claim.sale.buyer_id, claim.sealed)
            made = await self._checkouts.create(claim.draft, self._clock, payer)
            sale, job, may_wait = await self._record(claim, made, lease=lease)
        except Exception:
            # Whatever it is: somebody waits for the answer, and the next try must find nothing half made.
            await self._give_up(claim, lease=lease)
            raise
        if job is None:  # the lease had run out, and somebody else made the link that is shown
            return Link(await self._when_made(sale))
        return Link(sale, job, claim.is_first, may_wait)

    async def _record(
        self, claim: Claim, made: CheckoutPage, *, lease: timedelta
    ) -> tuple[Sale, Job | None, bool]:
        """Write what the store made; returns the sale, who brings its link, and `Link.may_wait`.

        Nobody brings it where the link isn't ours to show any more.
        """
        job = None
        sale = claim.opened(made)
        async with self._database.write() as tx:
            opened = await SaleRepository(tx).open_session(
                claim.session_id,
                sale.session,
                buyer_id=sale.buyer_id,
                next_poll_at=self._clock() + FIRST_POLL,
            )
            ours = opened is not None
            if opened is None:
                named = await SessionRepository(tx).session_named(made.session_id)
                if named is not None and named.session.id != claim.session_id:
                    raise UnreadableAnswer(
                        detail=f"a new page called {made.session_id}, as another is already"
                    )
            elif opened.sale_status in SETTLED:  # another of its links was paid meanwhile
                ours = not await SaleRepository(tx).move(claim.session_id, SessionState.SUPERSEDED)
            was_told = opened is None or opened.was_told
            await tx.publish(LinkOpened(sale, made.session_id, self._clock(), was_told=was_told))
            if ours:
                job = await self._start_link(tx, claim, lease)
            else:
                sale = await SaleRepository(tx).by_id(claim.sale.id)
        return sale, job, opened is None or opened.may_wait

    async def _give_up(self, claim: Claim, *, lease: timedelta) -> None:
        async with self._database.write() as tx:
            if await SaleRepository(tx).move(claim.session_id, SessionState.FAILED, lease=claim.lease):
                await self._start_link(tx, claim, lease)

    async def _start_link(self, tx: Transaction, claim: Claim, lease: timedelta) -> Job:
        until = self._clock() + lease
        attempts = 1 if lease else 0
        if claim.link is not None:
            return await LinkRepository(tx).start_planned(claim.link, lease=until, attempts=attempts)
        return await LinkRepository(tx).start(claim.session_id, lease=until, attempts=attempts)

    async def _reason(self, claim: Claim, basket: Basket, error: Rejected | NotFound) -> BambooError:
        """Why the store refused: its sentences carry no codes, so the product is read again."""
        try:
            today = await self._pricing.today(basket)
        except Refusal as reason:
            return reason
        except BambooError:
            return error
        old, new = basket.subtotal, today.subtotal
        if old is not None and new is not None and old != new:
            return PriceChanged(claim.sale.reference, basket.titles, old, new)
        if basket.coupon is not None:
            return CouponRefused(claim.sale.reference, basket.titles, basket.coupon, error.sentence)
        if claim.sealed is not None:  # it may be about what is in there
            said = text(
                "{said} If that's about your billing details, change or delete them with /billing.",
                said=error.sentence,
            )
            return type(error)(said, request_id=error.request_id, detail=error.detail)
        return error

    # --- what time and crashes leave ------------------------------------------------------------------

    async def settle_overdue(self) -> datetime | None:
        """Expire overdue sessions, and have their messages follow; returns the next expiry (UTC)."""
        now = self._clock()
        async with self._database.write() as tx:
            expired = await SaleRepository(tx).expire(now, limit=_SETTLED_AT_ONCE)
            await tx.publish(LinkExpired(tuple(expired), now))
            return await SaleRepository(tx).next_expiry()

    async def resolve_abandoned(self) -> datetime | None:
        """Go on with a session whose process died while it made it; returns when to look again (UTC).

        The link that may have been made before is known to nobody: it was never shown.
        """
        now = self._clock()
        async with self._database.write() as tx:
            lease = now + MAKING_LEASE
            abandoned = await SessionRepository(tx).take_over(now, lease=lease)
            if abandoned is None:
                return await SessionRepository(tx).next_abandoned()
            sale = await SaleRepository(tx).by_id(abandoned.sale_id)
        draft = draft_from_json(abandoned.request)
        claim = Claim(sale, abandoned.id, lease, draft, sealed=abandoned.sealed)
        try:
            if abandoned.attempts > _MOST_ATTEMPTS or now - abandoned.created_at > _GIVE_UP_AFTER:
                await self._give_up(claim, lease=_AT_ONCE)
            else:
                await self._make(claim, lease=_AT_ONCE)
        except BambooError as error:
            log.warning("Sale %s was interrupted and can't be gone on with: %s", sale.reference, error)
        return self._clock()
