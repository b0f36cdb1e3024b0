"""What the owner does with the money, over the page, the webhooks and the Store API."""

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox import Sandbox
from sandbox.core_api import Token
from tests.harness.books import TOLD_OF_SUBSCRIPTIONS
from tests.harness.clock import Clock
from tests.sandbox.calling import Caller

pytestmark = pytest.mark.specification

SECRET = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"


class Listener:
    """Takes webhooks, and fails the first `refusals` of them."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.refusals = 0

    async def post(self, request: web.Request) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        self.got.append(await request.json())
        self.headers.append(request.headers)
        return web.Response()


@pytest.fixture
async def listener(sandbox: Sandbox) -> Any:
    listening = Listener()
    app = web.Application()
    app.router.add_post("/hook", listening.post)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sandbox.send_webhooks_to(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", SECRET)
    sandbox.webhooks.repeat_after = (0.01, 0.01)
    yield listening
    await runner.cleanup()


async def _press(sandbox: Sandbox, http: aiohttp.ClientSession, address: str) -> int:
    async with http.post(f"{sandbox.url}{address}", allow_redirects=False) as answer:
        await sandbox.webhooks.settled()
        return answer.status


async def test_the_owners_buttons_move_the_money_and_the_store_tells_it(
    sandbox: Sandbox, http: aiohttp.ClientSession, api: Caller, listener: Listener
) -> None:
    session = (await api.checkout(api.item("grove-guard"))).data["id"]

    assert await _press(sandbox, http, f"/owner/sessions/{session}/decline") == 303
    assert await _press(sandbox, http, f"/owner/sessions/{session}/pay-slowly") == 303
    slow = sandbox.orders[-1].id
    assert await _press(sandbox, http, f"/owner/sessions/{session}/pay") == 409
    for state, action in (
        ("clearing", "clear"),
        ("paid", "dispute"),
        ("disputed", "win"),
        ("paid", "refund"),
    ):
        async with http.get(f"{sandbox.url}/owner") as page:
            shown = await page.text()
            assert f"/owner/orders/{slow}/{action}" in shown
            assert f'<span class="pill {state}">{state}</span>' in shown
        assert await _press(sandbox, http, f"/owner/orders/{slow}/{action}") == 303
    assert await _press(sandbox, http, f"/owner/orders/{slow}/refund") == 409
    assert await _press(sandbox, http, f"/owner/orders/{slow}/juggle") == 404

    assert [event["event"] for event in listener.got] == [
        "PAYMENT_FAILED",
        "PAYMENT_PENDING",
        "PAYMENT_PROCESSING",
        "PAYMENT_COMPLETED",
        "PAYMENT_DISPUTED",
        "PAYMENT_DISPUTE_WON",
        "PAYMENT_REFUNDED",
    ]
    assert listener.got[3]["data"]["order"]["orderNumber"] == session
    assert listener.got[-1]["data"]["order"]["metadata"] is None
    [item] = listener.got[3]["data"]["order"]["items"]
    assert item["amount"] > 0
    assert "price" not in item  # that is how the Store API says it
    assert {headers["Webhook-Signature"][:3] for headers in listener.headers} == {"v1,"}


async def test_a_subscription_lives_and_ends_by_the_owners_buttons(
    sandbox: Sandbox, http: aiohttp.ClientSession, api: Caller, listener: Listener, clock: Clock
) -> None:
    product = next(p for p in sandbox.products.values() if p.billing_interval and not p.variants)
    session = (await api.checkout({"product_id": product.id, "quantity": 1})).data["id"]
    await _press(sandbox, http, f"/owner/sessions/{session}/pay")
    [subscription] = sandbox.subscriptions.values()
    clock.pass_time(days=30)

    for action in ("fall-behind", "renew", "pause", "resume", "cancel"):
        assert await _press(sandbox, http, f"/owner/subscriptions/{subscription.id}/{action}") == 303
    assert await _press(sandbox, http, f"/owner/subscriptions/{subscription.id}/renew") == 409

    told = [event["event"].removeprefix("SUBSCRIPTION_") for event in listener.got]
    assert sorted(told[:2]) == ["CREATED", "PAYMENT_COMPLETED"]
    assert sorted(told[2:]) == sorted(
        ["PAST_DUE", "RENEWED", "PAYMENT_COMPLETED", "PAUSED", "RESUMED", "CANCELLED"]
    )
    ended = listener.got[-1]["data"]
    assert ended["order"] == {}
    assert set(ended["subscription"]) == TOLD_OF_SUBSCRIPTIONS
    assert ended["subscription"]["cancelledAt"]
    async with http.get(f"{sandbox.url}/owner") as page:
        assert subscription.id in await page.text()


async def test_a_webhook_is_repeated_until_it_is_taken(
    sandbox: Sandbox, api: Caller, listener: Listener
) -> None:
    listener.refusals = 2
    session = (await api.checkout(api.item("grove-guard"))).data["id"]

    sandbox.store.pay(session)
    await sandbox.webhooks.settled()

    [event] = sandbox.webhooks.events
    assert event.answers == [503, 503, 200]
    assert len(listener.got) == 1


async def _orders(api: Caller, headers: dict[str, str], **query: str | int) -> Any:
    path = f"/core/stores/{api.sandbox.store_id}/orders/"
    return await api.call("GET", path, headers=headers, params=query)


async def test_the_store_api_wants_a_token_that_may(sandbox: Sandbox, api: Caller) -> None:
    bearer, hmac_token = Token("sk_reads"), Token("sk_signs", id="stk_1")
    sandbox.add_token(bearer)
    sandbox.add_token(hmac_token)
    sandbox.add_token(Token("sk_nothing", scopes=frozenset()))
    session = (await api.checkout(api.item("grove-guard"))).data["id"]
    sandbox.store.pay(session)

    signed = {"Authorization": "Bearer stk_1", "X-Signature": hmac_token.signature(b"")}
    for headers in ({"Authorization": "Bearer sk_reads"}, signed):
        found = await _orders(api, headers, search=session)
        assert [order["orderNumber"] for order in found.data["items"]] == [session]
    assert (await _orders(api, {})).status == 401
    assert (await _orders(api, {"Authorization": "Bearer sk_other"})).status == 401
    assert (await _orders(api, {**signed, "X-Signature": "0" * 64})).status == 401
    refused = await _orders(api, {"Authorization": "Bearer sk_nothing"})
    assert (refused.status, "ORDERS_READ" in refused.error) == (403, True)
    [order] = found.data["items"]
    path = f"/core/stores/{sandbox.store_id}/orders/{order['id']}"
    alone = await api.call("GET", path, headers=signed)
    assert [each["quantity"] for each in alone.data["items"]] == [1]
