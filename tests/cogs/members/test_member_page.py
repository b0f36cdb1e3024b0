"""`/store member` and `/store orders`: staff see what a member has, and open a sale with what can be done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cogs import custom_ids
from tests.harness.grove import MEMBERSHIP, PRODUCT
from tests.harness.invoicing import sent
from tests.harness.sale_pages import newest, offered, opened, told, with_button
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


@pytest.mark.postgres
async def test_a_members_page_tells_of_sales_roles_subscriptions_and_invoices(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.benefit(MEMBERSHIP)
    await grove.bought(PRODUCT)
    await grove.bought(MEMBERSHIP)
    await sent(grove.shop, grove.boss)

    page = await grove.store("member", member=grove.shop.alice)

    assert f"Purchases of <@{grove.shop.alice.id}>" in page
    assert "Has **VIP** while subscribed" in page
    assert "**GroveGuard** · $24.99 · Paid" in page
    assert "· Role **VIP** until" in page
    assert "· Subscription: " in page
    assert "· Invoice #1 · " in page


async def test_the_member_menu_shows_the_same_page(grove: Grove) -> None:
    await grove.bought()

    menu = await grove.boss.context_menu(grove.shop.channel, "Purchases", grove.shop.alice)

    assert text_of(menu.response) == await grove.store("member", member=grove.shop.alice)


async def test_who_bought_nothing_has_an_empty_page(grove: Grove) -> None:
    assert "Nothing bought yet" in await grove.store("member", member=grove.bob)


async def test_a_gift_is_on_both_pages(grove: Grove) -> None:
    await grove.bought("Lobby pack", gift_to=grove.bob)

    for member in (grove.shop.alice, grove.bob):
        page = await grove.store("member", member=member)
        assert f"<@{grove.shop.alice.id}> for <@{grove.bob.id}>" in page


async def test_a_long_timeline_has_pages(grove: Grove) -> None:
    await grove.bought()
    kept = "kind, guild_id, channel_id, buyer_id, recipient_id, lines, currency"
    grove.shop.write(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 23) "
        f"INSERT INTO sales ({kept}, reference, fingerprint, status, created_at) "
        f"SELECT {kept}, 'aaaaaaaa' || (10 + n), n, 'expired', created_at + n FROM numbers, sales"
    )
    grove.shop.write(
        "INSERT INTO sessions (sale_id, state, created_at) SELECT id, 'expired', created_at FROM sales "
        "WHERE id NOT IN (SELECT sale_id FROM sessions)"
    )

    shown = await grove.store_result("member", member=grove.shop.alice)
    assert len(offered(shown.response)) == 10
    await grove.boss.click(shown.response, label="Next")
    await grove.boss.click(shown.response, label="Next")
    assert len(offered(shown.response)) == 4
    assert "3 / 3" in buttons_of(shown.response)

    listed = await grove.store_result("orders")
    seen = [*offered(listed.response)]
    for _ in range(2):
        await grove.boss.click(listed.response, label="Older")
        seen += offered(listed.response)
    assert len(seen) == 24
    assert "Older" not in buttons_of(listed.response)
    await grove.boss.click(listed.response, label="Newest")
    assert offered(listed.response) == seen[:10]


@pytest.mark.postgres
async def test_all_sales_of_the_server_are_listed_by_member_and_state(grove: Grove) -> None:
    await grove.bought("Lobby pack", gift_to=grove.bob)
    await grove.bought()
    await grove.till.link("Lobby pack")

    assert len(offered((await grove.store_result("orders")).response)) == 3
    assert len(offered((await grove.store_result("orders", state="paid")).response)) == 2
    assert len(offered((await grove.store_result("orders", member=grove.bob)).response)) == 1
    assert len(offered((await grove.store_result("orders", member=grove.bob, state="paid")).response)) == 1
    assert "No purchases like that." in await grove.store("orders", member=grove.bob, state="refunded")


async def test_sales_of_another_server_are_neither_listed_nor_opened(grove: Grove) -> None:
    await grove.bought()
    shown = await grove.store_result("orders")
    grove.shop.write("UPDATE sales SET guild_id = 1")

    assert "No purchases like that." in await grove.store("orders")
    assert "Nothing bought yet" in await grove.store("member", member=grove.shop.alice)
    sale = await opened(grove, shown.response)
    assert "Find the purchase with /store orders." in text_of(sale.response)


async def test_a_sale_is_opened_below_the_list_with_what_can_be_done(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    shown = await grove.store_result("orders")

    sale = await opened(grove, shown.response)

    said = text_of(sale.response)
    assert "Paid: **$24.99**" in said
    assert "Role **VIP** until" in said
    assert "Receipt: sent" in said
    assert list(buttons_of(sale.response)) == [
        "Deliver again",
        "Add days",
        "Move to another account",
        "Refund",
    ]


async def test_an_opened_invoice_names_its_number_once(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)

    said = text_of((await newest(grove)).response)

    assert said.startswith("### ")
    assert "**Logo**" in said
    assert said.count("Invoice #1") == 1


async def test_in_french_an_invoice_and_a_purchase_have_each_its_own_gender(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    await grove.till.pay_on_page(list(grove.shop.sandbox.sessions.values())[-1])
    await grove.bought()
    for member in (grove.shop.alice, grove.boss):
        grove.shop.env.speaks(member.id, "fr")

    listed = (await grove.boss.slash(grove.shop.channel, "store orders")).response
    theirs = text_of((await grove.shop.alice.slash(grove.shop.channel, "purchases")).response)

    assert re.findall(r"Payée?\b", text_of(listed)) == ["Payé", "Payée"]
    assert [each.rsplit(" · ", 1)[1] for each in offered(listed)] == ["Payé", "Payée"]
    assert "Payée" in text_of((await opened(grove, listed, 1)).response).splitlines()[0]
    assert re.findall(r"-# (Payée?)\b", theirs) == ["Payé", "Payée"]


async def test_what_isnt_paid_offers_nothing(grove: Grove) -> None:
    await grove.till.link()

    sale = await opened(grove, (await grove.store_result("orders")).response)

    assert buttons_of(sale.response) == {}


@pytest.mark.settings(staff={"role_ids": [1234567890123456789]})
async def test_members_who_arent_staff_see_nothing(grove: Grove) -> None:
    await grove.bought()
    alice, channel = grove.shop.alice, grove.shop.channel
    reference = grove.till.sale()["reference"]

    for command in ("store member", "store orders"):
        options = {"member": grove.bob} if command == "store member" else {}
        assert "staff" in text_of((await alice.slash(channel, command, **options)).response)
    menu = await alice.context_menu(channel, "Purchases", grove.bob)
    assert "staff" in text_of(menu.response)
    for step in ("show", "deliver", "refund", "move", "days"):
        button = await with_button(grove, custom_ids.sale(reference, step))
        assert "Only staff can do this" in told(await alice.click(button, label="?"))


async def test_a_list_has_the_number_last_so_that_no_member_stands_alone_in_a_line(grove: Grove) -> None:
    await grove.bought()
    reference = grove.till.sale()["reference"]

    listed = await grove.store("orders")

    assert listed.splitlines()[-1].endswith(f" · Paid · <@{grove.shop.alice.id}> · `{reference}`")


async def test_a_sales_role_is_told_once_with_what_became_of_it(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()
    given = text_of((await newest(grove)).response)
    await grove.at_the_store("refund", order)

    taken = text_of((await newest(grove)).response)

    assert "Role **VIP** for good" in given
    assert "Role **VIP**: taken back" in taken
    assert "Role: " not in given + taken
    assert "**$24.99** · Payment received" in given
    assert "**$24.99** · Payment refunded" in taken


async def test_a_role_that_couldnt_be_given_says_so_beside_what_it_is(grove: Grove) -> None:
    await grove.benefit()
    await grove.paid_with_role_above()

    said = text_of((await newest(grove)).response)

    assert "Role **VIP** for good" in said
    assert "Role: **failed**" in said
