"""`/claim`: what was bought on the website becomes a member's, by key or by order number and email."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from tests.harness.database import tables_of
from tests.harness.grove import MEMBERSHIP, PRODUCT
from tests.harness.sale_pages import audited, told
from tests.harness.website_purchases import (
    EMAIL,
    UNKNOWN,
    WITH_TOKEN,
    assign,
    bought_on_website,
    claim,
    key_of,
    sales,
)

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = [pytest.mark.settings(pandabase=WITH_TOKEN), pytest.mark.kept_shop]


async def test_an_order_number_with_its_email_makes_the_purchase_a_members(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)
    assert sales(grove) == []

    said = await claim(grove, number=order.order_number, email=" payer@example.COM ")

    assert "It's yours now" in said
    assert sales(grove) == [(grove.shop.alice.id, "paid")]
    assert "VIP" in grove.roles()
    assert "Payment received" in grove.told()[-1]
    [(action, actor, _)] = audited(grove)
    assert (action, actor) == ("claimed", grove.shop.alice.id)


async def test_what_was_claimed_leads_on_to_ones_purchases(grove: Grove) -> None:
    order = await bought_on_website(grove)
    form = await grove.shop.alice.slash(grove.shop.channel, "claim")
    typed = {"key": "", "number": order.order_number, "email": EMAIL}
    claimed = await grove.shop.alice.submit_modal(form, typed)
    await grove.till.settled()

    page = await grove.shop.alice.click(claimed.response, label="My purchases")

    assert MEMBERSHIP in told(page) or PRODUCT in told(page)


async def test_a_license_key_makes_the_purchase_a_members(grove: Grove) -> None:
    title = next(
        each.title for each in grove.shop.sandbox.products.values() if each.product_type == "LICENSE_KEY"
    )
    order = await bought_on_website(grove, title)

    assert "It's yours now" in await claim(grove, key=key_of(grove, order))

    assert sales(grove) == [(grove.shop.alice.id, "paid")]


async def test_a_key_gets_the_order_that_it_came_with_and_no_other(grove: Grove) -> None:
    title = next(
        each.title for each in grove.shop.sandbox.products.values() if each.product_type == "LICENSE_KEY"
    )
    orders = [await bought_on_website(grove, title, email=f"{each}@example.com") for each in range(3)]

    assert "It's yours now" in await claim(grove, key=key_of(grove, orders[1]))

    assert [row["order_number"] for row in grove.till.orders()] == [orders[1].order_number]


async def test_what_becomes_of_the_money_follows_the_claim(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)
    await claim(grove, number=order.order_number, email=EMAIL)

    await grove.at_the_store("refund", order)

    assert "VIP" not in grove.roles()
    assert sales(grove) == [(grove.shop.alice.id, "refunded")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "someone@example.com"},
        {"number": "cs_0000000000000000"},
        {"number": "cs_0000000000000000", "email": "someone@example.com"},
        {"number": "%"},
        {"number": "", "key": "AAAA-BBBB"},
    ],
)
async def test_nothing_says_which_part_was_wrong(grove: Grove, wrong: dict[str, str]) -> None:
    order = await bought_on_website(grove)

    said = await claim(grove, **{"number": order.order_number, "email": EMAIL, **wrong})

    assert UNKNOWN in said
    assert sales(grove) == []


async def test_a_refunded_order_is_as_unknown_as_any(grove: Grove) -> None:
    order = await bought_on_website(grove)
    await grove.at_the_store("refund", order)

    assert UNKNOWN in await claim(grove, number=order.order_number, email=EMAIL)


async def test_an_order_is_claimed_once(grove: Grove) -> None:
    order = await bought_on_website(grove)
    await claim(grove, number=order.order_number, email=EMAIL)

    said = await claim(grove, grove.bob, number=order.order_number, email=EMAIL)
    again = await claim(grove, number=order.order_number, email=EMAIL)

    assert "already belongs to a member" in said
    assert "You have that purchase already. See /purchases." in again
    assert sales(grove) == [(grove.shop.alice.id, "paid")]


@pytest.mark.postgres
async def test_five_tries_an_hour_are_the_limit_whatever_comes_of_them(grove: Grove) -> None:
    order = await bought_on_website(grove)
    for _ in range(5):
        assert UNKNOWN in await claim(grove, number=order.order_number, email="x@example.com")
    async with grove.outage():
        pass

    assert "five tries in an hour" in await claim(grove, number=order.order_number, email=EMAIL)
    other = await claim(grove, grove.bob, number=order.order_number, email="x@example.com")
    assert UNKNOWN in other
    await grove.shop.pass_time(minutes=61)

    assert "It's yours now" in await claim(grove, number=order.order_number, email=EMAIL)


async def test_a_form_that_was_open_over_a_restart_is_answered(grove: Grove) -> None:
    order = await bought_on_website(grove)
    form = await grove.shop.alice.slash(grove.shop.channel, "claim")
    async with grove.outage():
        pass

    typed = {"key": "", "number": order.order_number, "email": EMAIL}
    answer = await grove.shop.alice.submit_modal(form, typed)

    assert "It's yours now" in told(answer)


async def test_an_empty_form_is_no_try(grove: Grove) -> None:
    assert "Enter a license key" in await claim(grove)
    assert "Enter a license key" in await claim(grove, number="cs_1234567890")
    assert grove.shop.rows("SELECT id FROM claim_tries") == []


async def test_neither_email_nor_key_is_kept_or_logged(
    grove: Grove, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order = await bought_on_website(grove)
    await claim(grove, key="SECRET-KEY-OF-MINE")
    await claim(grove, number=order.order_number, email="somebody.else@example.com")
    await claim(grove, number=order.order_number, email=EMAIL)

    ours = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("bot"))
    kept = "".join(str(grove.shop.rows(f"SELECT * FROM {table}")) for table in tables_of(grove.shop.database))
    for secret in (EMAIL, EMAIL.lower(), "somebody.else", "SECRET-KEY"):
        assert secret not in ours
        assert secret not in kept


async def test_the_key_of_one_thing_doesnt_get_what_was_bought_with_it(grove: Grove) -> None:
    title = next(
        each.title for each in grove.shop.sandbox.products.values() if each.product_type == "LICENSE_KEY"
    )
    order = await bought_on_website(grove, title, quantity=2)

    assert "bought together with other things" in await claim(grove, key=key_of(grove, order))

    assert sales(grove) == []
    assert "It's yours now" in await claim(grove, number=order.order_number, email=EMAIL)


async def test_a_subscription_is_claimed_with_its_end(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    order = await bought_on_website(grove, MEMBERSHIP)

    assert "It's yours now" in await claim(grove, number=order.order_number, email=EMAIL)

    assert "VIP" in grove.roles()
    assert len(grove.shop.rows("SELECT id FROM subscriptions")) == 1
    await grove.at_the_store("cancel", grove.subscription, immediate=True)
    assert "VIP" not in grove.roles()


async def test_a_subscription_that_is_over_gives_nothing(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    order = await bought_on_website(grove, MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription, immediate=True)

    await claim(grove, number=order.order_number, email=EMAIL)

    assert "VIP" not in grove.roles()


async def test_a_later_period_of_a_subscription_claims_nothing(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await bought_on_website(grove, MEMBERSHIP)
    await grove.shop.pass_time(hours=30)
    renewal = await grove.at_the_store("renew", grove.subscription)

    said = await claim(grove, number=renewal.order_number, email=EMAIL)

    assert "a subscription that started with this order" in said
    assert sales(grove) == []


async def test_a_token_without_the_scope_sends_members_to_staff(
    grove: Grove, caplog: pytest.LogCaptureFixture
) -> None:
    order = await bought_on_website(grove)
    grove.take_token_back()
    grove.shop.sandbox.add_token(
        Token(DEMO_TOKEN.secret, scopes=ALL_SCOPES - {"LICENSES_READ", "ORDERS_READ"})
    )

    assert "Ask staff to help you." in await claim(grove, key="ABC")
    assert "needs the scope LICENSES_READ" in caplog.text
    assert "Ask staff to help you." in await claim(grove, number=order.order_number, email=EMAIL)
    assert "needs the scope ORDERS_READ" in caplog.text


async def test_a_store_that_is_away_claims_nothing_and_says_so(grove: Grove) -> None:
    order = await bought_on_website(grove)
    grove.shop.sandbox.fail_next("GET", "*/orders/*", status=503, times=8)

    said = await claim(grove, number=order.order_number, email=EMAIL)

    assert UNKNOWN not in said
    assert sales(grove) == []


@pytest.mark.settings(pandabase={})
async def test_without_a_token_no_form_is_shown(grove: Grove) -> None:
    result = await grove.shop.alice.slash(grove.shop.channel, "claim")

    assert result.modal is None
    assert "can't look up website purchases" in told(result)


async def test_what_is_claimed_is_sold_but_by_no_payment_link(grove: Grove) -> None:
    await grove.bought("Lobby pack")
    await grove.till.link("Harbour Castle schematic")
    order = await bought_on_website(grove)
    await claim(grove, number=order.order_number, email=EMAIL)

    figures = await grove.store("stats")

    assert "from 2 payments" in figures
    assert "2 payment links, 50% paid" in figures


@pytest.mark.parametrize("number", ["%", "cs_1234567890/../x", "abc", "x" * 65])
async def test_the_store_is_asked_for_nothing_that_is_no_order_number(grove: Grove, number: str) -> None:
    asked = len(grove.shop.sandbox.requests)

    assert UNKNOWN in await claim(grove, number=number, email=EMAIL)
    assert UNKNOWN in await assign(grove, grove.boss, number)

    assert len(grove.shop.sandbox.requests) == asked
