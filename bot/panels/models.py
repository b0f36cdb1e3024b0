"""Panels: public messages that show what is sold, for as long as they stand."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto


class PanelKind(Enum):
    STOREFRONT = auto()
    CATEGORY = auto()
    PRODUCT = auto()


@dataclass(frozen=True, slots=True)
class PanelSubject:
    """What a panel shows: a product, a category, or with neither the whole shop.

    `title` is what that is called now; empty for the shop.
    """

    product_id: str | None = None
    category_id: str | None = None
    title: str = ""

    @property
    def kind(self) -> PanelKind:
        if self.product_id is not None:
            return PanelKind.PRODUCT
        return PanelKind.STOREFRONT if self.category_id is None else PanelKind.CATEGORY


@dataclass(frozen=True, slots=True)
class Panel:
    """One of them. `said` is an announcement's text, None for what is no announcement.

    `shows` tells what its message shows from anything else; `message_id` is None until it is posted.
    """

    id: int
    reference: str
    guild_id: int
    channel_id: int
    subject: PanelSubject
    said: str | None
    posted_by: int
    created_at: datetime
    message_id: int | None
    shows: str | None
    is_confirmed: bool
    is_removed: bool


@dataclass(frozen=True, slots=True)
class PanelContent:
    """What a panel would show now, told apart by its `fingerprint`. By itself it changes at `until` (UTC)."""

    fingerprint: str
    until: datetime | None = None
