from __future__ import annotations

import pytest

from tests.wire.openapi import SPECIFICATION_PATH, specification

pytestmark = pytest.mark.specification


@pytest.mark.parametrize("outcome", ["drop before acting", "drop after acting"])
async def test_a_cut_connection_says_nothing_about_what_happened(
    discord_server, small_bot, alice, channel, outcome
):
    discord_server.fail_next("POST", "/channels/*/messages", outcome)
    buy = await discord_server.slash(alice, channel, "buy", product="mug")
    assert (await buy.answered()).text == "failed ServerDisconnectedError"
    assert len(discord_server.dms(alice)) == (outcome == "drop after acting")


async def test_a_failing_status_reaches_the_bot(discord_server, small_bot, alice, channel):
    discord_server.fail_next("POST", "/channels/*/messages", 503)
    buy = await discord_server.slash(alice, channel, "buy", product="mug")
    assert (await buy.answered()).text == "failed DiscordServerError"


async def test_a_rate_limit_makes_discord_py_wait_and_try_again(discord_server, small_bot, alice, channel):
    discord_server.fail_next("POST", "/channels/*/messages", 429, retry_after=0.2)
    buy = await discord_server.slash(alice, channel, "buy", product="mug")
    assert (await buy.answered()).text == "sent"
    first, second = discord_server.requests_to("POST", "/channels/*/messages")
    assert second.at - first.at > 0.2


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_kill_at_a_hold_point_hits_the_exact_moment(
    discord_server, small_bot_process, alice, channel, moment
):
    hold = discord_server.hold("POST", "/channels/*/messages", moment)
    buy = await discord_server.slash(alice, channel, "buy", product="mug")
    await hold.arrived()
    await small_bot_process.kill()
    hold.release()
    await small_bot_process.start()
    assert len(discord_server.dms(alice)) == (moment == "after")
    assert buy.original.thinking


async def test_a_held_request_goes_on_after_release(discord_server, small_bot, alice, channel):
    hold = discord_server.hold("POST", "/channels/*/messages")
    buy = await discord_server.slash(alice, channel, "buy", product="mug")
    request = await hold.arrived()
    assert not request.acted
    hold.release()
    assert (await buy.answered()).text == "sent"


async def test_the_bot_breaks_no_rule_without_being_told_on(discord_server, small_bot, alice, channel):
    await (await discord_server.slash(alice, channel, "broken")).answered_with("refused 50035")
    assert len(discord_server.violations) == 1
    discord_server.violations.clear()


@pytest.mark.skipif(
    not SPECIFICATION_PATH.exists(), reason=f"Discord's OpenAPI file isn't in {SPECIFICATION_PATH.parent}"
)
def test_bodies_are_judged_by_discords_openapi_file():
    judge = specification()
    button = {"type": 2, "style": 1, "custom_id": "x" * 101}
    body = {
        "flags": 1 << 15,
        "components": [{"type": 17, "components": [{"type": 1, "components": [button]}]}],
    }
    [error] = judge.request_errors("POST", "/channels/{channel_id}/messages", body)
    assert "custom_id" in error
    assert "is longer than 100 characters" in error
