"""Whoever was staff when a page was shown, and isn't any more, does nothing with its buttons and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio

from tests.harness.grove import MEMBERSHIP
from tests.harness.sale_pages import MEMBERS, choose, custom_id_of, newest, told
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = [pytest.mark.settings(staff={"role_ids": [1234567890123456789]}), pytest.mark.kept_shop]
REFUSED: Final = "Only staff can do this"


@pytest_asyncio.fixture(loop_scope="module")
async def page(grove: Grove) -> Any:
    """A sale that has been paid twice, on a page that Boss opened."""
    await grove.benefit(MEMBERSHIP, days=30)
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("renew", grove.subscription)
    return (await newest(grove)).response


def lose_rights(grove: Grove) -> list[dict[str, Any]]:
    """Boss is staff no more; returns what must stay as it is."""
    grove.take_by_hand(grove.boss, grove.staff_role)
    return state(grove)


def state(grove: Grove) -> list[dict[str, Any]]:
    return [
        row
        for table in ("sales", "grants", "orders", "audit")
        for row in grove.shop.rows(f"SELECT * FROM {table} ORDER BY id")
    ]


@pytest.mark.parametrize("label", ["Deliver again", "Move to another account", "Refund"])
async def test_a_sales_buttons(grove: Grove, page: Any, label: str) -> None:
    shown, before = text_of(page), lose_rights(grove)

    clicked = await grove.boss.click(page, label=label)

    assert REFUSED in told(clicked)
    assert (text_of(page), state(grove)) == (shown, before)


async def test_the_form_for_days_isnt_opened_nor_taken(grove: Grove, page: Any) -> None:
    form = await grove.boss.click(page, label="Add days")
    [field] = form.modal["components"]
    before = lose_rights(grove)

    answer = await grove.boss.submit_modal(form, {field["component"]["custom_id"]: "30"})
    clicked = await grove.boss.click(page, label="Add days")

    assert REFUSED in told(answer)
    assert REFUSED in told(clicked)
    assert clicked.modal is None
    assert state(grove) == before


async def test_the_form_for_an_order_isnt_opened_nor_taken(grove: Grove, page: Any) -> None:
    member = await grove.store_result("member", member=grove.bob)
    form = await grove.boss.click(member.response, label="Assign an order")
    [field] = form.modal["components"]
    before = lose_rights(grove)

    answer = await grove.boss.submit_modal(form, {field["component"]["custom_id"]: "cs_1234567890"})
    clicked = await grove.boss.click(member.response, label="Assign an order")

    assert REFUSED in told(answer)
    assert clicked.modal is None
    assert state(grove) == before


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_each_step_of_a_refund(grove: Grove, page: Any, steps: int) -> None:
    await grove.boss.click(page, label="Refund")
    for chosen in (grove.till.orders()[-1]["reference"], "requested")[:steps]:
        await choose(grove, page, chosen)
    shown, before = text_of(page), lose_rights(grove)

    if steps < 2:
        last = await choose(grove, page, (grove.till.orders()[-1]["reference"], "requested")[steps])
    else:
        last = await grove.boss.click(page, label="Refund")
    await grove.till.settled()

    assert REFUSED in told(last)
    assert (text_of(page), state(grove)) == (shown, before)
    assert {order.status for order in grove.shop.sandbox.orders} == {"COMPLETED"}


@pytest.mark.parametrize("steps", [0, 1])
async def test_each_step_of_a_move(grove: Grove, page: Any, steps: int) -> None:
    await grove.boss.click(page, label="Move to another account")
    menu = custom_id_of(page, MEMBERS)
    if steps:
        await grove.boss.select(page, [grove.boss], custom_id=menu)
    shown, before = text_of(page), lose_rights(grove)

    if steps:
        last = await grove.boss.click(page, label="Move")
    else:
        last = await grove.boss.select(page, [grove.boss], custom_id=menu)
    await grove.till.settled()

    assert REFUSED in told(last)
    assert (text_of(page), state(grove)) == (shown, before)


async def test_pages_of_members_and_sales_turn_for_staff_alone(grove: Grove, page: Any) -> None:
    listed, member = await grove.store_result("orders"), await grove.store_result("member", member=grove.bob)
    lose_rights(grove)

    for shown in (listed, member):
        for label in buttons_of(shown.response):
            assert REFUSED in told(await grove.boss.click(shown.response, label=label))
