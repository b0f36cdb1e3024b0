"""The process dies in the middle of a purchase: the next one goes on with it, and nobody pays twice."""

import json
from typing import Any

import pytest
import simcord

from tests.harness.database import on_a_server
from tests.harness.instants import milliseconds
from tests.harness.shop import Shop, link_of, text_of
from tests.harness.trouble import INTERRUPTED, dying_process, leases_run_out

pytestmark = [pytest.mark.postgres, pytest.mark.kept_shop]


async def started_again(shop: Shop) -> None:
    """A new process goes on with what the dead one left; on a server others might be at it."""
    await shop.restart()
    if on_a_server():
        await leases_run_out(shop)


def replies_ended(shop: Shop) -> None:
    """Nobody waits any more for an answer."""
    for job in shop.rows("SELECT id, reply FROM jobs WHERE reply IS NOT NULL"):
        reply = json.loads(job["reply"]) | {"until": "2025-12-31T23:59:00Z"}
        shop.write("UPDATE jobs SET reply = ? WHERE id = ?", json.dumps(reply), job["id"])


async def killed(shop: Shop, product: str = "grove-guard", **where: Any) -> simcord.InteractionResult:
    """A purchase during which the process was killed, and the start of the next one."""
    with dying_process(shop, **where):
        result = await shop.buy(product)
    assert text_of(result.response) == ""
    await started_again(shop)
    return result


async def test_a_session_that_was_being_made_is_made_again_and_its_link_brought(shop: Shop) -> None:
    result = await killed(shop)

    _unknown, made = shop.pages
    [message] = shop.dms(shop.alice)
    assert link_of(message) == made
    assert "as a direct message" in text_of(result.response)
    assert [row["url"] for row in shop.rows("SELECT url FROM sessions")] == [made]
    # The very same request: what was agreed to, and the same signed sale.
    assert shop.bodies[0] == shop.bodies[1]


async def test_with_closed_dms_the_one_who_still_waits_gets_the_link_as_the_answer(shop: Shop) -> None:
    shop.close_dms()
    result = await killed(shop)

    await leases_run_out(shop)

    assert link_of(result.response) == shop.pages[-1]


async def test_the_rescued_message_lives_like_any_other(shop: Shop) -> None:
    await killed(shop)
    await leases_run_out(shop)

    await shop.pass_time(hours=6)

    [message] = shop.dms(shop.alice)
    assert "Payment link expired" in text_of(message)


async def test_what_the_store_no_longer_sells_is_told_to_the_one_who_still_waits(shop: Shop) -> None:
    with dying_process(shop):
        result = await shop.buy("grove-guard")
    shop.sandbox.sell_out("grove-guard")
    await started_again(shop)

    assert INTERRUPTED in text_of(result.response)
    assert shop.dms(shop.alice) == []
    assert shop.rows("SELECT state FROM sessions") == [{"state": "failed"}]
    assert shop.rows("SELECT reply FROM jobs WHERE lane = 'people'") == [{"reply": None}]


async def test_what_kills_the_process_every_time_is_given_up(shop: Shop) -> None:
    with dying_process(shop):
        result = await shop.buy("grove-guard")
    for _ in range(2):
        # Each next process takes it over once, and dies of it.
        shop.write("UPDATE sessions SET attempts = attempts + 1")
    await shop.restart()

    await leases_run_out(shop)

    assert INTERRUPTED in text_of(result.response)
    assert len(shop.bodies) == 1


async def test_who_asked_a_quarter_of_an_hour_ago_has_given_up(shop: Shop) -> None:
    with dying_process(shop):
        await shop.buy("grove-guard")
    shop.write(f"UPDATE sessions SET created_at = {milliseconds('2025-12-31 23:44:00')}")
    replies_ended(shop)
    await shop.restart()

    await leases_run_out(shop)

    assert shop.dms(shop.alice) == []
    assert shop.rows("SELECT state FROM sessions") == [{"state": "failed"}]
    assert len(shop.bodies) == 1
    await shop.buy("grove-guard")
    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


@pytest.mark.parametrize("arrived", [True, False], ids=["sent", "not sent"])
async def test_a_message_that_was_being_sent_is_there_once(shop: Shop, *, arrived: bool) -> None:
    result = await killed(shop, at=("POST", "/channels/*/messages"), arrived=arrived)

    await leases_run_out(shop)

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages
    assert "as a direct message" in text_of(result.response)
    await shop.pass_time(hours=6)
    [message] = shop.dms(shop.alice)
    assert "expired" in text_of(message)


async def test_a_message_whose_channel_was_being_opened_is_sent(shop: Shop) -> None:
    await killed(shop, at=("POST", "/users/@me/channels"))

    await leases_run_out(shop)

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages


async def test_an_answer_that_was_being_given_is_given(shop: Shop) -> None:
    result = await killed(shop, at=("PATCH", "/webhooks/*/messages/*"), arrived=False)

    await leases_run_out(shop)

    assert len(shop.dms(shop.alice)) == 1
    assert "as a direct message" in text_of(result.response)


async def test_asking_again_after_the_crash_goes_on_with_the_same_sale(shop: Shop) -> None:
    with dying_process(shop):
        await shop.buy("grove-guard")
    shop.write(f"UPDATE sessions SET lease_until = {milliseconds('2025-12-31 23:59:59')}")

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]
    assert len(shop.rows("SELECT * FROM sales")) == 1
    assert len(shop.rows("SELECT * FROM sessions")) == 1


@pytest.mark.own_shop
async def test_who_waited_too_long_for_an_answer_gets_the_message_all_the_same(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with dying_process(shop, at=("POST", "/channels/*/messages"), arrived=False):
        result = await shop.buy("grove-guard")
    # Discord takes an interaction's token for a quarter of an hour.
    replies_ended(shop)
    await shop.restart()

    await leases_run_out(shop)

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages
    assert text_of(result.response) == ""
    assert shop.rows("SELECT outcome, next_attempt_at, reply FROM jobs WHERE lane = 'people'") == [
        {"outcome": "dm", "next_attempt_at": None, "reply": None}
    ]
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [text for text in errors if "NOTHING TELLS THIS BOT OF PAYMENTS" not in text] == []
