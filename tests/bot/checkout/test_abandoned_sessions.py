"""Whoever makes a link doesn't come to an end: a minute later it is taken over, by one, and shown once."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import DatabaseBusy, LinkBeingMade, Unavailable
from sandbox.server import Sandbox
from tests.bot.checkout.conftest import Rows
from tests.harness.clock import Clock
from tests.harness.counter import Counter, checkouts
from tests.harness.database import on_a_server
from tests.harness.interference import locked
from tests.harness.shop import until

pytestmark = pytest.mark.postgres


async def killed_while_buying(counter: Counter, sandbox: Sandbox) -> None:
    """The process dies when the store has its request."""
    sandbox.fail_next("POST", "*/checkouts", delay=0.5)
    asked = checkouts(sandbox)
    purchase = asyncio.create_task(counter.buy())
    await until(lambda: checkouts(sandbox) > asked)
    purchase.cancel()
    with suppress(asyncio.CancelledError):
        await purchase


async def test_a_session_in_the_making_is_left_to_its_maker_for_a_minute(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock, impatient: None
) -> None:
    await killed_while_buying(counter, sandbox)
    clock.pass_time(seconds=59)

    with pytest.raises(LinkBeingMade):
        await other.buy()
    assert await other.sales.resolve_abandoned() == clock.now + timedelta(seconds=1)
    assert checkouts(sandbox) == 1


async def test_after_that_whoever_asks_makes_it_by_the_same_request(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock, rows: Rows
) -> None:
    await killed_while_buying(counter, sandbox)
    clock.pass_time(seconds=60)

    link = await other.buy()

    assert link.job is not None
    first, second = sandbox.requests_to("POST", "/checkouts")
    assert first.body == second.body
    assert len(rows("SELECT * FROM sales")) == len(rows("SELECT * FROM sessions")) == 1


async def test_several_who_take_over_at_once_make_it_once(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock
) -> None:
    await killed_while_buying(counter, sandbox)
    clock.pass_time(seconds=60)
    sandbox.set_latency(0.05)

    await asyncio.gather(
        counter.sales.resolve_abandoned(), other.sales.resolve_abandoned(), counter.buy(), other.buy()
    )

    assert checkouts(sandbox) == 2


async def test_a_maker_that_was_believed_dead_shows_the_link_that_was_made_meanwhile(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock, rows: Rows
) -> None:
    sandbox.fail_next("POST", "*/checkouts", delay=0.8)
    slow = asyncio.create_task(counter.buy())
    await until(lambda: checkouts(sandbox) == 1)
    clock.pass_time(seconds=60)

    shown = await other.buy()
    late = await slow

    assert late.sale.link == shown.sale.link
    assert late.job is None
    assert [row["url"] for row in rows("SELECT url FROM sessions")] == [shown.sale.link]


async def test_a_maker_that_was_believed_dead_and_fails_spoils_nothing(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock, rows: Rows
) -> None:
    sandbox.fail_next("POST", "*/checkouts", delay=0.3, status=503)
    slow = asyncio.create_task(counter.buy())
    await until(lambda: checkouts(sandbox) == 1)
    clock.pass_time(seconds=60)
    sandbox.fail_next("POST", "*/checkouts", delay=1.0)

    shown = await other.buy()

    with pytest.raises(Unavailable):
        await slow
    assert shown.job is not None
    assert [row["state"] for row in rows("SELECT state FROM sessions")] == ["open"]


async def test_what_was_agreed_to_is_what_is_asked_for_again_whatever_it_costs_now(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock, rows: Rows
) -> None:
    await killed_while_buying(counter, sandbox)
    sandbox.set_price("grove-guard", 9999)
    clock.pass_time(seconds=60)

    await other.sales.resolve_abandoned()

    # The guard is the old price: better no link than one at a price that nobody saw.
    assert rows("SELECT state FROM sessions") == [{"state": "failed"}]


async def test_two_attempts_are_made_and_no_third(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock, rows: Rows
) -> None:
    await killed_while_buying(counter, sandbox)
    clock.pass_time(seconds=60)
    sandbox.fail_next("POST", "*/checkouts", delay=0.5)
    rescue = asyncio.create_task(other.sales.resolve_abandoned())
    await until(lambda: checkouts(sandbox) == 2)
    rescue.cancel()
    with suppress(asyncio.CancelledError):
        await rescue
    clock.pass_time(seconds=60)

    await counter.sales.resolve_abandoned()

    assert checkouts(sandbox) == 2
    assert rows("SELECT state FROM sessions") == [{"state": "failed"}]


@pytest.mark.parametrize(("minutes", "asked"), [(15, 2), (15.1, 1)])
async def test_it_is_given_up_after_a_quarter_of_an_hour(
    counter: Counter, sandbox: Sandbox, clock: Clock, rows: Rows, *, minutes: float, asked: int
) -> None:
    await killed_while_buying(counter, sandbox)
    clock.pass_time(minutes=minutes)

    await counter.sales.resolve_abandoned()

    assert checkouts(sandbox) == asked
    assert rows("SELECT state FROM sessions") == [{"state": "open" if asked == 2 else "failed"}]
    # Either way somebody has to be told.
    assert len(rows("SELECT * FROM jobs WHERE lane = 'people' AND next_attempt_at IS NOT NULL")) == 1


async def test_who_waits_while_the_database_is_locked_hears_that_the_link_will_still_come(
    counter: Counter, sandbox: Sandbox, file: Path
) -> None:
    if not on_a_server():  # there it is five seconds
        async with counter.database.write() as tx:
            await tx.execute("PRAGMA busy_timeout = 50")
    sandbox.fail_next("POST", "*/checkouts", delay=0.5)
    purchase = asyncio.create_task(counter.buy())
    await until(lambda: checkouts(sandbox) > 0)

    with locked(file), pytest.raises(DatabaseBusy) as told:
        await purchase

    assert str(told.value.sentence) == (
        f"{DatabaseBusy.sentence!s} A payment link that was being made will still come."
    )
