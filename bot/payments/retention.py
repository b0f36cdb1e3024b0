"""What of an order is kept: what is read here, and nothing else that says who paid."""

from dataclasses import replace
from typing import Final

from bot.checkout.signing import SIGNED_KEYS
from bot.payments.provider import Order

KEPT_METADATA: Final = frozenset({*SIGNED_KEYS, "signature"})
"""Our own: anybody can write more into it."""


def order_as_kept(order: Order) -> Order:
    """The order without its payer, and with our own metadata only."""
    metadata = {key: value for key, value in order.metadata.items() if key in KEPT_METADATA}
    return replace(order, metadata=metadata, customer_id=None)
