"""Who asks for the same thing at once gets one link: in one process and in several on one file."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.checkout.claim_repository import ClaimRepository
from bot.checkout.claims import ClaimFacts, Limits
from bot.checkout.service import Link
from bot.errors import LinkBeingMade, LinkNotMade, TooManyPurchases, Unavailable
from sandbox.server import Sandbox
from tests.bot.checkout.conftest import Rows
from tests.harness.clock import Clock
from tests.harness.counter import ALICE, BOB, SHOP, Counter, checkouts, open_counter
from tests.harness.ids import discord_id
from tests.harness.saying import kind_of
from tests.harness.shop import until

pytestmark = pytest.mark.postgres
PRODUCTS = ("grove-guard", "skyblock-map", "lobby-pack", "castle-schematic", "custom-build", "emote-pack")


def links_of(links: list[Link]) -> set[str | None]:
    return {link.sale.link for link in links}


# --- at once ------------------------------------------------------------------------------------------


async def test_twenty_at_once_ask_the_store_once_and_get_one_link(
    counter: Counter, sandbox: Sandbox, rows: Rows
) -> None:
    sandbox.set_latency(0.05)

    links = await asyncio.gather(*(counter.buy() for _ in range(20)))

    assert checkouts(sandbox) == 1
    assert len(links_of(links)) == 1
    # One of them brings the link; the others know that it is on its way.
    assert [link.job is not None for link in links].count(True) == 1
    assert rows("SELECT state, status FROM sessions JOIN sales ON sales.id = sale_id") == [
        {"state": "open", "status": "open"}
    ]


async def test_two_processes_at_once_ask_the_store_once(
    counter: Counter, other: Counter, sandbox: Sandbox, rows: Rows
) -> None:
    sandbox.set_latency(0.05)

    links = await asyncio.gather(*(each.buy() for each in [counter, other] * 10))

    assert checkouts(sandbox) == 1
    assert len(links_of(links)) == 1
    assert len(rows("SELECT * FROM sessions")) == 1


async def test_the_button_clicked_at_once_in_two_processes_makes_one_new_link(
    counter: Counter, other: Counter, sandbox: Sandbox, clock: Clock, rows: Rows
) -> None:
    reference = (await counter.buy()).sale.reference
    clock.pass_time(hours=6)
    sandbox.set_latency(0.05)

    links = await asyncio.gather(*(each.again(reference) for each in [counter, other] * 5))

    assert checkouts(sandbox) == 2
    assert len(links_of(links)) == 1
    assert [row["state"] for row in rows("SELECT state FROM sessions ORDER BY id")] == ["expired", "open"]
    assert len(rows("SELECT * FROM sales")) == 1


async def test_the_button_and_the_command_at_once_make_one_new_link(
    counter: Counter, sandbox: Sandbox, clock: Clock, rows: Rows
) -> None:
    reference = (await counter.buy()).sale.reference
    clock.pass_time(hours=6)
    sandbox.set_latency(0.05)

    links = await asyncio.gather(counter.again(reference), counter.buy(), counter.again(reference))

    assert checkouts(sandbox) == 2
    assert len(links_of(links)) == 1
    assert len(rows("SELECT * FROM sessions WHERE state = 'open'")) == 1


async def test_different_people_and_different_things_dont_wait_for_each_other(
    counter: Counter, sandbox: Sandbox
) -> None:
    links = await asyncio.gather(
        counter.buy(),
        counter.buy(buyer=BOB),
        counter.buy(quantity=2),
        counter.buy(coupon="WELCOME10"),
        counter.buy("arena-license", variant="Personal"),
        counter.buy("arena-license", variant="Network"),
    )

    assert len(links_of(links)) == 6
    assert checkouts(sandbox) == 6


async def test_the_order_of_lines_makes_no_other_basket(counter: Counter) -> None:
    one, two = (await counter.basket("grove-guard")).lines, (await counter.basket("lobby-pack")).lines
    basket = type(await counter.basket("grove-guard"))

    assert basket(one + two).fingerprint == basket(two + one).fingerprint
    assert basket(one + two).fingerprint != basket(one).fingerprint


async def test_when_the_one_who_asked_the_store_fails_the_others_hear_of_it_and_may_try_again(
    counter: Counter, sandbox: Sandbox, attentive: None, rows: Rows
) -> None:
    sandbox.fail_next("POST", "*/checkouts", status=503, delay=0.03)

    ends = await asyncio.gather(*(counter.buy() for _ in range(5)), return_exceptions=True)

    assert {type(end) for end in ends} == {Unavailable, LinkNotMade}
    assert [row["state"] for row in rows("SELECT state FROM sessions")] == ["failed"]
    assert (await counter.buy()).sale.link is not None


async def test_who_waits_too_long_for_anothers_link_is_told_that_it_is_being_made(
    counter: Counter, sandbox: Sandbox, impatient: None
) -> None:
    sandbox.fail_next("POST", "*/checkouts", delay=1.5)
    first = asyncio.create_task(counter.buy())
    await until(lambda: checkouts(sandbox) == 1)

    with pytest.raises(LinkBeingMade, match="find it in /purchases"):
        await counter.buy()

    assert (await first).job is not None


# --- limits -------------------------------------------------------------------------------------------


async def test_as_many_links_at_once_as_one_may_have_and_not_one_more(
    file: Path, sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.set_latency(0.02)
    limits = Limits(open_links=3, per_minute=100)
    async with (
        open_counter(file, sandbox, clock, limits=limits) as one,
        open_counter(file, sandbox, clock, limits=limits) as two,
    ):
        ends = await asyncio.gather(
            *(each.buy(product) for product in PRODUCTS for each in (one, two)), return_exceptions=True
        )

    assert checkouts(sandbox) == 3
    assert len(links_of([end for end in ends if isinstance(end, Link)])) == 3
    assert {kind_of(end) for end in ends if not isinstance(end, Link)} == {"too_many_links"}


async def test_as_many_purchases_a_minute_as_allowed_and_not_one_more(
    file: Path, sandbox: Sandbox, clock: Clock
) -> None:
    limits = Limits(open_links=100, per_minute=2)
    async with open_counter(file, sandbox, clock, limits=limits) as counter:
        ends = await asyncio.gather(*map(counter.buy, PRODUCTS), return_exceptions=True)

    assert checkouts(sandbox) == 2
    assert sum(isinstance(end, TooManyPurchases) for end in ends) == len(PRODUCTS) - 2


async def test_a_claim_of_a_server_is_no_claim_in_another(counter: Counter, sandbox: Sandbox) -> None:
    elsewhere = type(SHOP)(guild_id=discord_id(22), guild_name="Elsewhere", channel_id=discord_id(32))
    here = await counter.buy()

    there = await counter.sales.open(ALICE, elsewhere, await counter.basket("grove-guard"))

    assert here.sale.link != there.sale.link
    assert checkouts(sandbox) == 2


async def test_a_claim_that_another_process_writes_between_read_and_write_is_shared(
    counter: Counter, other: Counter, sandbox: Sandbox, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers take turns; if one day they don't, the constraint still decides."""
    first = await other.buy()
    read, seen = ClaimRepository.facts, []

    async def reads_too_early(*args: Any, **options: Any) -> ClaimFacts:
        found = await read(*args, **options)
        seen.append(found.present)
        return found if len(seen) > 1 else replace(found, present=None)

    monkeypatch.setattr(ClaimRepository, "facts", reads_too_early)
    link = await counter.buy()

    assert link.sale.id == first.sale.id
    assert seen == [first.sale.id, first.sale.id]
    assert checkouts(sandbox) == 1
    assert len(rows("SELECT * FROM sales")) == len(rows("SELECT * FROM sessions")) == 1
