"""The Store API's orders and subscriptions say what its OpenAPI file says, field by field.

The file has no schemas for what is inside `data`, but an example of each answer.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from sandbox.models import Order, Subscription
from tests.harness.clock import Clock
from tests.openapi import needs_the_files, specification
from tests.sandbox.calling import Answer, Caller

pytestmark = [pytest.mark.specification, needs_the_files]

WEEKLY = "Sprout membership"
HEADERS = {"Authorization": f"Bearer {DEMO_TOKEN.secret}"}


async def _ask(api: Caller, path: str, **query: str | int) -> Answer:
    path = f"/core/stores/{api.sandbox.store_id}{path}"
    return await api.call("GET", path, headers=HEADERS, params=query)


def _example(path: str) -> Any:
    operation = specification("core").operation("GET", f"/core/stores/shp_000000000000{path}")
    assert operation is not None
    return operation["responses"]["200"]["content"]["application/json"]["example"]["data"]


def _differences(given: Any, example: Any, where: str = "") -> Iterator[str]:
    """Where fields are missing or not known, or hold another kind of thing."""
    match given, example:
        case dict(), dict():
            yield from (f"{where}.{name} is odd" for name in given.keys() ^ example.keys())
            for name in given.keys() & example.keys():
                yield from _differences(given[name], example[name], f"{where}.{name}")
        case list(), [first, *_]:
            for each in given:
                yield from _differences(each, first, f"{where}[]")
        case (None, _) | (_, None):
            pass  # what may be null isn't said
        case _ if type(given) is not type(example):
            yield f"{where}: {given!r} isn't like {example!r}"


async def _subscribe(api: Caller, email: str = "alice@example.com") -> tuple[Order, Subscription]:
    product = next(one for one in api.sandbox.products.values() if one.title == WEEKLY)
    session = (await api.checkout({"product_id": product.id, "quantity": 1})).data["id"]
    order = api.sandbox.store.pay(session, email=email, country="DE")
    return order, api.sandbox.subscriptions[str(order.subscription_id)]


@pytest.mark.parametrize("turn", ["renew", "fall_behind", "pause", "cancel"])
async def test_subscriptions_are_shown_as_the_file_shows_them(
    api: Caller, sandbox: Sandbox, clock: Clock, turn: str
) -> None:
    _, subscription = await _subscribe(api)
    clock.pass_time(days=7)
    getattr(sandbox.ledger, turn)(subscription)

    for path in ("/subscriptions/", f"/subscriptions/{subscription.id}"):
        answer = await _ask(api, path)
        assert list(_differences(answer.data, _example(path))) == []


async def test_orders_are_shown_as_the_file_shows_them(api: Caller, clock: Clock) -> None:
    order, subscription = await _subscribe(api)
    clock.pass_time(days=7)
    renewal = api.sandbox.ledger.renew(subscription)

    for path in ("/orders/", f"/orders/{order.id}", f"/orders/{renewal.id}"):
        assert list(_differences((await _ask(api, path)).data, _example(path))) == []


async def test_nothing_in_an_order_or_a_subscription_names_the_other(
    api: Caller, sandbox: Sandbox, clock: Clock
) -> None:
    order, subscription = await _subscribe(api)
    clock.pass_time(days=7)
    renewal = sandbox.ledger.renew(subscription)

    shown = (await _ask(api, f"/subscriptions/{subscription.id}")).json
    assert order.id not in str(shown)
    assert order.order_number not in str(shown)
    for each in (order, renewal):
        assert subscription.id not in str((await _ask(api, f"/orders/{each.id}")).json)


async def test_subscriptions_are_found_by_status_product_and_customer(api: Caller, sandbox: Sandbox) -> None:
    (_, hers), (_, his) = await _subscribe(api), await _subscribe(api, "bob@example.com")
    sandbox.ledger.pause(his)
    everybody = (await _ask(api, "/subscriptions/")).data["items"]
    customers = {each["id"]: each["customer"]["id"] for each in everybody}
    product = everybody[0]["product"]["id"]

    async def found(**query: str) -> list[str]:
        return [each["id"] for each in (await _ask(api, "/subscriptions/", **query)).data["items"]]

    assert await found() == [his.id, hers.id], "the newest first"
    assert await found(status="PAUSED") == [his.id]
    assert await found(customer_id=customers[hers.id], product_id=product) == [hers.id]
    assert await found(customer_id="cus_of-somebody-else") == []
    assert await found(product_id="prd_of-something-else") == []
    assert (await _ask(api, "/subscriptions/", customer_id="cus_short")).status == 400
    assert (await _ask(api, "/subscriptions/sub_of-nobody-here")).status == 404


@pytest.mark.parametrize(("behaviour", "orders"), [("IMMEDIATELY", 2), ("END_OF_PERIOD", 1)])
async def test_a_plan_is_changed_at_once_for_the_difference_or_from_the_next_period_on(
    api: Caller, sandbox: Sandbox, behaviour: str, orders: int
) -> None:
    order, subscription = await _subscribe(api)
    before, yearly = subscription.line.product, sandbox.product("vip-yearly")
    path = f"/core/stores/{sandbox.store_id}/subscriptions/{subscription.id}/change"
    given = {"product_id": yearly.id, "proration_behavior": behaviour}

    answer = await api.call("POST", path, json=given, headers=HEADERS)

    assert answer.status == 200
    assert len(sandbox.orders) == orders
    now = before if behaviour == "END_OF_PERIOD" else yearly
    assert now is not None
    assert answer.data["product"]["id"] == now.id
    if behaviour == "IMMEDIATELY":
        assert sandbox.orders[-1].quote.subtotal == yearly.price - order.quote.subtotal
    sandbox.ledger.renew(subscription)
    assert sandbox.orders[-1].quote.subtotal == yearly.price


@pytest.mark.parametrize(
    ("before", "step", "body"),
    [
        (None, "cancel", {"immediate": False}),
        (None, "cancel", {"immediate": True}),
        ("cancel", "reactivate", None),
        (None, "pause", None),
        ("pause", "resume", None),
    ],
)
async def test_what_becomes_of_a_subscription_is_answered_as_the_file_shows_it(
    api: Caller, sandbox: Sandbox, before: str | None, step: str, body: dict[str, Any] | None
) -> None:
    _, subscription = await _subscribe(api)
    if before is not None:
        getattr(sandbox.ledger, before)(subscription)
    path = f"/subscriptions/{subscription.id}/{step}"
    url, key = f"/core/stores/{sandbox.store_id}{path}", {"Idempotency-Key": "the-same-key"}
    answers = [await api.call("POST", url, json=body, headers=HEADERS | key) for _ in range(2)]

    operation = specification("core").operation("POST", f"/core/stores/shp_000000000000{path}")
    assert operation is not None
    example = operation["responses"]["200"]["content"]["application/json"]["example"]["data"]
    assert list(_differences(answers[0].data, example)) == []
    assert answers[0].data["status"] == example["status"]
    assert answers[0].json == answers[1].json, "the same key has it done once"
    again = await api.call("POST", url, json=body, headers=HEADERS)
    assert again.status == (200 if step == "pause" else 400)
    ends = {"cancel": subscription.cancelled_at if body and body["immediate"] else subscription.period_end}
    assert subscription.ends_at == ends.get(step)


async def test_a_token_that_only_reads_changes_no_subscription(api: Caller, sandbox: Sandbox) -> None:
    _, subscription = await _subscribe(api)
    sandbox.take_tokens_back()
    sandbox.add_token(Token(DEMO_TOKEN.secret, scopes=ALL_SCOPES - {"SUBSCRIPTIONS_WRITE"}))

    path = f"/core/stores/{sandbox.store_id}/subscriptions/{subscription.id}/cancel"
    refused = await api.call("POST", path, json={}, headers=HEADERS)

    assert (refused.status, "SUBSCRIPTIONS_WRITE" in refused.error) == (403, True)
    assert subscription.cancelled_at is None
