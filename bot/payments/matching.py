"""Which sale an order is of: by our session's row, by our own signature, or by a subscription we know."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any, Final

from bot.catalog.availability import Line
from bot.catalog.models import PricingModel, ProductType
from bot.checkout.models import LONGEST_SESSION_ID, AnyLine, Basket, CustomLine, Origin, Sale, Session
from bot.checkout.repository import SaleRepository
from bot.checkout.session_repository import SessionRepository
from bot.checkout.signing import Signer, nonce_of
from bot.checkout.states import SaleKind
from bot.jobs.worker import Clock
from bot.payments.event_repository import EventRepository
from bot.payments.events import SaleRecovered
from bot.payments.models import OrderItem, OrderRecord, PaymentEvent, SubscriptionRecord
from bot.payments.observations import Observation
from bot.payments.order_lines import lines_of, readings
from bot.payments.provider import Order
from bot.payments.repository import PaymentRepository
from bot.payments.verification import Reason, has_same_items, reasons_against
from bot.snowflakes import snowflake
from bot.storage.transaction import Transaction

log = logging.getLogger(__name__)

_REFERENCE: Final = re.compile(r"[a-z0-9]{10}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_MOST_READINGS: Final = 1024
"""Ways to read an order's items that are tried; ten lines, each at its price or at the payer's."""

KindOf = Callable[[str], ProductType]
"""What kind of product an id names, without asking the store: an order doesn't say it."""


def unknown(_product_id: str) -> ProductType:
    """A KindOf for where there is no catalog."""
    return ProductType.UNKNOWN


@dataclass(frozen=True, slots=True)
class MatchedSale:
    """A sale and the session that the order paid, or the subscription that it renewed.

    `recovered` says that nothing of it was in the database.
    """

    sale: Sale
    session: Session | None
    subscription: SubscriptionRecord | None = None
    recovered: bool = False


def belongs_to(matched: MatchedSale) -> dict[str, Any]:
    """What of an order's row says whose it is."""
    return {
        "sale_id": matched.sale.id,
        "session_id": matched.session.id if matched.session else None,
        "subscription_id": matched.subscription.subscription_id if matched.subscription else None,
    }


@dataclass(frozen=True, slots=True)
class MismatchReason:
    """Why an order only seems to be of a sale; `sale` is the one that our signature in it is of, if any."""

    reason: Reason
    sale: Sale | None = None


class SaleMatching:
    def __init__(self, signer: Signer, clock: Clock, *, kind_of: KindOf = unknown) -> None:
        self._signer = signer
        self._clock = clock
        self._kind_of = kind_of

    async def of_known(self, tx: Transaction, record: OrderRecord) -> MatchedSale:
        """The sale of an order that was recorded before."""
        sale = await SaleRepository(tx).by_id(record.sale_id)
        session, renewed = None, None
        if record.session_id is not None:
            session = await SessionRepository(tx).session_by_id(record.session_id)
        if record.subscription_id is not None:
            renewed = await PaymentRepository(tx).subscription(record.subscription_id)
        return MatchedSale(sale, session, renewed)

    async def of(
        self, tx: Transaction, seen: Observation, order: Order, *, paid: bool
    ) -> MatchedSale | MismatchReason | None:
        """The sale of a new order; why it only seems to be of one; None for a sale that isn't ours.

        Only for an order that is `paid` a sale is written that isn't there, or doubt of one recorded.
        """
        ours = await self._by_session(tx, order)
        if ours is not None:
            return ours
        if seen.subscription is not None and seen.subscription.id is not None:
            known = await PaymentRepository(tx).subscription(seen.subscription.id)
            if known is not None:
                return MatchedSale(await SaleRepository(tx).by_id(known.sale_id), None, known)
        if "signature" not in order.metadata and order.metadata.get("source") != "discord":
            return None  # the store sells elsewhere too
        matched = await self._by_signature(tx, seen, order, paid=paid)
        return None if isinstance(matched, MismatchReason) and not paid else matched

    async def sale_of_subscription(self, tx: Transaction, seen: Observation, order: Order) -> Sale | None:
        """The sale whose order began the subscription."""
        known = await PaymentRepository(tx).order(order.id, order.order_number)
        if known is not None:
            return await SaleRepository(tx).by_id(known.record.sale_id)
        found = await self.of(tx, seen, order, paid=seen.event is PaymentEvent.PAID)
        # What renews one subscription begins no other.
        return found.sale if isinstance(found, MatchedSale) and found.subscription is None else None

    async def _by_session(self, tx: Transaction, order: Order) -> MatchedSale | None:
        if order.order_number is None:
            return None
        found = await SessionRepository(tx).session_named(order.order_number)
        return None if found is None else MatchedSale(found.sale, found.session)

    async def _by_signature(
        self, tx: Transaction, seen: Observation, order: Order, *, paid: bool
    ) -> MatchedSale | MismatchReason | None:
        reference, number = order.metadata.get("sale", ""), order.order_number
        if not _REFERENCE.fullmatch(reference) or number is None or len(number) > LONGEST_SESSION_ID:
            return MismatchReason(Reason.NOT_SIGNED)
        sale = await SaleRepository(tx).by_reference(reference)
        if sale is None:
            return await self._recovered(tx, seen, order, reference) if paid else None
        if not self._signer.verifies(order.metadata, sale.basket):
            return MismatchReason(Reason.NOT_SIGNED)
        renewed = await PaymentRepository(tx).subscription_of(sale.id)
        if renewed is not None and _may_renew(renewed, seen, order, sale.basket):
            return MatchedSale(sale, None, renewed)
        return await self._by_nonce(tx, seen, order, sale, paid=paid)

    async def _by_nonce(
        self, tx: Transaction, seen: Observation, order: Order, sale: Sale, *, paid: bool
    ) -> MatchedSale | MismatchReason | None:
        """The session of the sale that the signature is of: what was copied from another proves nothing."""
        number, nonce = order.order_number, nonce_of(order.metadata)
        assert number is not None  # noqa: S101  # without one nobody comes here
        session = await SessionRepository(tx).session_signed(sale.id, nonce)
        if session is not None:
            # The store's webhook was faster than its answer to our call, or that answer was lost.
            if session.session_id is None and await SessionRepository(tx).name_session(session.id, number):
                return MatchedSale(sale, replace(session, session_id=number))
            return MismatchReason(Reason.USED_ALREADY, sale)
        if nonce is None:
            return MismatchReason(Reason.USED_ALREADY, sale)
        if not paid:
            return None
        # Of the sale's sessions this one is lost; the signature is ours, and its nonce counts once.
        reasons = reasons_against(sale.basket, None, order, has_subscription=seen.subscription is not None)
        if reasons:
            return MismatchReason(reasons[0], sale)
        now = self._clock()
        row = await SaleRepository(tx).recover_session(
            sale.id, number, nonce, made=order.made_by(now), now=now
        )
        log.warning("A session of sale %s was not in the database; its signature is ours", sale.reference)
        return MatchedSale(sale, await SessionRepository(tx).session_by_id(row), recovered=True)

    async def _recovered(
        self, tx: Transaction, seen: Observation, order: Order, reference: str
    ) -> MatchedSale | MismatchReason:
        """A sale that our key signed and the database has lost, written anew from the order."""
        facts = order.metadata
        buyer, guild, channel = (
            snowflake(facts.get(f"discord_{name}_id", "")) for name in ("user", "guild", "channel")
        )
        recipient = snowflake(facts["discord_recipient_id"]) if "discord_recipient_id" in facts else buyer
        if order.items is None or buyer is None or guild is None or channel is None or recipient is None:
            return MismatchReason(Reason.NOT_SIGNED)
        basket = self._signed_basket(order, order.items)
        if basket is None:
            return MismatchReason(Reason.NOT_SIGNED)
        reasons = reasons_against(basket, None, order, has_subscription=seen.subscription is not None)
        if reasons:
            return MismatchReason(reasons[0])
        number = int(facts["invoice"]) if _NUMBER.fullmatch(facts.get("invoice", "")) else None
        sale = await SaleRepository(tx).recover(
            buyer,
            recipient,
            Origin(guild, "", channel),
            basket,
            kind=SaleKind.PURCHASE if number is None else SaleKind.INVOICE,
            reference=reference,
            session_id=order.order_number,
            nonce=nonce_of(facts),
            invoice_number=number,
            made=order.made_by(self._clock()),
            now=self._clock(),
        )
        await tx.publish(SaleRecovered(sale, number, self._clock()))
        log.warning("Sale %s was not in the database; its signature is ours, and it counts", reference)
        if order.order_number is not None:  # a refund, say, that overtook the payment
            await EventRepository(tx).reconsider(self._clock(), order_numbers=[order.order_number])
        return MatchedSale(sale, sale.session, recovered=True)

    def _signed_basket(self, order: Order, items: tuple[OrderItem, ...]) -> Basket | None:
        """What was sold, as the signature has it: the payer's own prices are not in it."""
        for priced in readings(items):
            found = product(*(self._readings(item, order.currency) for item in priced))
            for lines in islice(found, _MOST_READINGS):
                basket = Basket(lines)
                if self._signer.verifies(order.metadata, basket):
                    return basket
        return None

    def basket_of(self, order: Order, currency: str) -> Basket:
        """What an order says was bought, for a sale that is written because of it."""
        currency = order.currency or currency
        lines = tuple(self._line(item, currency, item.price) for item in lines_of(order))
        return Basket(lines or (self._line(OrderItem(name="Purchase"), currency, order.amount),))

    def _readings(self, item: OrderItem, currency: str) -> list[AnyLine]:
        if item.product_id is None and item.name and item.price:
            # What staff charged for: its name is signed.
            return [CustomLine(item.name, item.price, item.quantity or 1, currency)]
        return [self._line(item, currency, item.price), self._line(item, currency, None)]

    def _line(self, item: OrderItem, currency: str, price: int | None) -> Line:
        return Line(
            product_id=item.product_id or "",
            variant_id=item.variant_id,
            title=item.name or "Purchase",
            unit_amount=price or None,
            quantity=item.quantity or 1,
            currency=currency,
            product_type=self._kind_of(item.product_id) if item.product_id else ProductType.UNKNOWN,
            pricing_model=PricingModel.STANDARD if price else PricingModel.PAY_WHAT_YOU_WANT,
        )


async def lacks_subscription(tx: Transaction, sale: Sale) -> bool:
    """Whether a subscription was sold, or may have been, of which the store hasn't told yet."""
    return subscribed_product(sale) is not None and not await PaymentRepository(tx).has_subscription(sale.id)


def subscribed_product(sale: Sale) -> str | None:
    """The product of which a subscription was sold, or may have been.

    A sale that was written because of its order doesn't know what the catalog didn't know then.
    """
    sold = [line.product_id for line in sale.basket.lines if line.is_subscription]
    if sold:
        return sold[0]
    unknown = [line for line in sale.basket.lines if line.product_type is ProductType.UNKNOWN]
    stands_alone = len(unknown) == len(sale.basket.lines) == 1
    return unknown[0].product_id or None if stands_alone and sale.session.url is None else None


def _may_renew(subscription: SubscriptionRecord, seen: Observation, order: Order, basket: Basket) -> bool:
    """Whether an order that doesn't say so may be the subscription's next period.

    Anybody can copy its metadata into a session of theirs, so it has to be of the very same things, and
    paid: the first period of another subscription may be a trial of nothing.
    """
    named = seen.subscription.id if seen.subscription else None
    if named not in (None, subscription.subscription_id) or not order.amount:
        return False
    ended = subscription.access_until is not None and subscription.access_until <= seen.said
    if ended:
        return False
    return has_same_items(basket, order) or _is_of_plan(subscription, basket, order)


def _is_of_plan(subscription: SubscriptionRecord, basket: Basket, order: Order) -> bool:
    """Whether the order is of the product that the subscription was changed to, and of nothing else."""
    plan, items = subscription.product_id, order.items or ()
    is_changed = plan is not None and all(line.product_id != plan for line in basket.lines)
    return is_changed and len(items) == 1 and items[0].product_id == plan
