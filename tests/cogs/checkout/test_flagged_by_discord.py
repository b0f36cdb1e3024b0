"""Discord doesn't let the bot send: that is the bot's trouble and its staff's to mend, not a member's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.harness.invoicing import click, draft, lines_in, sent, staff_member, told
from tests.harness.saying import english
from tests.harness.shop import Shop, buttons_of, link_of, text_of
from tests.harness.staff_notes import NOTES

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


FLAGGED: Final = 20026
WORDS: Final = "Your bot has been flagged by our anti-spam system"
BLAME: Final = ("privacy settings", "direct messages are closed", "are closed")


def refuse(shop: Shop, code: int = FLAGGED, *, path: str = "/channels/*/messages", **more: Any) -> None:
    more = {"method": "POST", "status": 403, "message": WORDS, "times": None, **more}
    shop.env.inject_error(more.pop("method"), path, code=code, **more)


def refuse_dms_of_alice(shop: Shop, **more: Any) -> None:
    """Hers alone: the staff's channels can be written to."""
    refuse(shop, path=f"/channels/{shop.env.backend.dm_channels[shop.alice.id]}/messages", **more)


def notes(shop: Shop) -> list[dict[str, Any]]:
    return shop.rows(f"SELECT guild_id, text FROM {NOTES} WHERE key LIKE 'hindered:%'")


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelname == "ERROR" and "direct messages" in record.getMessage()
    ]


@pytest.mark.own_shop
@pytest.mark.parametrize(("code", "what"), [(20026, "flagged"), (50001, "50001"), (50013, "50013")])
@pytest.mark.parametrize("path", ["/channels/*/messages", "/users/@me/channels"])
async def test_the_link_comes_as_the_private_answer_and_staff_hear_why(
    shop: Shop, caplog: pytest.LogCaptureFixture, code: int, what: str, path: str
) -> None:
    refuse(shop, code, path=path)

    answer = (await shop.buy("grove-guard")).response
    second = (await shop.buy("skyblock-map")).response

    assert [link_of(answer), link_of(second)] == shop.pages
    assert "couldn't send you a direct message" in text_of(answer)
    assert not any(blame in text_of(answer) for blame in BLAME)
    assert shop.rows("SELECT DISTINCT outcome FROM jobs WHERE lane = 'people'") == [{"outcome": "reply"}]
    [note] = notes(shop)
    assert note["guild_id"] == shop.guild.id
    assert what in english(note["text"])
    assert WORDS in english(note["text"])
    assert "https://dis.gd/contact" in english(note["text"])
    [line] = logged(caplog)
    assert WORDS in line


async def test_it_is_told_again_only_after_hours(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    refuse(shop)
    await shop.buy("grove-guard")
    await shop.restart()
    await shop.buy("skyblock-map")
    assert len(logged(caplog)) == 1
    await shop.pass_time(hours=6, minutes=1)

    await shop.buy("lobby-pack")

    assert len(logged(caplog)) == 2
    assert len(notes(shop)) == 1


@pytest.mark.parametrize(("status", "code"), [(403, 50278), (403, 50007), (400, 50007)])
async def test_what_is_the_members_own_is_told_to_nobody_else(shop: Shop, status: int, code: int) -> None:
    refuse(shop, code, path="/users/@me/channels", status=status, message="Cannot send messages to this user")

    answer = (await shop.buy("grove-guard")).response
    await shop.pass_time(minutes=10)

    assert "privacy settings" in text_of(answer)
    assert notes(shop) == []
    assert shop.rows("SELECT outcome, attempts FROM jobs WHERE lane = 'people'") == [
        {"outcome": "reply", "attempts": 1}
    ]


@pytest.mark.own_shop
async def test_a_receipt_waits_and_the_log_blames_nobody(grove: Grove) -> None:
    await grove.keep_log()
    session = await grove.till.link()
    refuse_dms_of_alice(grove.shop)

    await grove.till.pay_on_page(session)

    assert [step["outcome"] for step in grove.steps("receipt")] == ["undelivered"]
    assert len(notes(grove.shop)) == 1
    [note] = [text for text in grove.logged() if WORDS in text]
    assert "flagged" in note
    [sale] = [text for text in grove.logged() if "`TEST` Purchase " in text]
    assert "waiting in /purchases" in sale
    assert not any(blame in sale for blame in BLAME)
    listed = await grove.shop.alice.slash(grove.shop.channel, "purchases")
    assert "GroveGuard" in text_of(listed.response)


async def test_an_invoice_that_couldnt_be_sent_isnt_laid_to_its_payer(shop: Shop) -> None:
    bo = staff_member(shop, "bo")
    refuse(shop)

    await click(bo, await draft(shop, bo), "Send")

    shown = told(await bo.slash(shop.channel, "invoice show", number=1))
    assert "couldn't be delivered" in shown
    assert "Discord didn't let the bot" in shown
    assert not any(blame in shown for blame in BLAME)
    assert len(notes(shop)) == 1


async def test_nor_is_a_reminder(shop: Shop) -> None:
    bo = staff_member(shop, "bo")
    await sent(shop, bo, due="2d")
    refuse_dms_of_alice(shop)
    await shop.pass_time(hours=47)

    shown = told(await bo.slash(shop.channel, "invoice show", number=1))

    assert "got a reminder that couldn't be delivered" in shown
    assert "Discord didn't let the bot" in shown
    assert not any(blame in shown for blame in BLAME)


async def test_a_message_that_cant_be_edited_for_now_is_edited_later(shop: Shop) -> None:
    await shop.buy("grove-guard")
    refuse(shop, path="/channels/*/messages/*", method="PATCH")
    await shop.pass_time(hours=6, seconds=10)
    assert len(shop.rows("SELECT * FROM messages")) == 1
    shop.open_dms()

    await shop.pass_time(minutes=10)

    [message] = shop.dms(shop.alice)
    assert "expired" in text_of(message)


async def test_a_new_link_that_cant_be_put_into_its_message_comes_as_the_answer(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6, seconds=10)
    refuse(shop, path="/channels/*/messages/*", method="PATCH")
    refuse(shop)

    answer = (await shop.buy("grove-guard")).response

    assert link_of(answer) == shop.pages[-1]
    assert len(notes(shop)) == 1


@pytest.mark.own_shop
@pytest.mark.parametrize(("code", "said"), [(20026, "flagged"), (50013, "above the bot's highest role")])
async def test_a_role_that_discord_refuses_is_told_by_its_reason(grove: Grove, code: int, said: str) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()
    refuse(grove.shop, code, path="/guilds/*/members/*/roles/*", method="PUT")

    await grove.till.pay_on_page(session)

    [note] = grove.shop.rows(f"SELECT text FROM {NOTES} WHERE key LIKE 'delivery:%'")
    assert said in english(note["text"])
    assert (code == FLAGGED) == (WORDS in english(note["text"]))


@pytest.mark.own_shop
@pytest.mark.parametrize(
    ("code", "said"),
    [(20026, "flagged"), (50001, "View Channel"), (50013, "Send Messages and Read Message History")],
)
async def test_a_channel_that_refuses_says_what_to_do(
    grove: Grove, caplog: pytest.LogCaptureFixture, code: int, said: str
) -> None:
    await grove.keep_log()
    session = await grove.till.link()
    refuse(grove.shop, code, path=f"/channels/{grove.log_channel.id}/messages")

    await grove.till.pay_on_page(session)

    [step] = grove.steps("log")
    assert said in step["last_error"]
    assert said in caplog.text


@pytest.mark.parametrize(("code", "said"), [(20026, "flagged"), (50013, "The bot can't write in")])
async def test_a_public_notice_that_is_refused_says_why(shop: Shop, code: int, said: str) -> None:
    bo = staff_member(shop, "bo")
    shop.close_dms()
    result = await sent(shop, bo)
    shop.open_dms()
    refuse(shop, code)

    pressed = await click(bo, result, "Post a notice")

    assert said in told(pressed)


@pytest.mark.own_shop
@pytest.mark.parametrize("code", [20026, 50013])
async def test_what_staff_did_is_in_their_log_once_its_channel_can_be_written_to(
    shop: Shop, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    refuse(shop, code, path=f"/channels/{log.id}/messages")
    bo = staff_member(shop, "bo")
    await sent(shop, bo)
    await shop.pass_time(hours=15)
    assert lines_in(log) == []
    assert any(WORDS in record.getMessage() for record in caplog.records)

    shop.env.backend.faults.clear()
    await shop.pass_time(hours=12)

    assert [f"was sent by <@{bo.id}>" in text_of(line) for line in lines_in(log)] == [True]


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_a_line_that_could_not_be_changed_is_changed_later(shop: Shop) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    await sent(shop, staff_member(shop, "bo"))
    await shop.env.settle()
    [line] = lines_in(log)
    assert "Approve" in buttons_of(line)
    refuse(shop, method="PATCH", path=f"/channels/{log.id}/messages/*")
    await click(staff_member(shop, "cleo"), line, "Approve")
    await shop.pass_time(hours=15)
    assert "Approve" in buttons_of(lines_in(log)[0])

    shop.env.backend.faults.clear()
    await shop.pass_time(hours=12)

    assert "Approve" not in buttons_of(lines_in(log)[0])
