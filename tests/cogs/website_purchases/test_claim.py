"""`/claim`: what was bought on the website becomes a member's, by key or by order number and email."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkout.models import Origin
from bot.website_purchases.refusals import claimed_already
from bot.website_purchases.service import WebsitePurchases
from cogs import custom_ids
from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from sandbox.order_shapes import licenses
from tests.harness.grove import MEMBERSHIP, PRODUCT
from tests.harness.sale_pages import told, with_button

if TYPE_CHECKING:
    import simcord

    from sandbox.models import Order
    from tests.harness.grove import Grove

WITH_TOKEN: Final = {"api_token": DEMO_TOKEN.secret}
EMAIL: Final = "Payer@Example.com"
UNKNOWN: Final = "We can't find a paid purchase with that."

pytestmark = pytest.mark.settings(pandabase=WITH_TOKEN)


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


async def test_an_order_number_with_its_email_makes_the_purchase_a_members(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)
    assert sales(grove) == []

    said = await claim(grove, number=order.order_number, email=" payer@example.COM ")

    assert "It's yours now" in said
    assert sales(grove) == [(grove.shop.alice.id, "paid")]
    assert "VIP" in grove.roles()
    assert "Payment received" in grove.told()[-1]
    [entry] = grove.shop.rows("SELECT action, actor_id FROM audit")
    assert entry == {"action": "claimed", "actor_id": grove.shop.alice.id}


async def test_a_license_key_makes_the_purchase_a_members(grove: Grove) -> None:
    title = next(
        each.title for each in grove.shop.sandbox.products.values() if each.product_type == "LICENSE_KEY"
    )
    order = await bought_on_website(grove, title)

    assert "It's yours now" in await claim(grove, key=key_of(grove, order))

    assert sales(grove) == [(grove.shop.alice.id, "paid")]


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

    assert "already belongs to a member" in said
    assert sales(grove) == [(grove.shop.alice.id, "paid")]


@pytest.mark.postgres
async def test_of_many_who_claim_at_once_one_gets_it(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)
    service = grove.shop.app.bot.service(WebsitePurchases)
    origin = Origin(grove.shop.guild.id, "Bamboo Grove", grove.shop.channel.id)
    members = [grove.shop.member(f"member{number}") for number in range(5)]

    with grove.shop.env.time_context():
        ends = await asyncio.gather(
            *(
                service.claim(origin, each.id, key="", number=order.order_number, email=EMAIL)
                for each in members
            ),
            return_exceptions=True,
        )
    await grove.till.settled()

    refused = [str(each) for each in ends if isinstance(each, Exception)]
    assert refused == [str(claimed_already())] * 4
    [(holder, _)] = sales(grove)
    assert [each.id for each in members if "VIP" in grove.roles(each)] == [holder]


async def test_what_was_bought_in_discord_is_its_buyers(grove: Grove) -> None:
    order = await grove.bought()
    said = await claim(grove, grove.bob, number=order.order_number, email="alice@example.com")
    assert "already belongs to a member" in said

    session = await grove.till.link("Lobby pack")
    lost = grove.shop.sandbox.store.pay(session.id, email=EMAIL)
    await grove.till.settled()
    for table in ("jobs WHERE sale_id = 2", "messages WHERE sale_id = 2", "orders WHERE sale_id = 2"):
        grove.shop.write(f"DELETE FROM {table}")
    grove.shop.write("UPDATE sessions SET session_id = 'cs_lost' WHERE sale_id = 2")

    assert "bought here in Discord" in await claim(grove, grove.bob, number=lost.order_number, email=EMAIL)


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
    kept = "".join(
        str(grove.shop.rows(f"SELECT * FROM {row['name']}"))
        for row in grove.shop.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    )
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


# --- staff ----------------------------------------------------------------------------------------------


async def assign(grove: Grove, staff: simcord.MemberActor, number: str) -> str:
    page = await staff.slash(grove.shop.channel, "store member", member=grove.bob)
    asked = await staff.click(page.response, label="Assign an order")
    [label] = asked.modal["components"]
    answer = await staff.submit_modal(asked, {label["component"]["custom_id"]: number})
    await grove.till.settled()
    return told(answer)


async def test_staff_assign_an_order_to_a_member(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)

    said = await assign(grove, grove.boss, f"#{order.order_number}")

    assert f"<@{grove.bob.id}> has it now" in said
    assert "VIP" in grove.roles(grove.bob)
    [entry] = grove.shop.rows("SELECT action, actor_id FROM audit")
    assert entry == {"action": "assigned", "actor_id": grove.boss.id}
    assert "already belongs to a member" in await assign(grove, grove.boss, order.id)
    assert UNKNOWN in await assign(grove, grove.boss, "cs_0000000000000000")


async def test_members_assign_nothing(grove: Grove) -> None:
    button = await with_button(grove, custom_ids.assign(grove.bob.id))

    clicked = await grove.shop.alice.click(button, label="?")

    assert clicked.modal is None
    assert "Only staff can do this" in told(clicked)


# --- nobody gets what somebody else paid for ------------------------------------------------------------

_WORDS: Final = st.one_of(
    st.sampled_from(
        [EMAIL, EMAIL.upper(), f" {EMAIL}", "other@example.com", "", "%", "*", "payer@example.co"]
    ),
    st.text(max_size=20),
)
_NUMBERS: Final = st.one_of(
    st.sampled_from(["mine", "mine#", "theirs", "id", "half", ""]), st.text(max_size=20)
)


async def test_only_who_knows_number_and_email_gets_an_order(grove: Grove) -> None:
    """Whatever is typed: each order goes to who typed its own number with its own address, and to one."""
    mine = await bought_on_website(grove)
    theirs = await bought_on_website(grove, email="other@example.com")
    service = grove.shop.app.bot.service(WebsitePurchases)
    origin = Origin(grove.shop.guild.id, "Bamboo Grove", grove.shop.channel.id)
    names = {
        "mine": mine.order_number,
        "mine#": f"#{mine.order_number}",
        "theirs": theirs.order_number,
        "id": mine.id,
        "half": mine.order_number[:12],
    }
    owners = {mine.order_number: EMAIL, mine.id: EMAIL, theirs.order_number: "other@example.com"}
    loop, tried = asyncio.get_running_loop(), []

    @given(_NUMBERS, _WORDS)
    def collect(name: str, email: str) -> None:
        tried.append((names.get(name, name), email))

    await loop.run_in_executor(None, collect)
    for member, (number, email) in enumerate(tried, start=1000):
        before = {row["order_number"] for row in grove.till.orders()}
        with grove.shop.env.time_context():
            [end] = await asyncio.gather(
                service.claim(origin, member, key="", number=number.strip(), email=email.strip()),
                return_exceptions=True,
            )
        got = {row["order_number"] for row in grove.till.orders()} - before
        owner = owners.get(number.strip().lstrip("#"), "")
        knows = bool(owner) and owner.casefold() == email.strip().casefold()
        assert knows or not got, (number, email)
        assert bool(got) == (not isinstance(end, Exception))
    await grove.till.settled()
