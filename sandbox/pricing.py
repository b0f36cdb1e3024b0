"""What items cost: lines, coupons, tax. Pure functions of the catalog and the time; nothing is changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sandbox.bodies import Item
from sandbox.errors import NotFound, Refused
from sandbox.models import Coupon, CouponType, Line, PricingModel, Product, Quote, StoreInfo, Variant

MINIMUM_TOTAL: Final = 100
"""Minor units; source: the checkout OpenAPI file."""

TAX_RATES: Final[Mapping[str, float]] = {
    "AT": 0.20,
    "BE": 0.21,
    "CA": 0.05,
    "CH": 0.081,
    "DE": 0.19,
    "DK": 0.25,
    "ES": 0.21,
    "FR": 0.20,
    "GB": 0.20,
    "IE": 0.23,
    "IT": 0.22,
    "JP": 0.10,
    "NL": 0.21,
    "PL": 0.23,
    "PT": 0.23,
    "SE": 0.25,
}
STATE_TAX_RATES: Final[Mapping[tuple[str, str], float]] = {
    ("US", "CA"): 0.0725,
    ("US", "NY"): 0.04,
    ("US", "TX"): 0.0625,
    ("US", "WA"): 0.065,
}
GLOBAL_METHODS: Final = ("CARD", "APPLE_PAY", "GOOGLE_PAY")
EUROPEAN_METHODS: Final = (
    "IDEAL", "BANCONTACT", "MULTIBANCO", "MB_WAY", "EPS", "PRZELEWY24", "BLIK", "AMAZON_PAY",
)  # fmt: skip
EUROPE: Final = frozenset((
    "AT", "BE", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "SE", "SI", "SK",
))  # fmt: skip
COUNTRY_METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "US": ("CASHAPP", "AMAZON_PAY", "WECHAT_PAY", "ALIPAY"),
    "GB": ("CASHAPP", *EUROPEAN_METHODS),
    "BR": ("PIX",),
    "IN": ("UPI",),
    "KR": ("NAVER_PAY", "KAKAO_PAY", "PAYCO", "SAMSUNG_PAY"),
}


def lines_for(
    items: Sequence[Item], products: Mapping[str, Product], now: datetime, *, dynamic_minimum: int
) -> list[Line]:
    """Price the items, or raise Refused for the first that can't be bought at `now`."""
    lines = [
        _dynamic_line(item, dynamic_minimum)
        if item.product_id is None
        else _catalog_line(item, products, now)
        for item in items
    ]
    _check_quantities(lines)
    return lines


def _dynamic_line(item: Item, minimum: int) -> Line:
    name, amount = item.name or "", item.amount or 0
    if amount < minimum:
        raise Refused(f"The amount of “{name}” must be at least {minimum}.")
    return Line(name=name, unit_amount=amount, quantity=item.quantity)


def _catalog_line(item: Item, products: Mapping[str, Product], now: datetime) -> Line:
    product = products.get(item.product_id or "")
    if product is None:
        raise NotFound(f"Product {item.product_id} was not found.")
    _check_availability(product, now)
    variant = _variant(product, item.variant_id)
    payer_chooses = product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT
    price = variant.price if variant else product.price
    return Line(
        name=f"{product.title} ({variant.title})" if variant else product.title,
        unit_amount=(product.minimum_price or 0) if payer_chooses else price,
        quantity=item.quantity,
        product=product,
        variant=variant,
        payer_chooses=payer_chooses,
    )


def _check_availability(product: Product, now: datetime) -> None:
    if product.available_from and now < product.available_from:
        raise Refused(f"“{product.title}” is not available yet.")
    if product.available_until and now >= product.available_until:
        raise Refused(f"“{product.title}” is no longer available.")


def _variant(product: Product, variant_id: str | None) -> Variant | None:
    if variant_id is None:
        if product.variants:
            raise Refused(f"Choose a variant of “{product.title}”.")
        return None
    for variant in product.variants:
        if variant.id == variant_id:
            return variant
    raise NotFound(f"“{product.title}” has no variant {variant_id}.")


def _check_quantities(lines: Sequence[Line]) -> None:
    wanted_of: dict[str, int] = {}
    wanted_of_product: dict[str, int] = {}
    for line in lines:
        if line.product is None:
            continue
        stocked = line.variant or line.product
        wanted = wanted_of[stocked.id] = wanted_of.get(stocked.id, 0) + line.quantity
        if stocked.stock is not None and wanted > stocked.stock:
            left = f"has only {stocked.stock} left" if stocked.stock else "is out of stock"
            raise Refused(f"“{line.name}” {left}.")
        product = line.product
        total = wanted_of_product[product.id] = wanted_of_product.get(product.id, 0) + line.quantity
        if product.max_per_customer is not None and total > product.max_per_customer:
            raise Refused(f"“{product.title}” is limited to {product.max_per_customer} per customer.")


def currency_of(lines: Sequence[Line], store: StoreInfo) -> str:
    """The one ISO 4217 currency of the lines. Dynamic items are charged in the store's own."""
    currencies = {line.product.currency if line.product else store.currency for line in lines}
    if len(currencies) > 1:
        raise Refused(f"All items must be in one currency, not in {' and '.join(sorted(currencies))}.")
    return currencies.pop()


def discount_for(coupon: Coupon, lines: Sequence[Line], now: datetime) -> int:
    """Minor units that the coupon takes off; raise Refused where it doesn't apply at `now`."""
    if not coupon.enabled:
        raise Refused(f"The coupon {coupon.code} is not active.")
    if coupon.starts_at and now < coupon.starts_at:
        raise Refused(f"The coupon {coupon.code} is not valid yet.")
    if coupon.expires_at and now >= coupon.expires_at:
        raise Refused(f"The coupon {coupon.code} has expired.")
    if coupon.max_uses is not None and coupon.times_used >= coupon.max_uses:
        raise Refused(f"The coupon {coupon.code} has been used up.")
    if coupon.minimum_purchase and sum(line.amount for line in lines) < coupon.minimum_purchase:
        raise Refused(f"The coupon {coupon.code} needs a larger purchase.")
    eligible = [line for line in lines if _applies(coupon, line)]
    if not eligible:
        raise Refused(f"The coupon {coupon.code} does not apply to these items.")
    base = sum(line.amount for line in eligible)
    if coupon.type is CouponType.FIXED_AMOUNT:
        return min(coupon.value, base)
    return _rounded(base * coupon.value, 100)


def _applies(coupon: Coupon, line: Line) -> bool:
    return not coupon.product_ids or (line.product is not None and line.product.id in coupon.product_ids)


def _rounded(numerator: int, denominator: int) -> int:
    """Halves go up, without floating point."""
    return (2 * numerator + denominator) // (2 * denominator)


def tax_rate_for(country: str | None, state: str | None = None, tax_id: str | None = None) -> float:
    """Tax as a fraction. Businesses with a tax id owe it themselves; unknown countries have none."""
    if country is None or tax_id:
        return 0.0
    return STATE_TAX_RATES.get((country, (state or "").upper()), TAX_RATES.get(country, 0.0))


def quote(
    lines: list[Line],
    *,
    currency: str,
    coupon: Coupon | None,
    tax_rate: float,
    now: datetime,
    includes_tax: bool = False,
) -> Quote:
    """Add it up: tax is on what remains after the discount, or in it; in minor units, halves rounded up."""
    discount = discount_for(coupon, lines, now) if coupon else 0
    taxed = sum(line.amount for line in lines) - discount
    rate = round(tax_rate * 10_000)
    tax = _rounded(taxed * rate, 10_000 + (rate if includes_tax else 0))
    return Quote(
        lines=lines,
        currency=currency,
        coupon=coupon,
        discount=discount,
        tax_rate=tax_rate,
        tax=tax,
        includes_tax=includes_tax,
    )


def payment_methods(country: str) -> list[str]:
    """What a payer there can use; source: the estimate's `available_payment_methods` in the OpenAPI file."""
    local = COUNTRY_METHODS.get(country) or (EUROPEAN_METHODS if country in EUROPE else ())
    return [*GLOBAL_METHODS, *local]
