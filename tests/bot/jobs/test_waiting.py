"""What is noted of those who wait for an answer, and for how long."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.discord.interactions import TOKEN_LIFETIME
from bot.discord.left_waiting import LeftWaiting
from bot.jobs.waiting import WaitingAnswers
from tests.harness.left_waiting import NOW, TOKEN, killed, somebody


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.waiting"


@pytest.fixture
def notes(path: Path) -> Iterator[WaitingAnswers]:
    with WaitingAnswers.open(path) as notes:
        yield notes


def kept(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_the_longest_note_is_there_for_the_next_process(path: Path) -> None:
    killed(path, somebody(), somebody("another"))
    with WaitingAnswers.open(path) as notes:
        assert sorted(notes.left.values(), key=lambda each: each.reply.token) == [
            somebody(),
            somebody("another"),
        ]
        assert len(list(path.parent.iterdir())) == 1
        for note in notes.left:
            notes.forget(note)
        assert TOKEN.encode() not in kept(path)
    assert list(path.parent.iterdir()) == []


async def test_a_token_goes_when_it_has_run_out_though_its_command_still_runs(
    path: Path, notes: WaitingAnswers
) -> None:
    now = NOW
    nothing: Any = None
    look = LeftWaiting(notes, nothing, nothing, lambda: now).worker
    note = notes.note(somebody())
    look.start()
    await asyncio.sleep(0)
    assert TOKEN.encode() in kept(path)
    now += TOKEN_LIFETIME + timedelta(seconds=1)
    look.wake()
    await asyncio.sleep(0)
    await look.stop()
    assert TOKEN.encode() not in kept(path)
    notes.forget(note)


def test_what_cannot_be_noted_is_said(
    path: Path, notes: WaitingAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    note = notes.note(somebody(TOKEN * 10))
    assert "can't be noted" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN.encode() not in kept(path)
    notes.forget(note)


def test_who_is_answered_after_the_end_costs_no_other_file_anything(path: Path, tmp_path: Path) -> None:
    with WaitingAnswers.open(path) as notes:
        note = notes.note(somebody())
    other = tmp_path / "shop.db"
    other.write_bytes(b"rows")
    with other.open("r+b"):  # it has the number that the notes' file had
        notes.forget(note)
        notes.note(somebody())
    assert other.read_bytes() == b"rows"
