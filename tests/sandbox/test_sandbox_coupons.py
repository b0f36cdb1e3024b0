"""The Store API's coupons are what its OpenAPI file says, and count at a checkout."""

from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from tests.openapi import needs_the_files, specification
from tests.sandbox.calling import Answer, Caller

pytestmark = [pytest.mark.specification, needs_the_files]

WANTED = {"code": "LAUNCH20", "type": "PERCENTAGE", "value": 20}


async def _ask(api: Caller, method: str, path: str = "", **keywords: Any) -> Answer:
    keywords["headers"] = {"Authorization": f"Bearer {DEMO_TOKEN.secret}", **keywords.get("headers", {})}
    return await api.call(method, f"/core/stores/{api.sandbox.store_id}/coupons/{path}", **keywords)


def _example(method: str, status: str) -> dict[str, Any]:
    operation = specification("core").operation(method, "/core/stores/shp_000000000000/coupons/")
    assert operation is not None
    data: dict[str, Any] = operation["responses"][status]["content"]["application/json"]["example"]["data"]
    return data


async def test_coupons_are_shown_as_the_file_shows_them(api: Caller) -> None:
    made = await _ask(api, "POST", json=WANTED)
    listed = (await _ask(api, "GET")).data
    alone = await _ask(api, "GET", made.data["id"])

    assert made.status == 201
    assert made.data.keys() == _example("POST", "201").keys()
    assert listed.keys() == _example("GET", "200").keys()
    assert listed["items"][0] == made.data == alone.data, "the newest first"


async def test_a_coupon_that_was_made_counts_until_it_is_disabled(api: Caller) -> None:
    made = (await _ask(api, "POST", json=WANTED)).data
    item = api.item("grove-guard")

    estimate = (await api.estimate(item, coupon_code="LAUNCH20")).data
    assert estimate["discount"]["amount"] == round(estimate["subtotal"] / 5)

    assert (await _ask(api, "PATCH", made["id"], json={"enabled": False})).data["enabled"] is False
    assert "not active" in (await api.estimate(item, coupon_code="LAUNCH20")).error
    assert (await _ask(api, "DELETE", made["id"])).data == {"deleted": True}
    assert "does not exist" in (await api.estimate(item, coupon_code="LAUNCH20")).error
    assert (await _ask(api, "GET", made["id"])).status == 404


@pytest.mark.parametrize(
    "wrong",
    [{"code": "A"}, {"code": "A B"}, {"value": 0}, {"value": 101}, {"type": "FREE"}, {"code": "WELCOME10"}],
)
async def test_what_the_file_does_not_allow_is_refused(api: Caller, wrong: dict[str, Any]) -> None:
    assert (await _ask(api, "POST", json={**WANTED, **wrong})).status == 400


async def test_the_same_key_makes_one_coupon(api: Caller) -> None:
    headers = {"Idempotency-Key": "coupon-12345"}
    first = await _ask(api, "POST", json=WANTED, headers=headers)
    second = await _ask(api, "POST", json=WANTED, headers=headers)

    assert first.data == second.data


async def test_coupons_are_found_by_code_type_and_whether_they_are_enabled(
    api: Caller, sandbox: Sandbox
) -> None:
    sandbox.store.coupons["FIVEOFF"].enabled = False

    async def found(**query: str) -> list[str]:
        return [each["code"] for each in (await _ask(api, "GET", params=query)).data["items"]]

    assert await found(search="welcome") == ["WELCOME10"]
    assert await found(enabled="false") == ["FIVEOFF"]
    assert await found(type="FIXED", sortBy="code", sortOrder="asc") == ["ATOLL5", "FIVEOFF"]


async def test_a_token_without_the_scope_is_told_which(api: Caller, sandbox: Sandbox) -> None:
    sandbox.take_tokens_back()
    sandbox.add_token(Token(DEMO_TOKEN.secret, scopes=ALL_SCOPES - {"COUPONS_WRITE"}))

    refused = await _ask(api, "POST", json=WANTED)

    assert (refused.status, "COUPONS_WRITE" in refused.error) == (403, True)
    assert (await _ask(api, "GET")).status == 200
