"""The Store API's part about coupons: what members enter at a checkout, and what it takes off."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, Field

from sandbox import listing
from sandbox.envelopes import Allow, Id, envelope
from sandbox.errors import NotFound, Refused
from sandbox.listing import Paging
from sandbox.models import Coupon, CouponType
from sandbox.shapes import iso
from sandbox.store import Store

Type = Literal["FIXED", "PERCENTAGE"]
Code = Annotated[str, Field(min_length=2, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
Count = Annotated[int, Field(ge=1)]
ProductIds = Annotated[list[Id], Field(max_length=50)]

_WHOLE: Final = 100
"""Per cent."""
_OURS: Final = {
    "value": "value",
    "minimumPurchase": "minimum_purchase",
    "maxUses": "max_uses",
    "startsAt": "starts_at",
    "expiresAt": "expires_at",
    "enabled": "enabled",
}
"""Fields of a coupon as they are called here."""
_REMARKS: Final = ("displayName", "description", "maxUsesPerCustomer", "firstPurchaseOnly")


class CouponQuery(Paging):
    search: Annotated[str | None, Field(max_length=128)] = None
    type: Type | None = None
    enabled: bool | None = None
    sort_by: Annotated[
        Literal["code", "createdAt", "updatedAt", "value", "timesUsed"], Field(alias="sortBy")
    ] = "createdAt"
    sort_order: Annotated[Literal["asc", "desc"], Field(alias="sortOrder")] = "desc"

    def suits(self, coupon: Coupon) -> bool:
        return (
            (self.search is None or self.search.casefold() in coupon.code.casefold())
            and self.type in (None, _type(coupon))
            and self.enabled in (None, coupon.enabled)
        )


class ChangedCoupon(BaseModel):
    """What is null is taken away; what isn't there stays."""

    code: Code | None = None
    displayName: Annotated[str | None, Field(min_length=1, max_length=128)] = None  # noqa: N815 -- the store's names
    description: Annotated[str | None, Field(max_length=500)] = None
    type: Type | None = None
    value: Count | None = None
    minimumPurchase: Annotated[int | None, Field(ge=0)] = None  # noqa: N815
    maxUses: Count | None = None  # noqa: N815
    maxUsesPerCustomer: Count | None = None  # noqa: N815
    firstPurchaseOnly: bool | None = None  # noqa: N815
    startsAt: AwareDatetime | None = None  # noqa: N815
    expiresAt: AwareDatetime | None = None  # noqa: N815
    enabled: bool | None = None
    productIds: ProductIds | None = None  # noqa: N815


class NewCoupon(ChangedCoupon):
    code: Code
    type: Type
    value: Count


class CouponsApi:
    def __init__(self, store: Store, allow: Allow) -> None:
        self._store = store
        self._allow = allow
        self._made: dict[str, Coupon] = {}

    def add_to(self, app: web.Application) -> None:
        every = "/core/stores/{store}/coupons/"
        app.router.add_get(every, self.get_all)
        app.router.add_post(every, self.post)
        app.router.add_get(f"{every}{{coupon}}", self.get)
        app.router.add_patch(f"{every}{{coupon}}", self.patch)
        app.router.add_delete(f"{every}{{coupon}}", self.delete)

    async def get_all(self, request: web.Request) -> web.Response:
        await self._allow(request, "COUPONS_READ")
        query = listing.read(CouponQuery, request.query)
        found = [each for each in self._store.coupons.values() if query.suits(each)]
        # By when they were made; those of one instant in the order in which they were.
        found.sort(key=lambda each: _sort_key(each, query.sort_by))
        if query.sort_order == "desc":
            found.reverse()
        return envelope(listing.cut(found, query).body(_shape))

    async def post(self, request: web.Request) -> web.Response:
        await self._allow(request, "COUPONS_WRITE")
        given = listing.read(NewCoupon, await request.json())
        key = request.headers.get("Idempotency-Key", "")
        made = self._made.get(key)
        if made is None:
            if given.code in self._store.coupons:
                raise Refused(f"A coupon with the code {given.code} already exists.")
            now = self._store.clock()
            made = Coupon(code=given.code, type=CouponType.PERCENTAGE, value=1, created_at=now)
            _change(made, given, now)
            self._store.add_coupon(made)
            if key:
                self._made[key] = made
        return envelope(_shape(made), status=201)

    async def get(self, request: web.Request) -> web.Response:
        await self._allow(request, "COUPONS_READ")
        return envelope(_shape(self._found(request)))

    async def patch(self, request: web.Request) -> web.Response:
        await self._allow(request, "COUPONS_WRITE")
        found = self._found(request)
        given = listing.read(ChangedCoupon, await request.json())
        if given.code not in (None, found.code):
            raise Refused("The code of a coupon can't be changed.")
        _change(found, given, self._store.clock())
        return envelope(_shape(found))

    async def delete(self, request: web.Request) -> web.Response:
        await self._allow(request, "COUPONS_WRITE")
        del self._store.coupons[self._found(request).code]
        return envelope({"deleted": True})

    def _found(self, request: web.Request) -> Coupon:
        for coupon in self._store.coupons.values():
            if coupon.id == request.match_info["coupon"]:
                return coupon
        raise NotFound("The coupon was not found.")


def _change(coupon: Coupon, given: ChangedCoupon, now: datetime) -> None:
    kind = given.type or _type(coupon)
    if kind == "PERCENTAGE" and (given.value or coupon.value) > _WHOLE:
        raise Refused("A percentage must be at most 100.")
    coupon.type = CouponType.PERCENTAGE if kind == "PERCENTAGE" else CouponType.FIXED_AMOUNT
    for name in given.model_fields_set & _OURS.keys():
        setattr(coupon, _OURS[name], getattr(given, name))
    for name in given.model_fields_set & set(_REMARKS):
        coupon.remarks[name] = getattr(given, name)
    if "productIds" in given.model_fields_set:
        coupon.product_ids = list(given.productIds or ())
    coupon.updated_at = now


def _type(coupon: Coupon) -> Type:
    return "PERCENTAGE" if coupon.type is CouponType.PERCENTAGE else "FIXED"


def _sort_key(coupon: Coupon, by: str) -> Any:
    match by:
        case "code":
            return coupon.code
        case "value":
            return coupon.value
        case "timesUsed":
            return coupon.times_used
        case "updatedAt":
            return iso(coupon.updated_at) or ""
    return iso(coupon.created_at) or ""


def _shape(coupon: Coupon) -> dict[str, Any]:
    return {
        "id": coupon.id,
        "code": coupon.code,
        "displayName": coupon.remarks.get("displayName"),
        "description": coupon.remarks.get("description"),
        "type": _type(coupon),
        "value": coupon.value,
        "minimumPurchase": coupon.minimum_purchase,
        "maxUses": coupon.max_uses,
        "maxUsesPerCustomer": coupon.remarks.get("maxUsesPerCustomer"),
        "firstPurchaseOnly": coupon.remarks.get("firstPurchaseOnly") or False,
        "startsAt": iso(coupon.starts_at),
        "expiresAt": iso(coupon.expires_at),
        "enabled": coupon.enabled,
        "timesUsed": coupon.times_used,
        "productIds": list(coupon.product_ids),
        "createdAt": iso(coupon.created_at),
        "updatedAt": iso(coupon.updated_at),
    }
