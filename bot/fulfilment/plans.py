"""What a subscription is of by now: its plan may have been changed to another product."""

from collections.abc import Sequence
from dataclasses import replace

from bot.catalog.offers import Line
from bot.payments.models import OrderRecord, SubscriptionRecord
from bot.sales.models import AnyLine, Sale


def plan_of(
    sale: Sale, subscription: SubscriptionRecord | None, orders: Sequence[OrderRecord]
) -> tuple[AnyLine, ...]:
    """What earns: the sale's lines, or the product of its subscription's plan if that is another one.

    Which variant, the newest of the orders says that is of that product.
    """
    lines = sale.basket.lines
    plan = subscription.product_id if subscription is not None else None
    if plan is None or any(line.product_id == plan for line in lines):
        return lines
    variants = [item.variant_id for order in orders for item in order.items if item.product_id == plan]
    variant = variants[-1] if variants else None
    return tuple(
        replace(line, product_id=plan, variant_id=variant) for line in lines if isinstance(line, Line)
    )[:1]
