"""`/buy` when the store or the bot is in trouble: people hear what is the matter, and pay nothing twice."""

import re
from datetime import timedelta
from typing import Any

import pytest

from sandbox.errors import Refused
from tests.harness.shop import START, Shop, buttons_of, link_of, text_of
from tests.harness.trouble import CHECKOUTS, assert_nothing_sold

pytestmark = pytest.mark.kept_shop


def reference_in(text: str) -> str:
    found = re.search(r"-# Reference for staff: ([0-9A-F]{6})$", text)
    assert found is not None, text
    return found[1]


# --- the store can't be reached -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "sentence", "asked"),
    [
        ({"status": 503}, "The store isn't answering", 1),
        ({"status": 500}, "The store isn't answering", 1),
        ({"refuse": True}, "The store isn't answering", 2),
        ({"malformed": True}, "The store sent an answer we can't read", 1),
        ({"status": 401}, "The shop isn't set up correctly", 1),
        ({"status": 403}, "The shop isn't set up correctly", 1),
        ({"status": 429}, "The store is very busy", 1),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
async def test_when_the_store_fails_the_member_hears_what_to_do_and_the_log_has_the_rest(
    shop: Shop, caplog: pytest.LogCaptureFixture, fault: dict[str, Any], sentence: str, asked: int
) -> None:
    shop.sandbox.fail_next("POST", CHECKOUTS, times=10, **fault)

    result = await shop.buy("grove-guard")

    answer = text_of(result.response)
    assert answer.startswith(f"⚠️ {sentence}")
    assert "You haven't been charged" in answer
    assert f"[{reference_in(answer)}]" in caplog.text
    assert link_of(result.response) is None
    assert len(shop.bodies) == asked
    await assert_nothing_sold(shop, result)


async def test_once_the_store_is_back_the_same_command_works(shop: Shop) -> None:
    shop.sandbox.fail_next("POST", CHECKOUTS, status=503)
    await shop.buy("grove-guard")

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages


async def test_an_answer_that_is_lost_is_asked_for_once_more_and_one_link_is_shown(shop: Shop) -> None:
    shop.sandbox.fail_next("POST", CHECKOUTS, lose_answer=True)

    await shop.buy("grove-guard")

    lost, shown = shop.pages
    [message] = shop.dms(shop.alice)
    assert link_of(message) == shown
    assert [row["url"] for row in shop.rows("SELECT url FROM sessions")] == [shown]
    assert lost not in str(shop.rows("SELECT * FROM jobs WHERE lane = 'people'"))


async def test_an_answer_that_is_lost_twice_is_not_asked_for_again(shop: Shop) -> None:
    shop.sandbox.fail_next("POST", CHECKOUTS, lose_answer=True, times=10)

    result = await shop.buy("grove-guard")

    assert "isn't answering" in text_of(result.response)
    assert len(shop.bodies) == 2
    await assert_nothing_sold(shop, result)


@pytest.mark.own_shop
async def test_while_the_catalog_was_never_read_the_store_counts_as_out_of_reach(shop: Shop) -> None:
    shop.sandbox.fail_next("GET", status=503, times=1000)
    await shop.restart()

    result = await shop.buy("grove-guard")

    assert "The store isn't answering" in text_of(result.response)
    await assert_nothing_sold(shop, result)


async def test_prices_that_are_known_are_enough_to_buy_while_the_catalog_is_down(shop: Shop) -> None:
    bob = shop.member("bob")
    await shop.buy("grove-guard", bob)
    await shop.pass_time(minutes=2)
    shop.sandbox.fail_next("GET", status=503, times=1000)

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


# --- the store refuses --------------------------------------------------------------------------------


async def test_why_the_store_refused_is_said_in_its_own_words(shop: Shop) -> None:
    # Its list doesn't say how many of a product without variants are left.
    result = await shop.buy("server-setup", quantity=3)

    assert text_of(result.response) == "⚠️ “Server setup” has only 2 left."
    await assert_nothing_sold(shop, result)


async def test_the_stores_words_are_shown_as_text_whatever_they_hold(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_body: object) -> None:
        raise Refused("*No* [more](https://elsewhere.example), @everyone " + "_" * 5000)

    monkeypatch.setattr(shop.sandbox.store, "open_session", refuse)

    result = await shop.buy("grove-guard")

    answer = text_of(result.response)
    assert answer.startswith(r"⚠️ \*No\* \[more\](https\://elsewhere.example), @" + "\u200beveryone")
    await assert_nothing_sold(shop, result)


async def test_what_sold_out_a_moment_ago_is_said_to_be_out_of_stock(shop: Shop) -> None:
    await shop.buy("game-key", shop.member("bob"))
    shop.sandbox.sell_out("game-key")

    result = await shop.buy("game-key")

    assert "Bamboo Quest game key is sold out" in text_of(result.response)
    await assert_nothing_sold(shop, result)


async def test_what_was_removed_a_moment_ago_is_said_to_be_no_longer_sold(shop: Shop) -> None:
    await shop.buy("game-key", shop.member("bob"))
    gone = shop.sandbox.remove_product("game-key")

    result = await shop.alice.slash(shop.channel, "buy", product=gone.id)

    assert text_of(result.response) == "⚠️ This product is no longer sold. See what's in /shop."
    await assert_nothing_sold(shop, result)


async def test_a_variant_that_was_removed_a_moment_ago_is_said_to_be_gone(shop: Shop) -> None:
    await shop.buy("arena-license", shop.member("bob"), variant="Personal")
    removed = shop.sandbox.product("arena-license").variants.pop()

    result = await shop.buy("arena-license", variant=removed.title)

    assert "doesn't come in that variant. Choose Personal or Commercial" in text_of(result.response)
    await assert_nothing_sold(shop, result)


# --- the coupon isn't taken ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coupon", "sentence"),
    [("EXPIRED", "The coupon EXPIRED has expired."), ("NOSUCH", "The coupon NOSUCH does not exist.")],
)
async def test_a_coupon_that_isnt_taken_is_explained_and_can_be_left_out(
    shop: Shop, coupon: str, sentence: str
) -> None:
    result = await shop.buy("grove-guard", coupon=coupon)
    answer = result.response
    assert f"That coupon doesn't work\n**GroveGuard**\n{sentence}\nYou haven't been charged." in text_of(
        answer
    )
    await assert_nothing_sold(shop, result)

    await shop.alice.click(answer, label="Continue without a coupon")

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages
    assert "Pay $24.99" in buttons_of(message)
    assert "coupon_code" not in shop.bodies[-1]


async def test_a_coupon_made_of_markdown_is_shown_as_it_was_typed(shop: Shop) -> None:
    result = await shop.buy("grove-guard", coupon="`**x**` @everyone")

    answer = text_of(result.response)
    assert r"The coupon \`\*\*x\*\*\` @" + "\u200beveryone does not exist" in answer


async def test_going_on_without_the_coupon_at_a_price_that_changed_meanwhile_asks_first(shop: Shop) -> None:
    result = await shop.buy("grove-guard", coupon="EXPIRED")
    shop.sandbox.set_price("grove-guard", 2999)
    await shop.alice.click(result.response, label="Continue without a coupon")
    assert "It was ~~$24.99~~ and is now **$29.99**" in text_of(result.response)

    await shop.alice.click(result.response, label="Continue for $29.99")

    # The coupon stays out: that was decided.
    [message] = shop.dms(shop.alice)
    assert "Pay $29.99" in buttons_of(message)
    assert "coupon_code" not in shop.bodies[-1]


# --- the page that the store made isn't trusted -------------------------------------------------------


@pytest.mark.settings(pandabase={"allowed_checkout_hosts": ["pandabase.io"]})
async def test_a_page_on_a_host_that_isnt_allowed_is_shown_nowhere(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    result = await shop.buy("grove-guard")

    answer = text_of(result.response)
    assert "a payment link this shop doesn't trust" in answer
    assert reference_in(answer) in caplog.text
    assert "'127.0.0.1'" in caplog.text
    assert "allowed_checkout_hosts" in caplog.text
    [page] = shop.pages
    assert page not in str(result.response.components)
    assert page not in caplog.text
    assert page not in str([shop.rows(f"SELECT * FROM {name}") for name in ("sales", "sessions")])
    await assert_nothing_sold(shop, result)


# --- the bot itself is in trouble ---------------------------------------------------------------------


@pytest.mark.sqlite
async def test_an_unexpected_failure_is_told_privately_with_a_reference_that_the_log_has(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.write("DROP TABLE sessions")

    result = await shop.buy("grove-guard")

    answer = text_of(result.response)
    assert result.response.ephemeral
    assert answer.startswith("⚠️ Something went wrong on our side. You haven't been charged; try again.")
    assert "sqlite" not in answer.lower()
    [record] = [record for record in caplog.records if reference_in(answer) in record.getMessage()]
    assert "no such table" in str(record.exc_info)
    assert shop.bodies == []


@pytest.mark.own_shop
@pytest.mark.sqlite
async def test_when_the_failure_comes_after_the_store_answered_nobody_is_left_waiting(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.write("CREATE TRIGGER broken BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'broken'); END")

    result = await shop.buy("grove-guard")

    answer = text_of(result.response)
    assert answer.startswith("⚠️ Something went wrong on our side")
    assert reference_in(answer) in caplog.text
    assert link_of(result.response) is None


async def test_a_link_that_has_ended_when_it_comes_leaves_nobody_waiting(shop: Shop) -> None:
    """The store's clock, or this machine's, is hours off."""
    shop.sandbox.store.clock = lambda: START - timedelta(hours=7)

    result = await shop.buy("grove-guard")
    await shop.pass_time(minutes=2)

    assert "You haven't been charged" in text_of(result.response)
    assert shop.dms(shop.alice) == []


@pytest.mark.own_shop
@pytest.mark.sqlite
async def test_a_click_that_fails_unexpectedly_is_answered_beside_the_message(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6)
    [message] = shop.dms(shop.alice)
    shop.write("DROP TABLE sales")

    result = await shop.alice.user.click(message, label="Get a new link")

    [answer] = result.followups
    assert answer.ephemeral
    assert reference_in(text_of(answer)) in caplog.text
    assert "Get a new link" in buttons_of(shop.dms(shop.alice)[0])
