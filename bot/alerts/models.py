"""What members want to be told of products: once, by direct message."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto

from bot.catalog.models import Product


class AlertKind(StrEnum):
    STOCK = "stock"
    """It can be had again."""
    PRICE = "price"
    """It costs less than when they asked."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is waited for: a product, or one variant of it."""

    kind: AlertKind
    product_id: str
    variant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One member's wish. `price` is what it cost when they asked, in cents."""

    id: int
    reference: str
    guild_id: int
    user_id: int
    watched: Watched
    price: int
    asked_at: datetime
    found_at: datetime | None


class AlertChange(Enum):
    """What became of pressing the button."""

    ADDED = auto()
    """They will be told."""
    REMOVED = auto()
    """They won't: they had asked for it before."""
    NOT_NEEDED = auto()
    """It is so already."""


@dataclass(frozen=True, slots=True)
class AlertSwitched:
    """`missed` says that it was so once, and that they couldn't be told."""

    change: AlertChange
    product: Product
    missed: bool = False


@dataclass(frozen=True, slots=True)
class AlertNews:
    """What there is to tell: the product as it is now, and what one costs at least, in cents."""

    alert: Alert
    product: Product
    price: int
