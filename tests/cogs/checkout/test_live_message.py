"""The direct message lives: it says when the link has expired, and its button makes a new one."""

from datetime import timedelta

import pytest

from tests.harness.instants import milliseconds
from tests.harness.shop import START, Shop, buttons_of, link_of, text_of
from tests.harness.till import WEB

pytestmark = pytest.mark.kept_shop


NEW_LINK = "Get a new link"


async def expired_purchase(shop: Shop, product: str = "grove-guard", **options: object) -> None:
    await shop.buy(product, **options)
    await shop.pass_time(hours=6)


async def click(shop: Shop, label: str = NEW_LINK) -> object:
    [message] = shop.dms(shop.alice)
    return await shop.alice.user.click(message, label=label)


async def test_a_moment_before_its_end_the_link_still_stands(shop: Shop) -> None:
    await shop.buy("grove-guard")

    await shop.pass_time(hours=6, seconds=-1)

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages


async def test_at_its_end_the_message_says_so_and_the_link_gives_way_to_a_button(shop: Shop) -> None:
    await expired_purchase(shop)

    [message] = shop.dms(shop.alice)
    text = text_of(message)
    assert text.startswith("-# **Bamboo Grove**\n### ⚪ `TEST` Payment link expired")
    assert "**GroveGuard**: $24.99" in text
    assert "Payments for this shop don't show up here" in text  # this shop hears nothing of payments
    assert list(buttons_of(message)) == [NEW_LINK]
    assert shop.rows("SELECT state, status FROM sessions JOIN sales ON sales.id = sale_id") == [
        {"state": "expired", "status": "expired"}
    ]


@pytest.mark.settings(web=WEB)
async def test_at_its_end_nobody_is_asked_to_pay_what_may_be_paid_already(shop: Shop) -> None:
    """The message follows the clock: a payment may be known to the store, and not here yet."""
    await expired_purchase(shop)

    [message] = shop.dms(shop.alice)
    assert text_of(message).endswith(
        "We haven't received a payment. Already paid? "
        "Don't pay again: wait a few minutes, then contact staff."
    )
    assert list(buttons_of(message)) == [NEW_LINK]


@pytest.mark.own_shop
async def test_the_button_brings_a_new_link_into_the_same_message(shop: Shop) -> None:
    await expired_purchase(shop)

    await click(shop)

    [message] = shop.dms(shop.alice)
    _old, new = shop.pages
    assert link_of(message) == new
    ends = int((START + timedelta(hours=12)).timestamp())
    assert f"<t:{ends}:R>" in text_of(message)
    [sale] = shop.rows("SELECT * FROM sales")
    assert sale["status"] == "open"
    assert [row["state"] for row in shop.rows("SELECT state FROM sessions ORDER BY id")] == [
        "expired",
        "open",
    ]
    first, second = shop.bodies
    assert first["metadata"]["sale"] == second["metadata"]["sale"] == sale["reference"]
    assert first["return_url"] == second["return_url"]


async def test_the_new_link_expires_and_is_renewed_like_the_first(shop: Shop) -> None:
    await expired_purchase(shop)
    await click(shop)
    await shop.pass_time(hours=6)
    [message] = shop.dms(shop.alice)
    assert list(buttons_of(message)) == [NEW_LINK]

    await click(shop)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[2]


async def test_the_button_outlives_the_process(shop: Shop) -> None:
    await expired_purchase(shop)
    await shop.restart()

    await click(shop)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


async def test_a_link_that_ended_while_the_bot_was_away_is_marked_at_the_start(shop: Shop) -> None:
    await shop.buy("grove-guard")
    shop.write(f"UPDATE sessions SET expires_at = {milliseconds('2025-12-31 23:00:00')}")

    await shop.restart()

    [message] = shop.dms(shop.alice)
    assert list(buttons_of(message)) == [NEW_LINK]


async def test_a_link_outlives_the_process_and_still_ends_in_time(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.restart()
    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages

    await shop.pass_time(hours=6)

    [message] = shop.dms(shop.alice)
    assert list(buttons_of(message)) == [NEW_LINK]


@pytest.mark.settings(
    checkout={
        "fields": [
            {"key": "where", "label": "Server", "type": "text", "text": {"default_value": "{server}"}},
        ]
    }
)
async def test_the_owners_questions_know_the_server_though_the_click_comes_from_a_dm(shop: Shop) -> None:
    await expired_purchase(shop)

    await click(shop)

    first, second = shop.bodies
    assert first["display"] == second["display"]


async def test_whoever_asks_by_command_after_the_end_gets_a_sale_of_its_own(shop: Shop) -> None:
    await expired_purchase(shop)

    await shop.buy("grove-guard")

    old, new = shop.dms(shop.alice)
    assert list(buttons_of(old)) == [NEW_LINK]
    assert link_of(new) == shop.pages[-1]


async def test_the_old_message_then_leads_to_the_link_that_is_open(shop: Shop) -> None:
    await expired_purchase(shop)
    await shop.buy("grove-guard")
    old, new = shop.dms(shop.alice)

    result = await shop.alice.user.click(old, label=NEW_LINK)

    [answer] = result.followups
    assert "already have a link" in text_of(answer)
    assert link_of(answer) == link_of(new)
    assert len(shop.pages) == 2


async def test_nobody_else_can_use_the_button(shop: Shop) -> None:
    await expired_purchase(shop)
    [message] = shop.dms(shop.alice)
    [button] = buttons_of(message).values()
    mallory = shop.member("mallory")
    stolen = await shop.button_for(mallory, button["custom_id"])

    result = await mallory.user.click(stolen, custom_id=button["custom_id"])

    [refusal] = result.followups
    assert "is someone else's purchase" in text_of(refusal)
    assert len(shop.pages) == 1


@pytest.mark.parametrize("reference", ["zzzzzzzzzz", "2222222222"])
async def test_a_button_of_a_purchase_that_nobody_knows_any_more_says_so(shop: Shop, reference: str) -> None:
    custom_id = f"bamboo:link:{reference}"
    message = await shop.button_for(shop.alice, custom_id)

    result = await shop.alice.user.click(message, custom_id=custom_id)

    [answer] = result.followups
    assert "can't find this purchase" in text_of(answer)


async def test_twice_clicked_gives_one_link(shop: Shop) -> None:
    await expired_purchase(shop)
    [message] = shop.dms(shop.alice)
    [button] = buttons_of(message).values()

    await click(shop)
    # Another device still shows the button.
    stale = await shop.button_for(shop.alice, button["custom_id"])
    await shop.alice.user.click(stale, custom_id=button["custom_id"])

    assert len(shop.pages) == 2
    for message in shop.dms(shop.alice):
        assert link_of(message) == shop.pages[1]


async def test_the_new_link_costs_todays_price_which_is_shown_first(shop: Shop) -> None:
    await expired_purchase(shop)
    shop.sandbox.set_price("grove-guard", 2999)

    await click(shop)

    [message] = shop.dms(shop.alice)
    assert "It was ~~$24.99~~ and is now **$29.99**" in text_of(message)
    assert len(shop.bodies) == 1
    await click(shop, "Continue for $29.99")
    [message] = shop.dms(shop.alice)
    assert "Pay $29.99" in buttons_of(message)
    assert link_of(message) == shop.pages[-1]


async def test_the_question_about_the_price_outlives_the_process(shop: Shop) -> None:
    await expired_purchase(shop)
    shop.sandbox.set_price("grove-guard", 2999)
    await click(shop)
    await shop.restart()

    await click(shop, "Continue for $29.99")

    [message] = shop.dms(shop.alice)
    assert "Pay $29.99" in buttons_of(message)


async def test_a_coupon_counts_for_the_new_link_too(shop: Shop) -> None:
    await expired_purchase(shop, coupon="WELCOME10")

    await click(shop)

    [message] = shop.dms(shop.alice)
    assert "Pay $22.49" in buttons_of(message)


async def test_a_coupon_that_ended_meanwhile_is_asked_about(shop: Shop) -> None:
    await shop.buy("grove-guard", coupon="WELCOME10")
    shop.sandbox.store.coupons["WELCOME10"].expires_at = START + timedelta(hours=1)
    await shop.pass_time(hours=6)

    await click(shop)

    [message] = shop.dms(shop.alice)
    assert "The coupon WELCOME10 has expired." in text_of(message)
    await click(shop, "Continue without a coupon")
    # Without the coupon it is another sale, whose message takes the place of the old one.
    [new] = shop.dms(shop.alice)
    assert link_of(new) == shop.pages[-1]
    assert new.id != message.id


@pytest.mark.parametrize("become", ["gone", "sold out"])
async def test_what_cant_be_bought_any_more_is_said_beside_the_message(shop: Shop, become: str) -> None:
    await expired_purchase(shop, "game-key")
    if become == "gone":
        shop.sandbox.remove_product("game-key")
    else:
        shop.sandbox.sell_out("game-key")

    result = await click(shop)

    [refusal] = result.followups
    assert refusal.ephemeral
    assert ("no longer sold" if become == "gone" else "sold out") in text_of(refusal)
    # It may come back: the message keeps its button.
    assert list(buttons_of(shop.dms(shop.alice)[0])) == [NEW_LINK]
    assert len(shop.bodies) == 1


async def test_while_the_store_is_down_the_button_stays_and_works_later(shop: Shop) -> None:
    await expired_purchase(shop)
    shop.sandbox.fail_next("POST", "*/checkouts", status=503)
    result = await click(shop)
    [answer] = result.followups
    assert "The store isn't answering" in text_of(answer)
    [message, _] = shop.dms(shop.alice)
    assert list(buttons_of(message)) == [NEW_LINK]

    await shop.alice.user.click(message, label=NEW_LINK)

    assert link_of(shop.dms(shop.alice)[0]) == shop.pages[-1]
