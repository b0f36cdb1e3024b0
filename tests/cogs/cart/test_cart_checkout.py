"""From a cart to a payment: one link however often one clicks, an empty cart, and what each line earns."""

from typing import Any

import pytest

from tests.harness.grove import PRODUCT, Grove
from tests.harness.plans import scans, statements_caught
from tests.harness.shop import Shop, buttons_of, link_of, text_of, until
from tests.harness.trips import trips_counted
from tests.harness.trouble import dying_process, leases_run_out
from tests.harness.visitor import Visitor, act, act_at_once

pytestmark = pytest.mark.kept_shop


PAIR = ("grove-guard", "emote-pack")
BUY = "Check out for $28.49"


async def with_pair(shop: Shop) -> Visitor:
    """Alice has two things in her cart, and looks at it."""
    for handle in PAIR:
        await put(shop, handle)
    return await Visitor(shop).open_cart()


async def put(shop: Shop, handle: str) -> None:
    await (await Visitor(shop).look_at(handle)).click("Add to cart")


async def left(shop: Shop) -> str:
    """What the cart shows now."""
    return (await Visitor(shop).open_cart()).text


def clicked(visitor: Visitor, label: str) -> dict[str, Any]:
    button = visitor.buttons[label]
    return {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}


async def test_the_link_takes_the_carts_place_and_the_cart_is_empty(shop: Shop) -> None:
    cart = await with_pair(shop)

    await cart.click(BUY)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == link_of(cart.page) == shop.pages[0]
    assert "Your payment link is ready\n**GroveGuard**: $24.99\n**" in cart.text
    assert "Your cart is empty" in await left(shop)
    assert shop.rows("SELECT from_cart FROM sales") == [{"from_cart": 0}]


async def test_a_checkout_costs_the_store_one_request_and_the_database_few_trips(shop: Shop) -> None:
    cart = await with_pair(shop)
    before = len(shop.sandbox.requests)

    with trips_counted() as trips:
        await cart.click(BUY)
        await shop.env.settle()

    assert [request.method for request in shop.sandbox.requests[before:]] == ["POST"]
    assert trips.are_few(to_a_file=14, to_a_server=19), trips.made


async def test_with_closed_dms_the_link_is_in_the_carts_place(shop: Shop) -> None:
    cart = await with_pair(shop)
    shop.close_dms()

    await cart.click(BUY)

    assert link_of(cart.page) == shop.pages[0]
    assert "We couldn't send you a direct message" in cart.text


async def test_an_expired_link_is_renewed_for_all_of_it_and_leaves_a_new_cart_alone(shop: Shop) -> None:
    cart = await with_pair(shop)
    await cart.click(BUY)
    await shop.pass_time(hours=7)
    await put(shop, "grove-guard")

    [message] = shop.dms(shop.alice)
    await shop.alice.user.click(message, label="Get a new link")

    assert [len(body["items"]) for body in shop.bodies] == [2, 2]
    assert "**GroveGuard**: $24.99" in await left(shop)


async def test_the_same_things_bought_before_are_one_link_and_leave_the_cart(shop: Shop) -> None:
    await put(shop, "grove-guard")
    cart = await Visitor(shop).open_cart()
    await shop.buy("grove-guard")

    await cart.click("Check out for $24.99")

    assert "You already have a link for this" in cart.text
    assert len(shop.bodies) == 1
    assert "Your cart is empty" in await left(shop)


async def test_what_the_store_refuses_leaves_the_cart_as_it_is(shop: Shop) -> None:
    cart = await with_pair(shop)
    shop.sandbox.fail_next("POST", "*/checkouts", status=503, times=9)

    await cart.click(BUY)

    assert "The store isn't answering" in cart.answer
    assert shop.dms(shop.alice) == []
    assert "**GroveGuard**: $24.99" in await left(shop)


# --- at once ------------------------------------------------------------------------------------------


async def test_two_quick_clicks_make_one_link(shop: Shop) -> None:
    cart = await with_pair(shop)

    await cart.click_twice(BUY)

    assert len(shop.bodies) == 1
    assert len(shop.dms(shop.alice)) == 1
    assert "Your cart is empty" in await left(shop)


async def test_what_is_added_while_the_link_is_made_stays_in_the_cart(shop: Shop) -> None:
    cart = await with_pair(shop)
    page = await Visitor(shop).look_at("supporter-badge")
    shop.sandbox.fail_next("POST", "*/checkouts", delay=0.3)

    act(cart, clicked(cart, BUY))
    await until(lambda: len(shop.bodies) == 1)
    await act_at_once(page, clicked(page, "Add to cart"))

    assert [len(body["items"]) for body in shop.bodies] == [2]
    now = await left(shop)
    assert "Supporter badge" in now
    assert "GroveGuard" not in now


async def test_the_same_added_twice_at_once_is_two_of_it(shop: Shop) -> None:
    page = await Visitor(shop).look_at("emote-pack")

    await page.click_twice("Add to cart")

    assert "Total: **$7.00**" in await left(shop)


# --- restarts -----------------------------------------------------------------------------------------


async def test_a_cart_and_its_buttons_outlive_the_process(shop: Shop) -> None:
    cart = await with_pair(shop)
    form = (await cart.click("Change")).last
    await shop.restart()

    await cart.send(form, "2")
    assert "2 × **GroveGuard**: $49.98" in cart.text
    await shop.restart()
    await cart.click("Check out for $53.48")

    assert [body["amount"] for body in shop.bodies] == [5348]
    await shop.restart()
    assert "Your cart is empty" in await left(shop)


async def test_killed_while_the_link_is_made_the_next_process_brings_it_and_empties_the_cart(
    shop: Shop,
) -> None:
    cart = await with_pair(shop)
    with dying_process(shop):
        await cart.click(BUY)
    assert len(shop.rows("SELECT * FROM carts")) == 1

    await shop.restart()
    await leases_run_out(shop)

    [message] = shop.dms(shop.alice)
    assert "**GroveGuard**: $24.99" in text_of(message)
    assert "Your cart is empty" in await left(shop)


async def test_killed_and_the_store_no_longer_sells_it_the_cart_is_still_there(shop: Shop) -> None:
    cart = await with_pair(shop)
    with dying_process(shop):
        await cart.click(BUY)
    shop.sandbox.sell_out("grove-guard")

    await shop.restart()
    await leases_run_out(shop)

    assert shop.dms(shop.alice) == []
    assert "sold out right now" in await left(shop)


# --- what is paid -------------------------------------------------------------------------------------


async def bought_together(grove: Grove, *handles: str) -> Any:
    """Alice pays all of these with one link; returns its session."""
    before = set(grove.shop.sandbox.sessions)
    for handle in handles:
        await put(grove.shop, handle)
    cart = await Visitor(grove.shop).open_cart()
    [buy] = [label for label in cart.enabled if label.startswith("Check out")]
    await cart.click(buy)
    if "Buy anyway" in buttons_of(cart.page):
        await cart.click("Buy anyway")
    [made] = set(grove.shop.sandbox.sessions) - before
    session = grove.shop.sandbox.sessions[made]
    await grove.till.pay_on_page(session)
    return session


@pytest.mark.own_shop
async def test_each_line_earns_its_own_and_one_receipt_names_them_all(grove: Grove) -> None:
    await grove.benefit(PRODUCT)
    other = grove.shop.guild.create_role("Artist")
    emotes = grove.shop.sandbox.product("emote-pack").title
    await grove.benefit(emotes, role=other, days=7)
    await grove.keep_log()

    await bought_together(grove, "grove-guard", "emote-pack", "emote-pack", "game-key")

    assert grove.roles() == {"VIP", "Artist"}
    assert sorted(str(grant["days"]) for grant in grove.grants()) == ["14", "None"]
    [receipt] = [text for text in grove.told() if "Thank you!" in text]
    for title in ("GroveGuard", emotes, "Bamboo Quest game key"):
        assert title in receipt
    assert "You paid **$44.98**" in receipt
    assert grove.till.quarantine() == []
    assert "Your cart is empty" in await left(grove.shop)


@pytest.mark.own_shop
async def test_a_refund_takes_back_what_all_lines_earned(grove: Grove) -> None:
    await grove.benefit(PRODUCT)
    await grove.benefit("Lobby pack", role=grove.shop.guild.create_role("Artist"))
    session = await bought_together(grove, "grove-guard", "lobby-pack")
    assert grove.roles() == {"VIP", "Artist"}

    await grove.at_the_store("refund", grove.order(session))

    assert grove.roles() == set()
    assert "This purchase no longer includes the **VIP** and **Artist** roles." in grove.told()[-1]


@pytest.mark.own_shop
async def test_what_one_has_already_is_asked_about_by_its_name_and_empties_the_cart_all_the_same(
    grove: Grove,
) -> None:
    await grove.benefit(PRODUCT)
    await bought_together(grove, "grove-guard")
    for handle in PAIR:
        await put(grove.shop, handle)
    cart = await Visitor(grove.shop).open_cart()
    await cart.click(BUY)
    assert "Buy it anyway?" in cart.text
    assert "**GroveGuard**: You already have the **VIP** role" in cart.text

    await cart.click("Buy anyway")

    assert len(grove.shop.bodies[-1]["items"]) == 2
    assert "Your cart is empty" in await left(grove.shop)


@pytest.mark.own_shop
async def test_what_cant_be_delivered_is_refused_before_anyone_is_charged(grove: Grove) -> None:
    await grove.benefit(PRODUCT)
    cart = await with_pair(grove.shop)
    grove.put_role(above=True)

    await cart.click(BUY)

    assert "We can't deliver this to you right now" in cart.answer
    assert grove.shop.bodies == []
    assert "**GroveGuard**" in await left(grove.shop)


@pytest.mark.postgres
async def test_no_statement_about_carts_reads_a_whole_table(shop: Shop) -> None:
    with statements_caught() as caught:
        cart = await with_pair(shop)
        await cart.fill_in("Change", "2")
        await cart.click("Check out for $53.48")
        await shop.env.settle()

    assert scans(shop.database, caught) == {}
