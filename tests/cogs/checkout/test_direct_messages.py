"""Direct messages are best effort: closed, blocked, deleted, or nobody knows whether they arrived."""

import pytest

from tests.harness.network import broken_connection
from tests.harness.shop import Shop, buttons_of, link_of, text_of

pytestmark = pytest.mark.kept_shop


SEND = ("POST", "/channels/*/messages")
LOOK = ("GET", "/channels/*/messages")
EDIT = ("PATCH", "/channels/*/messages/*")
OPEN_CHANNEL = ("POST", "/users/@me/channels")
ANSWER = ("PATCH", "/webhooks/*/messages/*")


def sends(shop: Shop) -> int:
    """How often the bot tried to send a message to a channel."""
    return sum(
        request.method == "POST" and request.path.startswith("/channels/")
        for request in shop.env.http_requests
    )


# --- closed -------------------------------------------------------------------------------------------


async def test_with_closed_dms_the_private_answer_carries_the_link_and_says_why(shop: Shop) -> None:
    shop.close_dms()

    result = await shop.buy("grove-guard")

    answer = result.response
    assert answer.ephemeral
    assert [link_of(answer)] == shop.pages
    assert "**GroveGuard**: $24.99" in text_of(answer)
    assert "couldn't send you a direct message" in text_of(answer)
    assert "privacy settings" in text_of(answer)
    assert shop.public_messages() == []
    assert shop.rows("SELECT outcome, reply FROM jobs WHERE lane = 'people'") == [
        {"outcome": "reply", "reply": None}
    ]
    assert shop.rows("SELECT * FROM messages") == []


@pytest.mark.own_shop
async def test_closed_dms_are_not_tried_again(shop: Shop) -> None:
    shop.close_dms()
    await shop.buy("grove-guard")

    await shop.pass_time(hours=2)

    assert sends(shop) == 1


@pytest.mark.own_shop
async def test_who_lost_the_private_answer_gets_the_same_link_by_asking_again(shop: Shop) -> None:
    shop.close_dms()
    await shop.buy("grove-guard")

    result = await shop.buy("grove-guard")

    assert [link_of(result.response)] == shop.pages
    assert sends(shop) == 1


async def test_once_dms_are_open_the_next_link_comes_there(shop: Shop) -> None:
    shop.close_dms()
    await shop.buy("grove-guard")
    shop.open_dms()

    result = await shop.buy("skyblock-map")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]
    assert "as a direct message" in text_of(result.response)


# --- nobody knows whether it arrived -------------------------------------------------------------------


@pytest.mark.own_shop
async def test_a_message_whose_receipt_was_lost_is_found_and_not_sent_again(shop: Shop) -> None:
    with broken_connection(*SEND, arrived=True):
        result = await shop.buy("grove-guard")

    await shop.pass_time(minutes=5)
    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages
    assert sends(shop) == 1
    assert "as a direct message" in text_of(result.response)
    assert buttons_of(result.response)["Open the message"]["url"].endswith(f"/{message.id}")


async def test_a_message_that_did_not_arrive_is_answered_privately_and_sent_a_minute_later(
    shop: Shop,
) -> None:
    shop.env.inject_error(*SEND, status=503)

    result = await shop.buy("grove-guard")

    assert [link_of(result.response)] == shop.pages
    assert shop.dms(shop.alice) == []
    await shop.pass_time(minutes=1)
    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages


@pytest.mark.own_shop
async def test_what_can_be_neither_sent_nor_looked_for_is_looked_for_before_it_is_repeated(
    shop: Shop,
) -> None:
    shop.env.inject_error(*LOOK, status=503)
    with broken_connection(*SEND, arrived=True):
        result = await shop.buy("grove-guard")
    assert [link_of(result.response)] == shop.pages

    await shop.pass_time(minutes=1)

    [message] = shop.dms(shop.alice)
    assert sends(shop) == 1
    # It was found: from here on it lives.
    await shop.pass_time(hours=6)
    assert "expired" in text_of(shop.dms(shop.alice)[0])
    assert message.id == shop.dms(shop.alice)[0].id


async def test_another_purchases_message_is_not_taken_for_this_one(shop: Shop) -> None:
    await shop.buy("skyblock-map")
    with broken_connection(*SEND, arrived=False):
        await shop.buy("grove-guard")

    await shop.pass_time(minutes=1)

    assert [link_of(message) for message in shop.dms(shop.alice)] == shop.pages


async def test_a_channel_that_cant_be_opened_right_now_is_opened_later(shop: Shop) -> None:
    shop.env.inject_error(*OPEN_CHANNEL, status=503)
    result = await shop.buy("grove-guard")
    assert [link_of(result.response)] == shop.pages

    await shop.pass_time(minutes=1)

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages


async def test_no_dead_link_is_brought_once_discord_is_back_after_hours(shop: Shop) -> None:
    shop.env.inject_error(*SEND, status=503, times=None)
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    shop.open_dms()
    attempts = sends(shop)

    await shop.pass_time(hours=13)

    assert sends(shop) == attempts
    assert shop.dms(shop.alice) == []
    assert shop.rows("SELECT * FROM jobs WHERE lane = 'people' AND next_attempt_at IS NOT NULL") == []


@pytest.mark.own_shop
async def test_while_discord_takes_no_dms_the_attempts_become_fewer_and_end(shop: Shop) -> None:
    shop.env.inject_error(*SEND, status=503, times=None)
    await shop.buy("grove-guard")

    # At once, after 1 minute, 5 more, 30 more, 2 more hours; 12 more hours are past the link's end.
    await shop.pass_time(hours=5)

    assert sends(shop) == 5


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "did not arrive"])
async def test_a_private_answer_whose_receipt_is_lost_is_given_again(shop: Shop, *, arrived: bool) -> None:
    with broken_connection(*ANSWER, arrived=arrived):
        result = await shop.buy("grove-guard")

    assert "as a direct message" in text_of(result.response)
    assert len(shop.dms(shop.alice)) == 1


@pytest.mark.own_shop
async def test_a_private_answer_that_discord_fails_to_take_follows_a_minute_later(shop: Shop) -> None:
    shop.env.inject_error(*ANSWER, status=503)
    result = await shop.buy("grove-guard")
    assert text_of(result.response) == ""

    await shop.pass_time(minutes=1)

    assert "as a direct message" in text_of(result.response)
    assert len(shop.dms(shop.alice)) == 1


# --- later on -----------------------------------------------------------------------------------------


async def test_a_message_that_is_gone_is_not_kept_up_to_date(shop: Shop) -> None:
    await shop.buy("grove-guard")
    [message] = shop.dms(shop.alice)
    shop.env.backend.delete_message(message.channel_id, message.id)

    await shop.pass_time(hours=6)

    assert shop.rows("SELECT * FROM messages") == []
    assert shop.rows("SELECT status FROM sales") == [{"status": "expired"}]
    assert shop.rows("SELECT * FROM jobs WHERE lane = 'people' AND next_attempt_at IS NOT NULL") == []
    assert shop.dms(shop.alice) == []


async def test_who_blocked_the_bot_after_buying_is_left_alone(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.buy("grove-guard")
    shop.env.inject_error(*EDIT, status=403, code=50007, times=None)
    edits = len(shop.env.http_requests)

    await shop.pass_time(hours=8)

    assert shop.rows("SELECT status FROM sales") == [{"status": "expired"}]
    assert len(shop.env.http_requests) - edits == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_who_blocked_the_bot_gets_the_new_link_in_the_message_that_they_clicked(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6)
    [message] = shop.dms(shop.alice)
    shop.env.inject_error(*EDIT, status=403, code=50007, times=None)
    shop.close_dms()

    await shop.alice.user.click(message, label="Get a new link")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


async def test_an_edit_that_discord_fails_to_take_is_made_a_minute_later(shop: Shop) -> None:
    await shop.buy("grove-guard")
    shop.env.inject_error(*EDIT, status=503)
    await shop.pass_time(hours=6)
    [message] = shop.dms(shop.alice)
    assert "expired" not in text_of(message)

    await shop.pass_time(minutes=1)

    [message] = shop.dms(shop.alice)
    assert "Payment link expired" in text_of(message)
    assert link_of(message) is None


# --- nothing in public --------------------------------------------------------------------------------


@pytest.mark.parametrize("dms", ["open", "closed"])
async def test_the_channel_shows_nobody_that_somebody_buys(shop: Shop, dms: str) -> None:
    if dms == "closed":
        shop.close_dms()
    bob = shop.member("bob")

    await shop.buy("grove-guard")
    await shop.buy("beta-key")
    await shop.buy("grove-guard", coupon="EXPIRED")

    assert shop.public_messages() == []
    assert shop.channel.history(viewer=bob) == []
