"""Coupons as the payment provider keeps them: its package gives these records, and takes these calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from bot.payments.provider import Page


class CouponState(Enum):
    RUNNING = "running"
    NOT_STARTED = "not started"
    USED_UP = "used up"
    ENDED = "ended"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCoupon:
    """What staff want. Either `percent` or `amount` (cents in the store's currency); `ends_at` is UTC.

    Without `product_ids` it is good for everything, without `most_uses` for everybody.
    """

    code: str
    percent: int | None = None
    amount: int | None = None
    most_uses: int | None = None
    ends_at: datetime | None = None
    product_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon(NewCoupon):
    """One that is there. `least_purchase` is in cents, instants are aware UTC."""

    id: str
    uses: int = 0
    starts_at: datetime | None = None
    least_purchase: int | None = None
    is_enabled: bool = True

    def state(self, now: datetime) -> CouponState:
        """How it stands `now` (UTC)."""
        if not self.is_enabled:
            return CouponState.DISABLED
        if self.ends_at is not None and self.ends_at <= now:
            return CouponState.ENDED
        if self.most_uses is not None and self.uses >= self.most_uses:
            return CouponState.USED_UP
        if self.starts_at is not None and self.starts_at > now:
            return CouponState.NOT_STARTED
        return CouponState.RUNNING


@dataclass(frozen=True, slots=True)
class CouponScopes:
    """What the owner's token has to allow, in the provider's own words."""

    read: str
    write: str


class CouponProvider(Protocol):
    """What the owner's token opens. Each call raises the PandabaseErrors."""

    @property
    def coupon_scopes(self) -> CouponScopes: ...

    async def coupons(
        self, page: int, limit: int, *, search: str | None = None, only_enabled: bool = False
    ) -> Page[Coupon]:
        """One page of the coupons, newest first; pages count from 1, `limit` is 1 to 100."""
        ...

    async def create_coupon(self, coupon: NewCoupon, *, idempotency_key: str) -> Coupon:
        """Make a coupon that can be used at once.

        The key (8 to 32 characters) makes a repeated call do nothing more. Raises Rejected with the
        provider's own sentence.
        """
        ...

    async def disable_coupon(self, coupon_id: str) -> Coupon:
        """Have nobody use it any more. Raises Rejected and NotFound."""
        ...
