"""The store's state and its rules: catalog, coupons, checkout sessions, orders.

Nothing here knows HTTP. The clock is an argument, and everything can be changed while it runs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sandbox import pricing
from sandbox.bodies import CheckoutBody, EstimateBody, Pricing
from sandbox.errors import Refused
from sandbox.models import (
    Category,
    Clock,
    Coupon,
    Line,
    Order,
    OrderStatus,
    Product,
    Quote,
    Session,
    StoreInfo,
    Variant,
    random_id,
)
from sandbox.pricing import MINIMUM_TOTAL

SESSION_LIFETIME: Final = timedelta(hours=6)
"""Source: the checkout OpenAPI file."""


@dataclass(slots=True, kw_only=True)
class Rules:
    """Where the documentation leaves room, or disagrees with itself."""

    dynamic_minimum: int = 100
    """Minor units for one dynamic item: 100 by the OpenAPI file, 1 by the changelog of March 2026."""
    prices_include_tax: bool = False
    """A store with the tax behaviour INCLUSIVE, of whose orders the `amount` is without that tax."""
    allow_http_loopback: bool = False
    """Take return and cancel addresses on http://127.0.0.1; the real API takes https only."""


class Store:
    """`products`, `categories` and `sessions` go by id, `coupons` by code; `orders` are oldest first."""

    def __init__(
        self,
        info: StoreInfo,
        *,
        clock: Clock,
        products: Iterable[Product] = (),
        categories: Iterable[Category] = (),
        coupons: Iterable[Coupon] = (),
        rules: Rules | None = None,
    ) -> None:
        self.info = info
        self.clock = clock
        self.rules = rules or Rules()
        self.products = {product.id: product for product in products}
        self.categories = {category.id: category for category in categories}
        self.coupons = {coupon.code: coupon for coupon in coupons}
        self.sessions: dict[str, Session] = {}
        self.orders: list[Order] = []
        self.paid: Callable[[Order], None] = _nobody_listens
        self.declined: Callable[[Order], None] = _nobody_listens
        self._orders_of: dict[str, list[Order]] = {}

    # --- the catalog, as its owner changes it --------------------------------------------------------

    def product(self, name: str) -> Product:
        """The product with this id or handle; raise KeyError if there is none."""
        if name in self.products:
            return self.products[name]
        for product in self.products.values():
            if product.handle == name:
                return product
        raise KeyError(name)

    def variant(self, product: str, title: str) -> Variant:
        """The variant with this id or title of a product (id or handle); raise KeyError if there is none."""
        for variant in self.product(product).variants:
            if title in {variant.id, variant.title}:
                return variant
        raise KeyError(title)

    def set_price(self, product: str, price: int, *, variant: str | None = None) -> None:
        """Set the price in minor units. A product's own price follows its cheapest variant."""
        changed = self.product(product)
        if variant is None:
            changed.price = price
            return
        self.variant(product, variant).price = price
        changed.price = min(each.price for each in changed.variants)

    def set_stock(self, product: str, stock: int | None, *, variant: str | None = None) -> None:
        """Set the units left (None: not counted) of a variant, or of a product with all its variants."""
        if variant is not None:
            self.variant(product, variant).stock = stock
            return
        changed = self.product(product)
        changed.stock = stock
        for each in changed.variants:
            each.stock = stock

    def sell_out(self, product: str, *, variant: str | None = None) -> None:
        self.set_stock(product, 0, variant=variant)

    def add_product(self, product: Product) -> None:
        self.products[product.id] = product

    def remove_product(self, product: str) -> Product:
        """Delete it from the catalog. Sessions that were made with it stay payable."""
        return self.products.pop(self.product(product).id)

    def add_coupon(self, coupon: Coupon) -> None:
        self.coupons[coupon.code] = coupon

    # --- checkouts -----------------------------------------------------------------------------------

    def estimate(self, body: EstimateBody) -> Quote:
        """Price the items without keeping anything; raise Refused with a sentence."""
        return self._quote(body, pricing.tax_rate_for(body.country, body.state, body.tax_id))

    def open_session(self, body: CheckoutBody) -> Session:
        """Create a session that lives six hours; raise Refused with a sentence."""
        billing = body.customer.billing if body.customer else None
        country, state = (billing.country, billing.state) if billing else (None, None)
        quote = self._quote(body, pricing.tax_rate_for(country, state, body.tax_id))
        self._check_guard(body.amount, quote)
        if quote.total < MINIMUM_TOTAL:
            raise Refused(f"The total must be at least {MINIMUM_TOTAL}, and it is {quote.total}.")
        now = self.clock()
        session = Session(
            id=random_id("cs"),
            quote=quote,
            title=body.title or self.info.name,
            description=body.description,
            country=country,
            state=state,
            tax_id=body.tax_id,
            customer=body.customer.model_dump(exclude_none=True) if body.customer else None,
            fields=[each.model_dump(exclude_none=True) for each in body.display.fields]
            if body.display
            else [],
            metadata=dict(body.metadata) if body.metadata is not None else None,
            return_url=body.return_url,
            cancel_url=body.cancel_url,
            created_at=now,
            expires_at=now + SESSION_LIFETIME,
        )
        self.sessions[session.id] = session
        return session

    def _quote(self, body: Pricing, tax_rate: float) -> Quote:
        now = self.clock()
        lines = pricing.lines_for(body.items, self.products, now, dynamic_minimum=self.rules.dynamic_minimum)
        return pricing.quote(
            lines,
            currency=pricing.currency_of(lines, self.info),
            coupon=self._coupon(body.coupon_code),
            tax_rate=tax_rate,
            now=now,
            includes_tax=self.rules.prices_include_tax,
        )

    def _coupon(self, code: str | None) -> Coupon | None:
        if code is None:
            return None
        coupon = self.coupons.get(code)
        if coupon is None:
            raise Refused(f"The coupon {code} does not exist.")
        return coupon

    @staticmethod
    def _check_guard(amount: int | None, quote: Quote) -> None:
        if amount is None:
            return
        if any(line.payer_chooses for line in quote.lines):
            raise Refused("An amount can't be given where the payer chooses the price.")
        if amount != quote.subtotal:
            raise Refused(f"The amount {amount} does not match the items, which come to {quote.subtotal}.")

    # --- what happens on the payment page ------------------------------------------------------------

    def orders_of(self, session_id: str) -> list[Order]:
        """Every attempt to pay the session, oldest first."""
        return list(self._orders_of.get(session_id, ()))

    def is_paid(self, session: Session) -> bool:
        return any(order.was_paid for order in self._orders_of.get(session.id, ()))

    def is_clearing(self, session: Session) -> bool:
        """Whether a payment of it is on its way."""
        return any(order.status is OrderStatus.PENDING for order in self._orders_of.get(session.id, ()))

    def is_expired(self, session: Session) -> bool:
        return self.clock() >= session.expires_at

    def quote_for_payer(
        self,
        session: Session,
        *,
        country: str | None = None,
        state: str | None = None,
        chosen: dict[int, int] | None = None,
    ) -> Quote:
        """The session's quote for a payer there, with the unit prices they chose by line index (minor units).

        Raise Refused for a choice below the product's minimum.
        """
        made = session.quote
        lines = [self._chosen_line(line, (chosen or {}).get(index)) for index, line in enumerate(made.lines)]
        rate = pricing.tax_rate_for(country, state, session.tax_id) if country else made.tax_rate
        # The coupon was accepted when the session was made, and counts as it did then.
        return pricing.quote(
            lines,
            currency=made.currency,
            coupon=made.coupon,
            tax_rate=rate,
            now=session.created_at,
            includes_tax=made.includes_tax,
        )

    @staticmethod
    def _chosen_line(line: Line, price: int | None) -> Line:
        if price is None or not line.payer_chooses:
            return line
        if price < line.unit_amount:
            raise Refused(f"The least that “{line.name}” costs is {line.unit_amount}.")
        return Line(
            name=line.name,
            unit_amount=price,
            quantity=line.quantity,
            product=line.product,
            variant=line.variant,
            payer_chooses=True,
        )

    def pay(
        self,
        session_id: str,
        *,
        email: str | None = None,
        country: str | None = None,
        state: str | None = None,
        chosen: dict[int, int] | None = None,
        custom_fields: dict[str, str] | None = None,
    ) -> Order:
        """Pay as on the page; raise KeyError (unknown session) or Refused (paid, expired, sold out)."""
        session = self._payable(session_id)
        quote = self.quote_for_payer(session, country=country, state=state, chosen=chosen)
        self._take_stock(quote.lines)
        if quote.coupon:
            quote.coupon.times_used += 1
        order = self._new_order(
            session, quote, OrderStatus.COMPLETED, email=email, country=country, custom_fields=custom_fields
        )
        self.paid(order)
        return order

    def begin_payment(self, session_id: str, *, email: str | None = None) -> Order:
        """Begin a payment that isn't there yet; raise as `pay` does, and while another one clears."""
        session = self._payable(session_id)
        quote = self.quote_for_payer(session)
        self._take_stock(quote.lines)
        return self._new_order(session, quote, OrderStatus.PENDING, email=email, country=None)

    def add_renewal(self, quote: Quote, *, subscription_id: str, email: str | None) -> Order:
        """Another period of a subscription, paid: an order that no checkout session led to."""
        now = self.clock()
        order = Order(
            id=random_id("ord"),
            order_number=random_id("rnw"),
            status=OrderStatus.COMPLETED,
            payment_status=OrderStatus.COMPLETED,
            quote=quote,
            due=quote.total,
            email=email,
            country=None,
            custom_fields={},
            metadata=None,
            created_at=now,
            updated_at=now,
            subscription_id=subscription_id,
        )
        self.orders.append(order)
        return order

    def decline(self, session_id: str, *, email: str | None = None, country: str | None = None) -> Order:
        """The payer's card is declined: a FAILED order; the session stays payable. Raises as `pay` does."""
        session = self._payable(session_id)
        quote = self.quote_for_payer(session, country=country)
        order = self._new_order(session, quote, OrderStatus.FAILED, email=email, country=country)
        self.declined(order)
        return order

    def _payable(self, session_id: str) -> Session:
        session = self.sessions[session_id]
        if self.is_paid(session):
            raise Refused("This checkout has already been paid.")
        if self.is_clearing(session):
            raise Refused("A payment of this checkout is on its way.")
        if self.is_expired(session):
            raise Refused("This checkout has expired.")
        return session

    @staticmethod
    def _take_stock(lines: Iterable[Line]) -> None:
        left: dict[str, int] = {}
        counted = [(stocked, line) for line in lines if (stocked := line.variant or line.product)]
        for stocked, line in counted:
            if stocked.stock is None:
                continue
            left[stocked.id] = left.get(stocked.id, stocked.stock) - line.quantity
            if left[stocked.id] < 0:
                raise Refused(f"“{line.name}” has sold out in the meantime. You were not charged.")
        for stocked, _ in counted:
            stocked.stock = left.get(stocked.id)

    def _new_order(
        self,
        session: Session,
        quote: Quote,
        status: OrderStatus,
        *,
        email: str | None,
        country: str | None,
        custom_fields: dict[str, str] | None = None,
    ) -> Order:
        now = self.clock()
        customer_email = session.customer["email"] if session.customer else None
        order = Order(
            id=random_id("ord"),
            order_number=session.id,
            status=status,
            payment_status=status,
            quote=quote,
            due=due_now(quote),
            email=email or customer_email,
            country=country or session.country,
            custom_fields=custom_fields or {},
            metadata=session.metadata,
            created_at=now,
            updated_at=now,
        )
        self.orders.append(order)
        self._orders_of.setdefault(session.id, []).append(order)
        return order


def _nobody_listens(_: Order) -> None:
    pass


def due_now(quote: Quote) -> int:
    """Minor units to charge today: nothing when all that is bought begins with a free trial."""
    trials = [line.product is not None and bool(line.product.trial_days) for line in quote.lines]
    return 0 if all(trials) else quote.total
