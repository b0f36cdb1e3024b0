"""The fulfilment step that CONTRIBUTING.md adds runs in the real bot, as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.fulfilment.steps.base import FulfilmentStep
from bot.fulfilment.steps.registry import STEPS
from tests.harness.grove import Grove, running_grove
from tests.harness.instants import milliseconds
from tests.harness.shop import buttons_of, text_of

ROOT = Path(__file__).parents[3]


def contributed() -> type[FulfilmentStep]:
    """What a contributor would copy from the file."""
    [block] = [
        block
        for block in re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
        if "(FulfilmentStep)" in block
    ]
    module: dict[str, Any] = {"__name__": "welcome_post"}
    exec(compile(block, "CONTRIBUTING.md", "exec"), module)  # noqa: S102  # our own
    step: type[FulfilmentStep] = module["WelcomePost"]
    return step


@pytest.fixture
async def grove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    step = contributed()
    monkeypatch.setitem(STEPS, step.kind, step)
    async with running_grove(tmp_path) as grove:
        yield grove


def welcomes(grove: Grove) -> list[str]:
    said = map(text_of, grove.messages(grove.shop.channel))
    return [text for text in said if text.startswith(f"Welcome, <@{grove.shop.alice.id}>!")]


async def test_a_payment_earns_it_once_and_the_sales_log_shows_it(grove: Grove) -> None:
    await grove.keep_log()

    order = await grove.bought()

    assert len(welcomes(grove)) == 1
    assert "Welcome post: posted" in grove.logged()[0]

    await grove.at_the_store("refund", order)

    assert len(welcomes(grove)) == 1
    assert "Welcome post: nothing left to do" in grove.logged()[0]


async def test_an_attempt_whose_answer_got_lost_is_not_made_twice(grove: Grove) -> None:
    await grove.bought()
    grove.shop.write(
        "UPDATE jobs SET outcome = NULL, done_at = NULL, attempts = 1, "
        f"next_attempt_at = {milliseconds('2025-01-01 00:00:00')} WHERE kind = 'welcome_post'"
    )

    await grove.wake_queue()

    assert len(welcomes(grove)) == 1
    assert [row["outcome"] for row in grove.steps("welcome_post")] == ["posted"]


async def test_where_it_fails_staff_are_told_and_can_retry_it(grove: Grove) -> None:
    await grove.keep_log()
    channel = f"/channels/{grove.shop.channel.id}/messages"
    grove.shop.env.inject_error("POST", channel, status=403, code=50013, times=None)

    await grove.bought()

    sale, note = grove.logged()
    assert "Welcome post: **failed**" in sale
    assert f"<@{grove.shop.alice.id}> could not be welcomed for purchase" in note
    assert "Retry: Welcome post" in buttons_of(grove.messages(grove.log_channel)[0])
    assert welcomes(grove) == []

    grove.shop.open_dms()
    await grove.boss.click(grove.messages(grove.log_channel)[1], label="Retry")
    await grove.till.settled()

    assert len(welcomes(grove)) == 1
    assert "Welcome post: posted" in grove.logged()[0]
