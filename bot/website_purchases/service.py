"""What was bought on the store's website becomes a member's: once, and only whose it is shown to be."""

import re
from collections.abc import Awaitable
from datetime import datetime
from typing import Final

from bot.catalog.models import ProductType
from bot.checkout.models import LONGEST_SESSION_ID, Origin, Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.session_repository import SessionRepository
from bot.checkout.states import SaleKind
from bot.errors import NotFound, Rejected, Unauthorized
from bot.fulfilment.benefits import Benefits
from bot.jobs.worker import Clock
from bot.payments.event_repository import EventRepository
from bot.payments.matching import KindOf, MatchedSale
from bot.payments.models import Decision, PaymentEvent
from bot.payments.observations import Observation
from bot.payments.orders import Payments
from bot.payments.provider import Order, PaymentProvider, Subscription
from bot.payments.quarantine_repository import QuarantineRepository
from bot.payments.repository import PaymentRepository
from bot.payments.subscription_matching import begun_by
from bot.references import new_reference
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork
from bot.website_purchases.refusals import (
    CantLookUp,
    bought_here,
    claimed_already,
    free_on_website,
    key_of_several,
    no_token,
    not_found,
    nothing_typed,
    staff_decide,
    subscription_unclear,
    too_many_tries,
    yours_already,
)
from bot.website_purchases.repository import ClaimTryRepository

LONGEST_KEY: Final = 512
"""Characters; source: Pandabase's core OpenAPI file, as is the next."""
LONGEST_NUMBER: Final = 128
LONGEST_EMAIL: Final = 320
_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{6,64}")


class WebsitePurchases:
    """`api` is None without a token of the store. What people type is neither kept nor logged."""

    def __init__(
        self,
        database: UnitOfWork,
        payments: Payments,
        api: PaymentProvider | None,
        *,
        benefits: Benefits,
        kind_of: KindOf,
        currency: str,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._api = api
        self._benefits = benefits
        self._kind_of = kind_of
        self._currency = currency
        self._audit = audit
        self._clock = clock

    def require_api(self) -> PaymentProvider:
        """Raises no_token where no order can be looked up."""
        if self._api is None:
            raise no_token()
        return self._api

    async def claim(self, origin: Origin, member_id: int, *, key: str, number: str, email: str) -> Sale:
        """The sale that a license key or an order number with its email was bought by, as the member's.

        Raises CantLookUp, the refusals beside this, and the PandabaseErrors.
        """
        api = self.require_api()
        number = number.lstrip("#")
        if not key and not (number and email):
            raise nothing_typed()
        await self._count(member_id)
        asked = self._clock()
        if key:
            order = await self._ask(api.order_of_key(key), api.scopes.licenses)
        elif _NUMBER.fullmatch(number):
            order = await self._ask(api.order_bought_with(number, email), api.scopes.orders)
        else:
            order = None
        order = _paid(order)
        if key and not _is_of_one_unit(order):
            raise key_of_several()
        return await self._take(origin, member_id, order, asked, by=None)

    async def assign(self, origin: Origin, member_id: int, number: str, *, by: int) -> Sale:
        """The order of that number as the member's, because staff say so.

        Raises as `claim` does, and role_out_of_reach.
        """
        api, asked = self.require_api(), self._clock()
        number = number.lstrip("#")
        order = None
        if _NUMBER.fullmatch(number):
            order = await self._ask(api.order_bought_with(number, None), api.scopes.orders)
        return await self._take(origin, member_id, _paid(order), asked, by=by)

    async def _count(self, member_id: int) -> None:
        """Committed before the store is asked: who is cut off has tried too."""
        async with self._database.write() as tx:
            until = await ClaimTryRepository(tx).count(member_id, self._clock())
        if until is not None:
            raise too_many_tries(until)

    async def _ask(self, question: Awaitable[Order | None], scope: str) -> Order | None:
        try:
            return await question
        except (NotFound, Rejected):
            return None  # the store's words may say which part was wrong
        except Unauthorized as error:
            raise CantLookUp(error.lacking(scope)) from error

    # --- becoming somebody's --------------------------------------------------------------------------

    async def _take(
        self, origin: Origin, member_id: int, order: Order, asked: datetime, *, by: int | None
    ) -> Sale:
        begun = await self._begun_by(order)
        if by is None and begun is None and order.amount == 0 and not order.has_coupon:
            raise free_on_website()  # once for each member here, but anybody can order it again there
        basket = self._payments.matching.basket_of(order, self._currency)
        if by is not None:
            await self._benefits.require_in_reach(origin.guild_id, basket.lines, member_id, by=by)
        async with self._database.write() as tx:
            await self._require_free(tx, order, begun, None if by else member_id)
            now = self._clock()
            sale = await SaleRepository(tx).recover(
                member_id,
                member_id,
                origin,
                basket,
                kind=SaleKind.PURCHASE,
                reference=new_reference(),
                session_id=order.order_number,
                made=order.made_by(now),
                now=now,
            )
            matched = MatchedSale(sale, sale.session, recovered=True)
            await self._payments.accept(tx, Observation.of_order(order, asked), matched)
            if begun is not None:
                await self._payments.observe(tx, Observation.of_order(order, asked, begun))
            # What was told of it before it was anybody's, such as a refund since.
            await EventRepository(tx).reconsider(now, order_numbers={str(order.order_number)})
            await self._write(tx, sale, by)
            return await SaleRepository(tx).by_id(sale.id)

    async def _begun_by(self, order: Order) -> Subscription | None:
        """The subscription that the order began: without it nobody knew when its roles end.

        Raises subscription_unclear for an order of one that began none, such as a later period's.
        """
        api = self.require_api()
        products = {item.product_id for item in order.items or () if item.product_id}
        kinds = {self._kind_of(each) for each in products}
        if len(products) != 1 or not kinds <= {ProductType.SUBSCRIPTION, ProductType.UNKNOWN}:
            return None
        [product] = products
        listed: list[Subscription] = []
        if order.customer_id is not None:
            try:
                listed = list(await api.subscriptions_of(order.customer_id, product))
            except Unauthorized as error:
                raise CantLookUp(error.lacking(api.scopes.subscriptions)) from error
            except (NotFound, Rejected):
                listed = []
        if not listed and kinds == {ProductType.UNKNOWN}:
            return None
        begun = begun_by(order, product, listed, now=self._clock())
        if begun is None:
            raise subscription_unclear()
        return begun

    async def _require_free(
        self, tx: Transaction, order: Order, begun: Subscription | None, claimant_id: int | None
    ) -> None:
        """Nobody has it, nobody may have bought it here, and no staff have to decide about it.

        `claimant_id` is who says that it is theirs, and hears so where they have it already.
        """
        number = str(order.order_number)
        if (known := await PaymentRepository(tx).order(order.id, number)) is not None:
            holder = await SaleRepository(tx).by_id(known.record.sale_id)
            raise yours_already() if holder.recipient_id == claimant_id else claimed_already()
        if await SessionRepository(tx).is_named(number) or _is_from_here(order):
            raise bought_here()
        subscription_id = begun.id if begun is not None else None
        if subscription_id and await PaymentRepository(tx).subscription(subscription_id) is not None:
            raise claimed_already()
        held = await QuarantineRepository(tx).order(order.id, number)
        if held is not None:
            raise staff_decide() if held.decision in (None, Decision.ACCEPTED) else not_found()

    async def _write(self, tx: Transaction, sale: Sale, by: int | None) -> None:
        action = AuditAction.CLAIMED if by is None else AuditAction.ASSIGNED
        details = {"sale": sale.reference, "member": sale.recipient_id}
        entry = AuditEntry(sale.guild_id, action, by or sale.recipient_id, details=details)
        await self._audit.write(tx, entry)


def _paid(order: Order | None) -> Order:
    """The order, if it is paid and can be written. Raises not_found, whatever is wrong with it."""
    if (
        order is None
        or order.event is not PaymentEvent.PAID
        or not order.items
        or order.id is None
        or order.order_number is None
        or len(order.order_number) > LONGEST_SESSION_ID
    ):
        raise not_found()
    return order


def _is_of_one_unit(order: Order) -> bool:
    """Whether a key of it is all that it is of: its holder need not be who paid for the rest."""
    return len(order.items or ()) == 1 and (order.items or ())[0].quantity == 1


def _is_from_here(order: Order) -> bool:
    """Whether it says that it was bought in Discord: its buyer is who its signature names."""
    return "signature" in order.metadata or order.metadata.get("source") == "discord"
