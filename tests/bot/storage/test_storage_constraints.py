"""What can't happen twice: the tables decide, however many ask at the same moment."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.catalog.availability import Line
from bot.catalog.models import PricingModel, ProductType
from bot.checkout.claim_repository import ClaimRepository
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.repository import SaleRepository
from bot.storage.engine import open_database
from bot.storage.tables import jobs, sales, sessions
from bot.storage.transaction import UnitOfWork
from tests.harness.database import put_database
from tests.harness.files import address
from tests.harness.ids import discord_id
from tests.harness.patience import PATIENCE

AT_ONCE = 16
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SALE: dict[str, Any] = {
    "kind": "purchase",
    "guild_id": discord_id(1),
    "channel_id": discord_id(2),
    "buyer_id": discord_id(3),
    "recipient_id": discord_id(3),
    "lines": [],
    "fingerprint": "the same things",
    "currency": "USD",
    "subtotal": 500,
    "status": "open",
    "created_at": NOW,
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """As many connections as threads want, without a queue in front of them."""
    path = tmp_path / "bamboo.db"
    asyncio.run(put_database(path))
    engine = create_engine(f"sqlite:///{path}", pool_size=AT_ONCE, connect_args={"timeout": PATIENCE})
    yield engine
    engine.dispose()


def all_at_once(engine: Engine, attempt: Callable[[Connection, int], object]) -> int:
    """Have every thread try on a connection of its own; how many of them were let."""
    together = Barrier(AT_ONCE)

    def run(number: int) -> bool:
        with engine.connect() as connection:
            together.wait(timeout=PATIENCE)
            try:
                attempt(connection, number)
                connection.commit()
            except IntegrityError:
                return False
            return True

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(run, range(AT_ONCE)))


def add_sale(connection: Connection, reference: object, **values: Any) -> int:
    statement = insert(sales).values(SALE | {"reference": str(reference)} | values)
    key: int = connection.execute(statement.returning(sales.c.id)).scalar_one()
    return key


def add_session(connection: Connection, sale: int, **values: Any) -> int:
    row = {"sale_id": sale, "state": "creating", "created_at": NOW, **values}
    key: int = connection.execute(insert(sessions).values(row).returning(sessions.c.id)).scalar_one()
    return key


def test_one_of_many_claims_on_the_same_things_is_let_in(engine: Engine) -> None:
    assert all_at_once(engine, add_sale) == 1


@pytest.mark.parametrize("different", ["guild_id", "buyer_id"])
def test_claims_of_other_people_or_in_other_servers_are_let_in(engine: Engine, different: str) -> None:
    assert all_at_once(engine, lambda each, number: add_sale(each, number, **{different: number})) == AT_ONCE


@pytest.mark.parametrize("status", ["paid", "expired", "failed", "withdrawn", "superseded"])
def test_sales_that_are_over_claim_nothing(engine: Engine, status: str) -> None:
    assert all_at_once(engine, lambda each, number: add_sale(each, number, status=status)) == AT_ONCE
    assert all_at_once(engine, lambda each, number: add_sale(each, f"new-{number}")) == 1


def test_one_of_many_sessions_of_a_sale_is_let_in(engine: Engine) -> None:
    with engine.begin() as connection:
        sale = add_sale(connection, "sale")
    assert all_at_once(engine, lambda each, _number: add_session(each, sale)) == 1
    with engine.begin() as connection:
        connection.execute(update(sessions).values(state="expired"))
    # The next one, once the first is no longer alive.
    assert all_at_once(engine, lambda each, _number: add_session(each, sale)) == 1


def test_one_of_many_expired_sessions_of_a_sale_can_come_back_to_life(engine: Engine) -> None:
    with engine.begin() as connection:
        sale = add_sale(connection, "sale")
        keys = [add_session(connection, sale, state="expired") for _ in range(AT_ONCE)]

    def revive(connection: Connection, number: int) -> None:
        connection.execute(update(sessions).where(sessions.c.id == keys[number]).values(state="creating"))

    assert all_at_once(engine, revive) == 1


@pytest.mark.parametrize("missing", ["session_id", "url", "expires_at"])
def test_no_session_is_open_without_all_that_an_open_one_needs(engine: Engine, missing: str) -> None:
    complete: dict[str, Any] = {"session_id": "cs_1", "url": "https://pandabase.io/c/cs_1", "expires_at": NOW}
    with engine.begin() as connection:
        session = add_session(connection, add_sale(connection, "sale"))

    def open_it(connection: Connection, number: int) -> None:
        # One of them knows everything; the rest lack something.
        values = complete if number == 0 else complete | {missing: None}
        connection.execute(
            update(sessions).where(sessions.c.id == session).values(values | {"state": "open"})
        )

    assert all_at_once(engine, open_it) == 1
    with engine.connect() as connection:
        row = connection.execute(select(sessions)).one()
    assert (row.state, row.session_id, row.expires_at) == ("open", "cs_1", NOW)


@pytest.mark.parametrize("known", [{"session_id": "cs_1"}, {"nonce": "n"}])
def test_one_session_of_the_store_belongs_to_one_row(engine: Engine, known: dict[str, str]) -> None:
    def add_known(connection: Connection, number: int) -> None:
        sale = add_sale(connection, number, buyer_id=number)
        add_session(connection, sale, **known)

    assert all_at_once(engine, add_known) == 1
    with engine.connect() as connection:
        assert len(connection.execute(select(sales)).all()) == 1  # what was refused left no sale either


def test_one_job_of_a_sale_is_done_once(engine: Engine) -> None:
    with engine.begin() as connection:
        sale = add_sale(connection, "sale")
    row = {"sale_id": sale, "lane": "people", "kind": "link", "key": "1", "priority": 0}
    row |= {"payload": {}, "created_at": NOW}
    assert all_at_once(engine, lambda each, _number: each.execute(insert(jobs).values(row))) == 1


@pytest.mark.parametrize("subtotal", [0, -1])
def test_no_sale_is_for_nothing(engine: Engine, subtotal: int) -> None:
    with engine.begin() as connection, pytest.raises(IntegrityError, match="subtotal_positive"):
        add_sale(connection, "sale", subtotal=subtotal)


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
            look = await ClaimRepository(tx).look(buyer, origin, basket, None, per_minute=99, now=NOW)
            if look.present is not None:
                return (await SaleRepository(tx).by_id(look.present)).reference
            sale, reference = await SaleRepository(tx).add(buyer, origin, basket, kind="purchase", now=NOW)
            await SaleRepository(tx).add_session(sale, {}, nonce="n", lease=NOW, now=NOW)
            return reference

    url = address(tmp_path / "bamboo.db")
    async with AsyncExitStack() as stack:
        processes = [UnitOfWork(await stack.enter_async_context(open_database(url))) for _ in range(2)]
        references = await asyncio.gather(*(claim(each) for each in processes for _ in range(AT_ONCE)))
    assert len(set(references)) == 1
