"""Whose a sale is, and whether its buyer may have another link or give one up."""

from bot.errors import IsInvoice, NotYours, PaymentClearing, PurchaseUnknown
from bot.sales.models import Sale
from bot.sales.states import SaleStatus


def owned(sale: Sale | None, buyer_id: int) -> Sale:
    """The buyer's own sale. Raises PurchaseUnknown and NotYours."""
    if sale is None:
        raise PurchaseUnknown
    if sale.buyer_id != buyer_id:
        raise NotYours
    return sale


def own_purchase(sale: Sale | None, buyer_id: int) -> Sale:
    """One whose links are the buyer's to ask for and to give up.

    Raises IsInvoice, PaymentClearing, and what `owned` does.
    """
    sale = owned(sale, buyer_id)
    if sale.basket.charge is not None:
        raise IsInvoice
    if sale.status is SaleStatus.CLEARING:
        raise PaymentClearing
    return sale
