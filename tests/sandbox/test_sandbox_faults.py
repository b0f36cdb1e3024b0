import json

import aiohttp
import pytest

from sandbox import Sandbox
from tests.harness.clock import Clock
from tests.sandbox.calling import Caller

ITEM = {"name": "Commission", "amount": 500, "quantity": 1}


async def test_every_answer_carries_a_request_id_a_version_and_the_limits(api: Caller, clock: Clock):
    first, second = await api.get(), await api.get("/products/prd_000000000000")
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert second.headers["X-Version"]
    limit = int(second.headers["X-RateLimit-Limit"])
    assert int(second.headers["X-RateLimit-Remaining"]) == limit - 2
    assert 0 < int(second.headers["X-RateLimit-Reset"]) - clock().timestamp() <= 60
    assert second.headers["X-RateLimit-Type"]


async def test_too_many_requests_are_refused_until_the_minute_is_over(api: Caller, clock: Clock):
    api.sandbox.set_rate_limit(2)
    assert [(await api.checkout(ITEM)).status for _ in range(3)] == [201, 201, 429]
    refused = await api.checkout(ITEM)
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "try again" in refused.error
    assert len(api.sandbox.sessions) == 2
    clock.pass_time(seconds=int(refused.headers["X-RateLimit-Reset"]) - clock().timestamp())
    assert (await api.checkout(ITEM)).status == 201


async def test_requests_are_kept_with_body_query_and_outcome(api: Caller):
    answer = await api.checkout(ITEM, metadata={"sale": "s-1"})
    await api.get("/products", search="panda")
    made, listed = api.sandbox.requests
    assert (made.method, made.path) == ("POST", f"/v2/stores/{api.sandbox.store_id}/checkouts")
    assert made.body == {"items": [ITEM], "metadata": {"sale": "s-1"}}
    assert (made.status, made.request_id) == (201, answer.headers["X-Request-ID"])
    assert listed.query == {"search": "panda"}
    assert api.sandbox.requests_to("POST", "/checkouts") == [made]


async def test_a_planned_status_comes_before_acting_and_only_so_often(api: Caller):
    api.sandbox.fail_next("POST", "*/checkouts", status=500, times=2)
    assert [(await api.checkout(ITEM)).status for _ in range(3)] == [500, 500, 201]
    assert len(api.sandbox.sessions) == 1


async def test_a_plan_for_one_call_leaves_the_others_alone(api: Caller):
    api.sandbox.fail_next("POST", "*/checkouts")
    assert (await api.get("/products")).status == 200
    assert (await api.estimate(ITEM)).status == 200
    assert (await api.checkout(ITEM)).status == 503


async def test_a_lost_answer_leaves_a_session_behind(api: Caller):
    api.sandbox.fail_next("POST", "*/checkouts", lose_answer=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.checkout(ITEM)
    assert len(api.sandbox.sessions) == 1
    assert api.sandbox.requests[0].status is None


async def test_a_refused_connection_leaves_nothing_behind(api: Caller):
    api.sandbox.fail_next("POST", "*/checkouts", refuse=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.checkout(ITEM)
    assert api.sandbox.sessions == {}
    assert len(api.sandbox.requests) == 1


async def test_a_malformed_answer_leaves_a_session_behind(api: Caller):
    api.sandbox.fail_next("POST", "*/checkouts", malformed=True)
    with pytest.raises(json.JSONDecodeError):
        await api.checkout(ITEM)
    assert len(api.sandbox.sessions) == 1


async def test_a_slow_answer_comes_in_the_end(api: Caller):
    api.sandbox.fail_next("POST", "*/checkouts", delay=0.2)
    with pytest.raises(TimeoutError):
        await api.call(
            "POST",
            f"/stores/{api.sandbox.store_id}/checkouts",
            json={"items": [ITEM]},
            timeout=aiohttp.ClientTimeout(total=0.05),
        )
    api.sandbox.fail_next("POST", "*/checkouts", delay=0.05)
    assert (await api.checkout(ITEM)).status == 201


async def test_planned_failures_can_be_called_off(api: Caller):
    api.sandbox.fail_next(times=1000)
    assert (await api.get()).status == 503
    api.sandbox.stop_failing()
    assert (await api.get()).status == 200


async def test_two_sandboxes_share_nothing(http, clock: Clock):
    async with Sandbox.running(clock=clock) as one, Sandbox.running(clock=clock) as other:
        one.set_price("emote-pack", 1)
        await Caller(one, http).checkout(ITEM)
        assert other.product("emote-pack").price == 350
        assert (other.sessions, other.requests) == ({}, [])
        assert one.url != other.url
