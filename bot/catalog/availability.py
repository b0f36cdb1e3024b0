"""Whether something can be bought, and at what price. Nothing here reads or keeps anything."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.catalog.models import (
    MAXIMUM_QUANTITY,
    BillingInterval,
    PricingModel,
    Product,
    ProductSummary,
    ProductType,
    Variant,
)
from bot.catalog.refusals import (
    FreeProduct,
    NoLongerAvailable,
    NotYetAvailable,
    OutOfStock,
    VariantNeeded,
    currency_without_cents,
    foreign_currency,
    free_product,
    needs_shipping,
    not_free,
    pricing_unknown,
    quantity_out_of_range,
    too_few_left,
    too_many_per_customer,
    total_too_large,
    total_too_small,
    variant_unknown,
)
from bot.catalog.search import fold
from bot.errors import Refusal
from bot.money import MAXIMUM_TOTAL, MINIMUM_TOTAL, Money, has_cents


@dataclass(frozen=True, slots=True)
class Line:
    """Something that can be bought, at the price it had when it was looked up.

    `unit_amount` (cents) is None where the payer picks the price; then `minimum` is the least they may
    pay for one. `trial_days` come before the first payment of a subscription.
    """

    product_id: str
    variant_id: str | None
    title: str
    unit_amount: int | None
    quantity: int
    currency: str
    product_type: ProductType
    pricing_model: PricingModel
    minimum: int = 0
    billing_interval: BillingInterval | None = None
    trial_days: int = 0

    @property
    def amount(self) -> int | None:
        """Cents for all units, before coupon and tax; None where the payer picks the price."""
        return None if self.unit_amount is None else self.unit_amount * self.quantity

    @property
    def is_subscription(self) -> bool:
        return self.product_type is ProductType.SUBSCRIPTION


def offer(
    product: Product,
    variant: str | None,
    quantity: int,
    *,
    currency: str,
    now: datetime,
    alone: bool = True,
) -> Line:
    """The line that this product makes in a shop that sells in `currency`.

    `variant` is an id, or a title as a person typed it; it may be left out where there is one variant or
    none. `quantity` counts units. What isn't bought `alone` needn't come to the least total by itself.

    Raises:
        Refusal: a subclass that says what is the matter and what to do.
    """
    refusal = _refusal_of_kind(product, currency) or _refusal_of_time(product, now)
    if refusal is not None:
        raise refusal
    chosen = _variant_of(product, variant)
    _check_quantity(product, chosen, quantity)
    line = _line(product, chosen, quantity)
    _check_total(product, line, alone=alone)
    return line


def handed_out(product: Product, variant: str | None) -> Line:
    """One of it without money, or anything of the store's: keys, files and periods come with a payment alone.

    `variant` is as in `offer`. Raises VariantNeeded and variant_unknown.
    """
    chosen = _variant_of(product, variant)
    return replace(
        _line(product, chosen, 1),
        unit_amount=0,
        minimum=0,
        product_type=ProductType.ONE_TIME,
        pricing_model=PricingModel.FREE,
        billing_interval=None,
        trial_days=0,
    )


def taken_free(product: Product, variant: str | None, *, now: datetime) -> Line:
    """What a member gets of a free product. Raises CantBeBought where it isn't free, or can't be had now."""
    if product.pricing_model is not PricingModel.FREE:
        raise not_free(product.title)
    if product.product_type is ProductType.PHYSICAL:
        raise needs_shipping(product.title)
    if (refusal := _refusal_of_time(product, now)) is not None:
        raise refusal
    line = handed_out(product, variant)
    _check_quantity(product, _variant_of(product, variant), 1)
    return line


def status_of(product: ProductSummary, *, currency: str, now: datetime) -> Refusal | None:
    """Why no unit of this can be bought now, whatever the variant; None if it can, as far as is known.

    A summary knows neither variants nor times: only a whole `Product` gives the last word.
    """
    refusal = _refusal_of_kind(product, currency)
    if refusal is None and isinstance(product, Product):
        refusal = _refusal_of_time(product, now)
    if refusal is not None:
        return refusal
    if isinstance(product, Product):
        # A unit of one variant that can be had is enough; otherwise the first variant's reason stands.
        refusals = list(_refusals_of_variants(product))
        return None if None in refusals else refusals[0]
    if not product.in_stock:
        return OutOfStock(product.title)
    if product.pricing_model is PricingModel.STANDARD and product.price > MAXIMUM_TOTAL:
        price, most = Money(product.price, product.currency), Money(MAXIMUM_TOTAL, product.currency)
        return total_too_large(product.title, price, most, 0)
    return None


def _refusals_of_variants(product: Product) -> Iterator[Refusal | None]:
    for variant in product.variants or (None,):
        try:
            _check_quantity(product, variant, 1)
            line = _line(product, variant, 1)
            _check_total(product, _line(product, variant, _enough(line)))
        except Refusal as refusal:
            yield refusal
        else:
            yield None


def _refusal_of_kind(product: ProductSummary, currency: str) -> Refusal | None:
    """What the product is, that keeps it from ever being sold here."""
    if product.pricing_model is PricingModel.UNKNOWN:
        return pricing_unknown(product.title)
    if product.pricing_model is PricingModel.FREE:
        return FreeProduct(product.title)
    if product.product_type is ProductType.PHYSICAL:
        return needs_shipping(product.title)
    if product.currency != currency:
        return foreign_currency(product.title, product.currency, currency)
    if not has_cents(product.currency):
        return currency_without_cents(product.title, product.currency)
    return None


def _refusal_of_time(product: Product, now: datetime) -> Refusal | None:
    if product.available_from is not None and now < product.available_from:
        return NotYetAvailable(product.title, product.available_from)
    if product.available_until is not None and now >= product.available_until:
        return NoLongerAvailable(product.title, product.available_until)
    return None


def _variant_of(product: Product, wanted: str | None) -> Variant | None:
    titles = [variant.title for variant in product.variants]
    if wanted is None:
        if len(product.variants) > 1:
            raise VariantNeeded(product.title, titles)
        return product.variants[0] if product.variants else None
    for variant in product.variants:
        if variant.id == wanted:
            return variant
    named = [variant for variant in product.variants if fold(variant.title) == fold(wanted)]
    if len(named) != 1:
        raise variant_unknown(product.title, titles)
    return named[0]


def _check_quantity(product: Product, variant: Variant | None, quantity: int) -> None:
    title = _title(product, variant)
    if not 1 <= quantity <= MAXIMUM_QUANTITY:
        raise quantity_out_of_range(title, MAXIMUM_QUANTITY)
    # The stock of a product with variants is that of its variants.
    if not (product.in_stock if variant is None else variant.in_stock):
        raise OutOfStock(title)
    if variant is not None and variant.track_stock and variant.quantity is not None:
        if variant.quantity < 1:
            raise OutOfStock(title)
        if variant.quantity < quantity:
            raise too_few_left(title, variant.quantity)
    if product.max_per_customer is not None and 1 <= product.max_per_customer < quantity:
        raise too_many_per_customer(title, product.max_per_customer)


def _check_total(product: ProductSummary, line: Line, *, alone: bool = True) -> None:
    unit, currency = line.unit_amount, product.currency
    if unit == 0:
        raise free_product(line.title)
    if alone and unit is not None and unit * line.quantity < MINIMUM_TOTAL:
        raise total_too_small(
            line.title, Money(unit * line.quantity, currency), Money(MINIMUM_TOTAL, currency), _enough(line)
        )
    least = line.minimum if unit is None else unit
    if least * line.quantity > MAXIMUM_TOTAL:
        raise total_too_large(
            line.title,
            Money(least * line.quantity, currency),
            Money(MAXIMUM_TOTAL, currency),
            MAXIMUM_TOTAL // least,
        )


def _enough(line: Line) -> int:
    """The least quantity whose total a payment link can ask for."""
    return -(-MINIMUM_TOTAL // line.unit_amount) if line.unit_amount else 1


def _line(product: Product, variant: Variant | None, quantity: int) -> Line:
    free_choice = product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT
    price = product.price if variant is None else variant.price
    return Line(
        product_id=product.id,
        variant_id=variant.id if variant is not None else None,
        title=_title(product, variant),
        unit_amount=None if free_choice else price,
        minimum=(product.minimum_price or 0) if free_choice else 0,
        quantity=quantity,
        currency=product.currency,
        product_type=product.product_type,
        pricing_model=product.pricing_model,
        billing_interval=product.billing_interval,
        trial_days=product.trial_days or 0,
    )


def _title(product: Product, variant: Variant | None) -> str:
    return product.title if variant is None else f"{product.title} ({variant.title})"
