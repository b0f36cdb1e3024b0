"""A sandbox that begins anew is as one that has just been started, on the same port."""

from datetime import UTC, datetime, timedelta
from email.utils import formatdate

import aiohttp

from sandbox.core_api import DEMO_TOKEN
from sandbox.server import Sandbox

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_nothing_of_what_happened_is_left() -> None:
    async with Sandbox.running(clock=lambda: NOW) as sandbox, aiohttp.ClientSession() as http:
        for _ in range(3):
            assert await _is_new(sandbox, http)
            sandbox.set_clock_off_by(3_600)
            assert not await _is_new(sandbox, http)
            await _disturb(sandbox, http)
            await sandbox.begin_anew()


async def test_every_route_leads_to_what_is_new() -> None:
    sandbox = Sandbox(clock=lambda: NOW)
    routes = [route for route in sandbox.application().router.routes() if hasattr(route.handler, "__self__")]
    led_to = {id(route.handler.__self__) for route in routes if "/static" not in str(route.resource)}
    assert led_to
    assert led_to <= {id(part) for part in sandbox.parts}


async def test_it_is_stocked_as_on_another_day() -> None:
    async with Sandbox.running(clock=lambda: NOW) as sandbox:
        await sandbox.begin_anew(stocked_at=NOW - timedelta(days=30))
        newest = max(product.created_at for product in sandbox.products.values())
    assert newest == NOW - timedelta(days=31)


async def _disturb(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    product = sandbox.product("founder-rank")
    body = {"items": [{"product_id": product.id, "quantity": 1}]}
    async with http.post(f"{sandbox.base_url}/stores/{sandbox.store_id}/checkouts", json=body) as answer:
        assert answer.status in {200, 201}, await answer.text()
    session = next(iter(sandbox.sessions.values()))
    sandbox.store.pay(session.id, email="alice@example.com")
    sandbox.remove_product(product.id)
    sandbox.take_tokens_back()
    sandbox.fail_next("GET", times=100)
    sandbox.set_rate_limit(0)


async def _is_new(sandbox: Sandbox, http: aiohttp.ClientSession) -> bool:
    """Whether it says so to somebody who asks, and to somebody who looks into it."""
    orders = f"{sandbox.base_url}/core/stores/{sandbox.store_id}/orders/"
    headers = {"Authorization": f"Bearer {DEMO_TOKEN.secret}"}
    async with http.get(orders, headers=headers) as answer:
        listed = await answer.json()
        is_off = answer.headers["Date"] != formatdate(NOW.timestamp(), usegmt=True)
    happened = [sandbox.sessions, sandbox.orders, sandbox.subscriptions, sandbox.webhooks.events]
    return (
        bool(listed["ok"])
        and not is_off
        and not any(happened)
        and len(sandbox.products) == len(Sandbox().products)
    )
