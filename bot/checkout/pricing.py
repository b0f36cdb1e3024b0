"""What a basket's things cost today."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.catalog.availability import Line, offer
from bot.catalog.models import Product
from bot.checkout.models import AnyLine, Basket, CustomLine
from bot.errors import PriceChanged
from bot.jobs.worker import Clock

_NOW: Final = timedelta(0)


class ProductSource(Protocol):
    async def details(self, product_id: str, *, max_age: timedelta = ...) -> Product: ...


class Pricing:
    def __init__(self, catalog: ProductSource, currency: str, clock: Clock) -> None:
        self._catalog = catalog
        self._currency = currency
        self._clock = clock

    @property
    def now(self) -> datetime:
        """The instant that prices are of, in UTC."""
        return self._clock()

    async def line(self, product_id: str, variant_id: str | None, quantity: int) -> Line:
        """The line as it can be bought now, from details that may be a minute old.

        Raises the Refusal that says why it can't be, and the PandabaseErrors.
        """
        return self.offered(await self._catalog.details(product_id), variant_id, quantity)

    def offered(self, product: Product, variant_id: str | None, quantity: int, *, alone: bool = True) -> Line:
        """The line that the product makes in this shop now, `alone` or as one of several.

        Raises the Refusal that says why none.
        """
        return offer(product, variant_id, quantity, currency=self._currency, now=self._clock(), alone=alone)

    async def today(self, basket: Basket, *, without_coupon: bool = False) -> Basket:
        """The same things at today's prices, read anew from the store. Raises as `line` does."""
        lines: list[AnyLine] = []
        alone = len(basket.lines) == 1
        for line in basket.lines:
            if isinstance(line, CustomLine):
                lines.append(line)  # its price is what staff wrote
                continue
            product = await self._catalog.details(line.product_id, max_age=_NOW)
            lines.append(self.offered(product, line.variant_id, line.quantity, alone=alone))
        return replace(basket, lines=tuple(lines), coupon=None if without_coupon else basket.coupon)


def require_price(
    reference: str, seen: Basket, today: Basket, accepted: int | None, *, without_coupon: bool
) -> None:
    """Raises PriceChanged where today's price is another than the one seen, or `accepted` (cents) since."""
    old, new = seen.subtotal, today.subtotal
    if old is None or new is None:
        return
    if accepted is not None:
        old = replace(old, amount=accepted)  # they have seen another price since
    if new != old:
        raise PriceChanged(reference, today.titles, old, new, without_coupon=without_coupon)
