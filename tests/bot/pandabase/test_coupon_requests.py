"""What is asked of the store about coupons is what its OpenAPI file takes."""

from datetime import UTC, datetime

import pytest
from aiohttp import test_utils, web

from bot.coupons.provider import NewCoupon
from bot.pandabase.coupons import body
from bot.pandabase.store_api import StoreApi, bearer
from tests.openapi import needs_the_files, specification

pytestmark = [pytest.mark.specification, needs_the_files]

PATH = "/core/stores/shp_000000000000/coupons/"


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        (NewCoupon(code="AB", percent=100), {"code": "AB", "type": "PERCENTAGE", "value": 100}),
        (
            NewCoupon(
                code="Five_-5",
                amount=500,
                most_uses=3,
                ends_at=datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC),
                product_ids=("prd_000000000000",),
            ),
            {
                "code": "Five_-5",
                "type": "FIXED",
                "value": 500,
                "maxUses": 3,
                "expiresAt": "2026-12-24T22:59:59.000Z",
                "productIds": ["prd_000000000000"],
            },
        ),
    ],
)
def test_a_new_coupon_is_asked_for_as_the_file_says(wanted: NewCoupon, asked: dict[str, object]) -> None:
    assert body(wanted) == asked
    operation = specification("core").operation("POST", PATH)
    assert operation is not None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert specification("core").errors(schema, asked, closed=True) == []


async def test_the_list_is_asked_for_as_the_file_says() -> None:
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        pagination = {"page": 2, "limit": 10, "total": 0, "totalPages": 0}
        return web.json_response({"ok": True, "data": {"items": [], "pagination": pagination}})

    app = web.Application()
    app.router.add_get(PATH, answer)
    async with (
        test_utils.TestServer(app) as server,
        StoreApi.open(
            "shp_000000000000", str(server.make_url("/")), bearer("sk_"), clock=lambda: datetime.now(UTC)
        ) as api,
    ):
        await api.coupons(2, 10, search="A", enabled=True)

    operation = specification("core").operation("GET", PATH)
    assert operation is not None
    [query] = asked
    assert query.keys() == {"page", "limit", "search", "enabled", "sortBy", "sortOrder"}
    assert list(specification("core").query_errors(operation, query)) == []
