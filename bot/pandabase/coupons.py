"""The store's coupons as our own records, and ours as the store wants them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bot.coupons.provider import Coupon, NewCoupon
from bot.pandabase.schemas.reading import CentsOrZero, Id, Timestamp


class StoreCoupon(BaseModel):
    """`value` is per cent, or minor units of the store's currency."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    id: Id
    code: Id
    type: Literal["FIXED", "PERCENTAGE"]
    value: Annotated[int, Field(ge=0)]
    minimum_purchase: CentsOrZero = 0
    max_uses: int | None = None
    times_used: CentsOrZero = 0
    starts_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    enabled: bool = True
    product_ids: Annotated[tuple[str, ...], BeforeValidator(lambda given: given or ())] = ()


def coupon(given: StoreCoupon) -> Coupon:
    is_fixed = given.type == "FIXED"
    return Coupon(
        id=given.id,
        code=given.code,
        percent=None if is_fixed else given.value,
        amount=given.value if is_fixed else None,
        most_uses=given.max_uses,
        uses=given.times_used,
        starts_at=given.starts_at,
        ends_at=given.expires_at,
        least_purchase=given.minimum_purchase or None,
        product_ids=given.product_ids,
        is_enabled=given.enabled,
    )


def body(wanted: NewCoupon) -> dict[str, Any]:
    """What the store is asked to make; what isn't wanted is left out."""
    fixed = wanted.amount is not None
    asked: dict[str, Any] = {
        "code": wanted.code,
        "type": "FIXED" if fixed else "PERCENTAGE",
        "value": wanted.amount if fixed else wanted.percent,
    }
    if wanted.most_uses is not None:
        asked["maxUses"] = wanted.most_uses
    if wanted.ends_at is not None:
        asked["expiresAt"] = _iso(wanted.ends_at)
    if wanted.product_ids:
        asked["productIds"] = list(wanted.product_ids)
    return asked


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
