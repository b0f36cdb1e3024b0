"""A simulated Pandabase: its API and its payment page on a port of its own, for tests and the demo.

It imports nothing of the bot: it is the other side of the wire.
"""

from sandbox.catalog import generate_products
from sandbox.errors import ApiError, NotFound, Refused
from sandbox.faults import LoggedRequest
from sandbox.models import (
    Coupon,
    CouponType,
    Order,
    OrderStatus,
    PricingModel,
    Product,
    ProductType,
    Session,
    Variant,
)
from sandbox.server import Sandbox

__all__ = [
    "ApiError",
    "Coupon",
    "CouponType",
    "LoggedRequest",
    "NotFound",
    "Order",
    "OrderStatus",
    "PricingModel",
    "Product",
    "ProductType",
    "Refused",
    "Sandbox",
    "Session",
    "Variant",
    "generate_products",
]
