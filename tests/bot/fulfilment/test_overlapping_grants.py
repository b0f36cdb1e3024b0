"""In whatever order things are bought, refunded or end: a role is held while a live grant holds it."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkout.states import MoneyState
from bot.jobs.models import LEASE, JobKind, Lane
from bot.jobs.repository import JobRepository
from bot.payments.models import PaymentEvent
from tests.harness.role_delivery import BUYER, ORIGIN, PRODUCTS, START, World, open_world
from tests.harness.saying import english

MONEY = {
    MoneyState.REFUNDED: PaymentEvent.REFUNDED,
    MoneyState.DISPUTED: PaymentEvent.DISPUTED,
    MoneyState.PAID: PaymentEvent.DISPUTE_WON,
    MoneyState.LOST: PaymentEvent.DISPUTE_LOST,
}
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.sampled_from(sorted(PRODUCTS))),
        st.tuples(st.just("money"), st.integers(0, 5), st.sampled_from(sorted(MONEY))),
        st.tuples(st.just("days"), st.floats(0.1, 6)),
        st.tuples(st.just("work"), st.booleans()),
    ),
    min_size=3,
    max_size=14,
)


@given(st.sets(st.sampled_from([1, 2])), happenings)
def test_a_role_is_held_if_and_only_if_a_live_grant_holds_it_or_it_was_there_before(
    before: set[int], steps: list[tuple[Any, ...]]
) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                world = await open_world(stack, folder)
                world.by_hand |= before
                world.discord.held |= before
                for what, *how in steps:
                    if what == "buy":
                        await world.buy(*how)
                    elif what == "money":
                        await world.become(how[0], how[1], MONEY[how[1]])
                    elif what == "days":
                        world.now += timedelta(days=how[0])
                    else:
                        await world.processes[int(how[0])].work()
                await world.processes[0].work()
                await world.check()

    asyncio.run(play())


@pytest.mark.postgres
async def test_two_processes_carry_out_each_step_once(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        for _ in range(10):
            await world.buy("for_ever")
            await world.buy("another_role")

        await asyncio.gather(*(process.work() for process in world.processes))

        assert world.discord.calls == {"give": 20}
        await world.check()


async def test_a_purchase_while_the_last_role_is_taken_leaves_it_given(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        await world.buy("for_ever")
        await world.processes[0].work()
        await world.become(0, MoneyState.REFUNDED, PaymentEvent.REFUNDED)

        async def buy_meanwhile() -> None:
            world.discord.pause = None
            await world.buy("ten_days")
            await world.processes[1].work()

        world.discord.pause = buy_meanwhile
        await world.processes[0].work()

        assert world.discord.held == {1}
        await world.check()


async def test_a_refund_while_the_role_is_given_leaves_it_taken(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        await world.buy("for_ever")

        async def refund_meanwhile() -> None:
            world.discord.pause = None
            await world.become(0, MoneyState.REFUNDED, PaymentEvent.REFUNDED)
            await world.processes[1].work()

        world.discord.pause = refund_meanwhile
        await world.processes[0].work()
        await world.processes[0].work()

        assert world.discord.held == set()
        await world.check()


async def test_a_step_is_tried_six_times_over_half_a_day_and_then_given_to_staff(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        world.discord.away = True
        await world.buy("for_ever")
        tried_at = []

        while (due := await _next_role_attempt(world)) is not None:
            world.now = max(world.now, due)
            before = world.discord.calls["give"]
            await world.processes[0].work()
            assert world.discord.calls["give"] == before + 1
            tried_at.append(world.now - START)

        minutes = [int(each.total_seconds() / 60) for each in tried_at]
        assert minutes == [0, 1, 6, 36, 156, 876]
        async with world.database.write() as tx:
            [note], _ = await JobRepository(tx).take_due(Lane.NOTES, world.now, lease=world.now, limit=5)
        assert f"We couldn't give <@{BUYER.id}> their role for purchase" in english(note.payload["text"])

        world.discord.away = False
        reference = note.payload["buttons"][0]["custom_id"][6:]
        await world.processes[1].retries.retry(ORIGIN.guild_id, reference, by=1)
        await world.processes[1].work()
        assert world.discord.held == {1}


@pytest.mark.postgres
async def test_what_a_killed_process_had_begun_another_finishes_after_its_lease(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        await world.buy("for_ever")
        async with world.database.write() as tx:
            leased, _ = await JobRepository(tx).take_due(
                Lane.PEOPLE, world.now, lease=world.now + LEASE, limit=10
            )
        assert JobKind.ROLE in {delivery.kind for delivery in leased}

        await world.processes[1].work()
        assert world.discord.held == set()

        world.now += LEASE
        await world.processes[1].work()
        assert world.discord.held == {1}


async def _next_role_attempt(world: World) -> datetime | None:
    async with world.database.read() as tx:
        steps = await JobRepository(tx).of_sale(world.orders[0].sale_id)
    [role] = [step for step in steps if step.kind == JobKind.ROLE]
    return role.next_attempt
