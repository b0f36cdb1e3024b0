"""Purchases on the store's own website, and what makes them a member's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aiohttp

from sandbox.core_api import DEMO_TOKEN
from sandbox.order_shapes import licenses
from tests.harness.grove import PRODUCT
from tests.harness.sale_pages import told

if TYPE_CHECKING:
    import simcord

    from sandbox.models import Order
    from tests.harness.grove import Grove

WITH_TOKEN: Final = {"api_token": DEMO_TOKEN.secret}
EMAIL: Final = "Payer@Example.com"
UNKNOWN: Final = "We can't find a paid purchase with that."


async def bought_on_website(
    grove: Grove, title: str = PRODUCT, *, quantity: int = 1, email: str = EMAIL, **more: Any
) -> Order:
    """Somebody buys on the store's own website: no bot had a hand in it."""
    sandbox = grove.shop.sandbox
    product = grove.till.product(title)
    item = {"product_id": product.id, "quantity": quantity}
    if product.variants:
        item["variant_id"] = product.variants[0].id
    async with aiohttp.ClientSession() as http:
        url = f"{sandbox.base_url}/stores/{sandbox.store_id}/checkouts"
        async with http.post(url, json={"items": [item], **more}) as answer:
            made = (await answer.json())["data"]
    order = sandbox.store.pay(made["id"], email=email)
    await grove.till.settled()
    return order


async def claim(grove: Grove, member: simcord.MemberActor | None = None, **typed: str) -> str:
    member = member or grove.shop.alice
    form = await member.slash(grove.shop.channel, "claim")
    assert form.modal is not None
    answer = await member.submit_modal(form, {"key": "", "number": "", "email": "", **typed})
    await grove.till.settled()
    return told(answer)


def sales(grove: Grove) -> list[tuple[int, str]]:
    rows = grove.shop.rows("SELECT buyer_id, status FROM sales ORDER BY id")
    return [(row["buyer_id"], row["status"]) for row in rows]


def key_of(grove: Grove, order: Order) -> str:
    return str(
        next(each["key"] for each in licenses(grove.shop.sandbox.orders) if each["orderId"] == order.id)
    )


async def assign(grove: Grove, staff: simcord.MemberActor, number: str) -> str:
    page = await staff.slash(grove.shop.channel, "store member", member=grove.bob)
    asked = await staff.click(page.response, label="Assign an order")
    [label] = asked.modal["components"]
    answer = await staff.submit_modal(asked, {label["component"]["custom_id"]: number})
    await grove.till.settled()
    return told(answer)
