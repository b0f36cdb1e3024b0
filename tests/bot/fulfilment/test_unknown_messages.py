"""Messages that may have arrived or not: looked for, never sent twice, and at last told to staff."""

from contextlib import ExitStack
from typing import Any

import pytest

from tests.harness.grove import Grove
from tests.harness.instants import milliseconds
from tests.harness.network import broken_connection
from tests.harness.shop import buttons_of, text_of
from tests.harness.staff_notes import NOTES

pytestmark = pytest.mark.kept_shop


TRIED_AFTER = (0.02, 0.1, 0.6, 2.1, 12.1)
"""Hours: each lets one more of the six attempts fall due."""


def dm_of_alice(grove: Grove) -> str:
    return f"/channels/{grove.shop.env.backend.dm_channels[grove.shop.alice.id]}/messages"


async def until_it_is_given_up(grove: Grove) -> None:
    for hours in TRIED_AFTER:
        await grove.days(hours / 24)


def with_retry(grove: Grove) -> list[Any]:
    """The notes to staff that offer to try again, oldest first."""
    return [message for message in grove.messages(grove.log_channel) if "Retry" in buttons_of(message)]


async def paid_while_dms_fail(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()
    grove.shop.env.inject_error("POST", dm_of_alice(grove), status=503, times=None)
    await grove.till.pay_on_page(session)


async def test_while_discord_fails_the_log_says_that_nobody_knows_yet(grove: Grove) -> None:
    await paid_while_dms_fail(grove)

    assert "Receipt: checking whether it arrived" in grove.logged()[0]
    assert "closed" not in grove.logged()[0]


async def test_a_receipt_that_stays_unknown_is_given_to_staff_and_sent_by_their_retry(grove: Grove) -> None:
    await paid_while_dms_fail(grove)
    assert with_retry(grove) == []

    await until_it_is_given_up(grove)

    [note] = with_retry(grove)
    assert "a receipt for purchase" in text_of(note)
    assert "we don't know whether it arrived" in text_of(note)
    assert "Receipt: **failed**" in grove.logged()[0]
    [receipt] = grove.steps("receipt")
    assert (receipt["attempts"], receipt["outcome"], receipt["done_at"]) == (6, "undelivered", None)
    assert len(grove.told()) == 1

    grove.shop.open_dms()
    await grove.boss.click(note, label="Retry")
    await grove.till.settled()
    assert "Payment received. Thank you!" in grove.told()[0]
    assert "Receipt: sent" in grove.logged()[0]


async def test_a_retry_that_stays_unknown_too_ends_in_another_note(grove: Grove) -> None:
    await paid_while_dms_fail(grove)
    await until_it_is_given_up(grove)
    [first] = with_retry(grove)

    await grove.boss.click(first, label="Retry")
    await grove.till.settled()
    assert "Receipt: checking whether it arrived" in grove.logged()[0]
    await until_it_is_given_up(grove)

    assert len(with_retry(grove)) == 2
    grove.shop.open_dms()
    await grove.boss.click(with_retry(grove)[-1], label="Retry")
    await grove.till.settled()
    assert sum("Payment received. Thank you!" in text for text in grove.told()) == 1


async def test_a_retry_finds_the_receipt_that_had_arrived(grove: Grove) -> None:
    await grove.keep_log()
    session = await grove.till.link()
    path = dm_of_alice(grove)
    with ExitStack() as failing:
        failing.enter_context(broken_connection("POST", path, arrived=True))
        grove.shop.env.inject_error("GET", path, status=503, times=None)
        await grove.till.pay_on_page(session)
        await until_it_is_given_up(grove)
    assert len(grove.told()) == 2
    grove.shop.open_dms()

    await grove.boss.click(with_retry(grove)[-1], label="Retry")
    await grove.till.settled()

    [receipt] = grove.told()  # the link's message has given way to it
    assert "Payment received. Thank you!" in receipt
    assert grove.steps("receipt")[0]["outcome"] == "dm"


async def test_a_link_s_message_that_the_receipt_replaces_goes_without_being_edited_first(
    grove: Grove,
) -> None:
    session = await grove.till.link()
    grove.shop.env.inject_error("PATCH", f"{dm_of_alice(grove)}/*", status=503, times=None)

    await grove.till.pay_on_page(session)

    [receipt] = grove.told()
    assert "Payment received. Thank you!" in receipt


async def test_a_live_message_that_cant_be_taken_away_asks_for_no_more_money(grove: Grove) -> None:
    session = await grove.till.link()
    grove.shop.env.inject_error("DELETE", f"{dm_of_alice(grove)}/*", status=503, times=None)

    await grove.till.pay_on_page(session)

    assert all("payment link" not in text for text in grove.told())


async def test_a_live_message_that_cant_be_edited_is_told_to_staff(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()
    for method in ("PATCH", "DELETE"):
        grove.shop.env.inject_error(method, f"{dm_of_alice(grove)}/*", status=503, times=None)
    await grove.till.pay_on_page(session)

    await until_it_is_given_up(grove)

    [note] = with_retry(grove)
    assert "We couldn't update the direct message" in text_of(note)
    grove.shop.open_dms()
    await grove.boss.click(note, label="Retry")
    await grove.till.settled()
    assert ["Payment received. Thank you!" in text for text in grove.told()] == [True]


async def test_a_sales_log_message_whose_answer_was_lost_is_found_and_not_posted_again(grove: Grove) -> None:
    await grove.keep_log()
    session = await grove.till.link()
    path = f"/channels/{grove.log_channel.id}/messages"
    grove.shop.env.inject_error("GET", path, status=503, times=1)
    with broken_connection("POST", path, arrived=True):
        await grove.till.pay_on_page(session)

    await grove.days(0.01)

    [logged] = grove.messages(grove.log_channel)
    assert grove.shop.rows("SELECT message_id FROM sale_logs") == [{"message_id": logged.id}]


async def test_a_sales_log_message_is_found_below_many_newer_ones(grove: Grove) -> None:
    await grove.keep_log()
    await grove.bought()
    channel = grove.shop.app.bot.get_partial_messageable(grove.log_channel.id)
    with grove.shop.env.time_context():
        for number in range(120):
            await channel.send(f"talk {number}")
    # The process died after the send and before it was written down.
    grove.shop.write("DELETE FROM sale_logs")
    grove.shop.write(
        "UPDATE jobs SET outcome = NULL, done_at = NULL, attempts = 1, "
        f"next_attempt_at = {milliseconds('2025-01-01 00:00:00')} WHERE kind = 'log'"
    )

    await grove.wake_queue()

    assert sum("-# Purchase" in text for text in grove.logged()) == 1
    assert len(grove.shop.rows("SELECT * FROM sale_logs")) == 1


async def test_a_note_whose_answer_was_lost_is_found_and_not_posted_again(grove: Grove) -> None:
    await grove.keep_log()
    order = await grove.bought()
    path = f"/channels/{grove.log_channel.id}/messages"
    grove.shop.env.inject_error("GET", path, status=503, times=1)
    with broken_connection("POST", path, arrived=True):
        await grove.at_the_store("refund", order)
    assert grove.shop.rows(f"SELECT done_at FROM {NOTES}") == [{"done_at": None}]

    await grove.days(0.01)

    assert sum("was refunded" in text for text in grove.logged()) == 1
    [note] = grove.shop.rows(f"SELECT * FROM {NOTES}")
    assert note["done_at"] is not None
