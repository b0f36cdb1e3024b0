"""What of a webhook or an order is kept: what is read here, and nothing else that says who paid."""

from typing import Final

from bot.checkout.signing import SIGNED_KEYS
from bot.pandabase.schemas.orders import StoreOrder, WebhookEvent

_METADATA: Final = frozenset({*SIGNED_KEYS, "signature"})


def payload_of(told: WebhookEvent) -> bytes:
    """The event as JSON, which reads as it did: without e-mails, addresses and whatever isn't read."""
    if told.data.order is not None:
        order = order_as_kept(told.data.order)
        told = told.model_copy(update={"data": told.data.model_copy(update={"order": order})})
    return told.model_dump_json(by_alias=True, exclude_defaults=True).encode()


def order_as_kept(order: StoreOrder) -> StoreOrder:
    """The order without its keys, and with our own metadata only: anybody can write more into it."""
    metadata = {key: value for key, value in order.metadata.items() if key in _METADATA}
    return order.model_copy(update={"metadata": metadata, "licenses": ()})
