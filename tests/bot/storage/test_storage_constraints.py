"""What can't happen twice: the tables decide, however many ask at the same moment."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import asyncpg
import pytest

from bot.catalog.availability import Line
from bot.catalog.models import PricingModel, ProductType
from bot.checkout.claim_repository import ClaimRepository
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.repository import SaleRepository
from bot.storage.engine import open_database
from bot.storage.transaction import UnitOfWork
from bot.storage.values import columns
from tests.harness.database import address_of, put_database, run, transaction
from tests.harness.ids import discord_id
from tests.harness.instants import milliseconds
from tests.harness.patience import PATIENCE

pytestmark = pytest.mark.postgres
AT_ONCE = 16
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SALE: dict[str, Any] = {
    "kind": "purchase",
    "guild_id": discord_id(1),
    "channel_id": discord_id(2),
    "buyer_id": discord_id(3),
    "recipient_id": discord_id(3),
    "lines": "[]",
    "fingerprint": "the same things",
    "currency": "USD",
    "subtotal": 500,
    "status": "open",
    "created_at": milliseconds(NOW),
}


REFUSALS = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
Execute = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bamboo.db"
    asyncio.run(put_database(path))
    return path


def all_at_once(file: Path, attempt: Callable[[Execute, int], object]) -> int:
    """Have every thread try on a connection of its own; how many of them were let."""
    together = Barrier(AT_ONCE)

    def tries(number: int) -> bool:
        together.wait(timeout=PATIENCE)
        try:
            with transaction(file) as execute:
                attempt(execute, number)
        except REFUSALS:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(tries, range(AT_ONCE)))


def add(execute: Execute, table: str, row: Mapping[str, Any]) -> int:
    places = ", ".join("?" for _ in row)
    [added] = execute(f"INSERT INTO {table} ({columns(row)}) VALUES ({places}) RETURNING id", *row.values())
    return int(added["id"])


def add_sale(execute: Execute, reference: object, **values: Any) -> int:
    return add(execute, "sales", SALE | {"reference": str(reference)} | values)


def add_session(execute: Execute, sale: int, **values: Any) -> int:
    row = {"sale_id": sale, "state": "creating", "created_at": milliseconds(NOW), **values}
    return add(execute, "sessions", row)


def change_session(execute: Execute, session: int, **values: Any) -> None:
    changes = ", ".join(f"{name} = ?" for name in values)
    execute(f"UPDATE sessions SET {changes} WHERE id = ?", *values.values(), session)


def test_one_of_many_claims_on_the_same_things_is_let_in(file: Path) -> None:
    assert all_at_once(file, add_sale) == 1


@pytest.mark.parametrize("different", ["guild_id", "buyer_id"])
def test_claims_of_other_people_or_in_other_servers_are_let_in(file: Path, different: str) -> None:
    assert all_at_once(file, lambda each, number: add_sale(each, number, **{different: number})) == AT_ONCE


@pytest.mark.parametrize("status", ["paid", "expired", "failed", "withdrawn", "superseded"])
def test_sales_that_are_over_claim_nothing(file: Path, status: str) -> None:
    assert all_at_once(file, lambda each, number: add_sale(each, number, status=status)) == AT_ONCE
    assert all_at_once(file, lambda each, number: add_sale(each, f"new-{number}")) == 1


def test_one_of_many_sessions_of_a_sale_is_let_in(file: Path) -> None:
    with transaction(file) as execute:
        sale = add_sale(execute, "sale")
    assert all_at_once(file, lambda each, _number: add_session(each, sale)) == 1
    with transaction(file) as execute:
        execute("UPDATE sessions SET state = 'expired'")
    # The next one, once the first is no longer alive.
    assert all_at_once(file, lambda each, _number: add_session(each, sale)) == 1


def test_one_of_many_expired_sessions_of_a_sale_can_come_back_to_life(file: Path) -> None:
    with transaction(file) as execute:
        sale = add_sale(execute, "sale")
        keys = [add_session(execute, sale, state="expired") for _ in range(AT_ONCE)]

    def revive(execute: Execute, number: int) -> None:
        change_session(execute, keys[number], state="creating")

    assert all_at_once(file, revive) == 1


@pytest.mark.parametrize("missing", ["session_id", "url", "expires_at"])
def test_no_session_is_open_without_all_that_an_open_one_needs(file: Path, missing: str) -> None:
    complete: dict[str, Any] = {"session_id": "cs_1", "url": "https://pandabase.io/c/cs_1"}
    complete["expires_at"] = milliseconds(NOW)
    with transaction(file) as execute:
        session = add_session(execute, add_sale(execute, "sale"))

    def open_it(execute: Execute, number: int) -> None:
        # One of them knows everything; the rest lack something.
        values = complete if number == 0 else complete | {missing: None}
        change_session(execute, session, **values, state="open")

    assert all_at_once(file, open_it) == 1
    rows = run(file, "SELECT state, session_id, expires_at FROM sessions")
    assert [tuple(row.values()) for row in rows] == [("open", "cs_1", milliseconds(NOW))]


@pytest.mark.parametrize("known", [{"session_id": "cs_1"}, {"nonce": "n"}])
def test_one_session_of_the_store_belongs_to_one_row(file: Path, known: dict[str, str]) -> None:
    def add_known(execute: Execute, number: int) -> None:
        sale = add_sale(execute, number, buyer_id=number)
        add_session(execute, sale, **known)

    assert all_at_once(file, add_known) == 1
    assert len(run(file, "SELECT id FROM sales")) == 1  # what was refused left no sale either


def test_one_job_of_a_sale_is_done_once(file: Path) -> None:
    with transaction(file) as execute:
        sale = add_sale(execute, "sale")
    row = {"sale_id": sale, "lane": "people", "kind": "link", "key": "1", "priority": 0}
    row |= {"payload": "{}", "created_at": milliseconds(NOW)}
    assert all_at_once(file, lambda each, _number: add(each, "jobs", row)) == 1


@pytest.mark.parametrize("subtotal", [0, -1])
def test_no_sale_is_for_nothing(file: Path, subtotal: int) -> None:
    with pytest.raises(REFUSALS, match="subtotal_positive"), transaction(file) as execute:
        add_sale(execute, "sale", subtotal=subtotal)


async def test_two_processes_with_many_callers_each_make_one_sale(tmp_path: Path) -> None:
    """The way of the repositories: look whether there is a claim, and make it in the same transaction."""
    line = Line(
        product_id="prd_1",
        variant_id=None,
        title="Thing",
        unit_amount=500,
        quantity=1,
        currency="USD",
        product_type=ProductType.DIGITAL_DOWNLOAD,
        pricing_model=PricingModel.STANDARD,
    )
    buyer, origin, basket = (
        Buyer(discord_id(3), "alice", "Alice"),
        Origin(discord_id(1), "Grove", discord_id(2)),
        Basket((line,)),
    )

    async def claim(database: UnitOfWork) -> str:
        async with database.write() as tx:
            facts = await ClaimRepository(tx).facts(buyer, origin, basket, None, per_minute=99, now=NOW)
            if facts.present is not None:
                return (await SaleRepository(tx).by_id(facts.present)).reference
            sale, reference = await SaleRepository(tx).add(buyer, origin, basket, kind="purchase", now=NOW)
            await SaleRepository(tx).add_session(sale, {}, nonce="n", lease=NOW, now=NOW)
            return reference

    url = address_of(tmp_path / "bamboo.db")
    async with AsyncExitStack() as stack:
        processes = [UnitOfWork(await stack.enter_async_context(open_database(url))) for _ in range(2)]
        references = await asyncio.gather(*(claim(each) for each in processes for _ in range(AT_ONCE)))
    assert len(set(references)) == 1
