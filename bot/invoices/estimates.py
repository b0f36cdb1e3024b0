"""What a coupon takes off an invoice, before it is sent."""

from typing import Final, Protocol

from babel import Locale

from bot.invoices.models import Invoice
from bot.pandabase.schemas import Estimate, EstimateRequest
from bot.sales.checkouts import item_of

_ANY_COUNTRY: Final = "US"
"""The store wants to know where the payer is; a coupon doesn't depend on it."""


class EstimateClient(Protocol):
    async def estimate(self, request: EstimateRequest) -> Estimate: ...


class Estimates:
    def __init__(self, client: EstimateClient, locale: str) -> None:
        self._client = client
        self._country = Locale.parse(locale).territory or _ANY_COUNTRY

    async def discount(self, invoice: Invoice) -> int | None:
        """Cents that its coupon takes off; None without a coupon.

        Raises Rejected, with the store's sentence, when the coupon isn't taken; and the PandabaseErrors.
        """
        if invoice.coupon is None or not invoice.lines:
            return None
        request = EstimateRequest(
            items=tuple(map(item_of, invoice.lines)), country=self._country, coupon_code=invoice.coupon
        )
        estimate = await self._client.estimate(request)
        return estimate.discount.amount if estimate.discount else 0
