from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from tests.wire.openapi import REQUESTS, SPECIFICATION_PATH, specification

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    assert "too long" in error


@pytest.mark.skipif(
    not SPECIFICATION_PATH.exists(), reason=f"Discord's OpenAPI file isn't in {SPECIFICATION_PATH.parent}"
)
def test_wherever_a_body_is_broken_the_quick_judge_says_what_jsonschema_says():
    judge = specification()
    route = ("paths", "/channels/{channel_id}/messages", "post", "requestBody")
    pointer = (*route, "content", "application/json", "schema")
    button = {"type": 2, "style": 1, "custom_id": "buy", "label": "Buy", "disabled": False}
    menu = {"type": 3, "custom_id": "m", "options": [{"label": "a", "value": "a"}], "max_values": 1}
    rows = [{"type": 1, "components": [one]} for one in (button, menu)]
    body = {
        "flags": 1 << 15,
        "tts": False,
        "components": [{"type": 17, "accent_color": 5, "components": [{"type": 10, "content": "hi"}, *rows]}],
        "allowed_mentions": {"parse": ["users"], "users": ["80351110224678912", "80351110224678913"]},
    }
    values: list[Any] = [None, True, 1, 1.0, 1.5, "", "x" * 5000, [], {}, ["a", "a"], {"type": 2}]
    each_in_turn = cycle(values)
    broken = [_with(body, place, next(each_in_turn)) for place in [*_places(body)][1:] * 3]
    verdicts = [judge.what_is_wrong(REQUESTS, one, *pointer) == [] for one in [body, *broken]]
    assert [judge.is_right(REQUESTS, one, *pointer) for one in [body, *broken]] == verdicts
    assert verdicts[0]
    assert 10 < sum(verdicts) < len(verdicts) / 2


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _places(inner, (*place, step))


def _with(value: Any, place: tuple[Any, ...], other: Any) -> Any:
    """A copy with something else at one place."""
    if not place:
        return other
    changed = value.copy()
    changed[place[0]] = _with(value[place[0]], place[1:], other)
    return changed
