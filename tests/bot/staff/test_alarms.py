"""What ails the shop as a whole is told to staff, once a day, and not if it gets well by itself."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.storage import inspection
from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import Grove
from tests.harness.till import WEB

pytestmark = pytest.mark.kept_shop

TOKEN = {"api_token": DEMO_TOKEN.secret}


class Usage(NamedTuple):
    """What `shutil.disk_usage` gives."""

    free: int


def notes(grove: Grove) -> list[str]:
    return [text for text in grove.logged() if "-# Note" in text]


async def store_away(grove: Grove) -> None:
    grove.shop.sandbox.fail_next(refuse=True, times=100_000)


async def clock_off(grove: Grove) -> None:
    grove.shop.sandbox.set_clock_off_by(-600)


async def token_refused(grove: Grove) -> None:
    await grove.till.link()
    grove.take_token_back()


async def webhooks_lost(grove: Grove) -> None:
    grove.shop.sandbox.webhooks.held = True
    for name in ("carol", "dave", "erin"):
        await grove.shop.buy("grove-guard", grove.shop.member(name))
        session = list(grove.shop.sandbox.sessions.values())[-1]
        grove.shop.sandbox.store.pay(session.id)


async def webhook_waits(grove: Grove) -> None:
    """As if its worker hung: nobody is woken for a row that another program writes."""
    grove.shop.write(
        "INSERT INTO events (event_id, type, payload, received_at, due_at) VALUES ('e', 'x', '{}', 0, 0)"
    )


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        pytest.param(store_away, "The bot hasn't reached the store for over an hour.", id="store"),
        pytest.param(clock_off, "The bot's clock and the store's are 10 minutes apart", id="clock"),
        pytest.param(
            token_refused,
            "The store refuses the bot's API token",
            marks=pytest.mark.settings(pandabase=TOKEN),
            id="token",
        ),
        pytest.param(
            webhooks_lost,
            "The store's webhooks aren't reaching the bot",
            marks=pytest.mark.settings(pandabase=TOKEN, web=WEB),
            id="webhooks",
        ),
        pytest.param(webhook_waits, "have been waiting for over half an hour", id="queue"),
    ],
)
async def test_staff_are_told_once_of_what_stays_broken(
    grove: Grove, breaks: Callable[[Grove], Awaitable[None]], told: str
) -> None:
    await grove.keep_log()
    await grove.shop.pass_time(hours=1)
    assert notes(grove) == []

    await breaks(grove)
    await grove.shop.pass_time(hours=4)

    [note] = notes(grove)
    assert told in note


@pytest.mark.sqlite
async def test_little_room_is_told_again_the_next_day_and_no_more_once_there_is_some(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    await grove.keep_log()
    monkeypatch.setattr(inspection.shutil, "disk_usage", lambda _folder: Usage(123_000_000))
    await grove.shop.pass_time(hours=12)
    [note] = notes(grove)
    assert "Only 123 MB are left on the bot's disk." in note

    await grove.shop.restart()
    await grove.shop.pass_time(hours=10)
    assert len(notes(grove)) == 1, "nor by the next process"
    await grove.shop.pass_time(hours=4)
    assert len(notes(grove)) == 2

    monkeypatch.undo()
    assert shutil.disk_usage("/").free != 123_000_000
    await grove.shop.pass_time(hours=26)
    [*_, over] = notes(grove)
    assert len(notes(grove)) == 3
    assert "There's room on the bot's disk again. It lasted about 26 hours." in over, "over restarts, too"


async def test_that_it_is_over_is_told_once_by_the_next_process_too(grove: Grove) -> None:
    await grove.keep_log()
    await store_away(grove)
    await grove.shop.pass_time(hours=4)
    assert len(notes(grove)) == 1

    grove.shop.sandbox.stop_failing()
    await grove.shop.restart()
    await grove.shop.pass_time(hours=2)

    [_, over] = notes(grove)
    assert "The bot can reach the store again. It lasted about " in over
    assert " hours.\n" in over
    await grove.shop.pass_time(hours=4)
    assert len(notes(grove)) == 2


@pytest.mark.settings(pandabase=TOKEN)
async def test_a_token_that_nobody_used_since_is_not_said_to_work_again(grove: Grove) -> None:
    await grove.keep_log()
    await token_refused(grove)
    await grove.shop.pass_time(hours=3)
    assert len(notes(grove)) == 1

    await grove.shop.pass_time(hours=14)  # the link has expired, and no token is needed for anything

    assert [note for note in notes(grove) if "accepts the bot's API token again" in note] == []


async def test_trouble_that_is_over_before_anybody_could_read_of_it_is_not_told(grove: Grove) -> None:
    await clock_off(grove)
    await grove.shop.pass_time(hours=2)
    [waiting] = grove.shop.rows("SELECT done_at FROM jobs WHERE kind = 'staff_note'")
    assert waiting["done_at"] is None, "there is no channel for it"

    grove.shop.sandbox.set_clock_off_by(0)
    await grove.shop.pass_time(hours=1)
    await grove.keep_log()
    await grove.shop.pass_time(hours=1)

    assert notes(grove) == []
    assert grove.shop.rows("SELECT id FROM jobs WHERE kind = 'staff_note'") == []


async def test_a_store_that_was_away_for_an_hour_is_not_worth_a_note(grove: Grove) -> None:
    await grove.keep_log()
    await store_away(grove)
    await grove.shop.pass_time(hours=1)
    grove.shop.sandbox.stop_failing()
    await grove.shop.pass_time(hours=3)

    assert notes(grove) == []


@pytest.mark.own_shop
@pytest.mark.sqlite  # of a server no backups are made
async def test_backups_that_fail_are_told(grove: Grove, tmp_path: Path) -> None:
    await grove.keep_log()
    taken = tmp_path / "no folder"
    taken.write_text("a file where the backups were to go", encoding="utf-8")
    await grove.shop.restart(backup={"every_hours": 1, "folder": str(taken)})
    await grove.shop.pass_time(hours=2)
    assert notes(grove) == []

    await grove.shop.pass_time(hours=2)

    [note] = notes(grove)
    assert "The backup due <t:1767229200:f> wasn't made." in note
