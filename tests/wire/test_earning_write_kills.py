"""SIGKILL in the middle of each write that follows a payment, or the end of one: none is ever half done."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.wire.earning import GIVEN_BACK, REFUNDED, THANKS, Benefits
from tests.wire.kills import Point, in_write

pytestmark = pytest.mark.asyncio(loop_scope="module")


def outcome_of(step: str) -> Point:
    return in_write("UPDATE OF outcome ON jobs", when=f"NEW.kind = '{step}' AND NEW.outcome IS NOT NULL")


# Transactions; what else one writes can't be kept without this. The outcomes of receipts and notices aren't
# here: the file is then as it is when the process dies before it hears Discord's answer.
OF_A_PAYMENT = [
    in_write("INSERT ON events"),
    in_write("INSERT ON grants"),
    in_write("UPDATE OF attempts ON jobs", when="NEW.kind = 'role'"),
    in_write("INSERT ON held_roles"),
    in_write("UPDATE OF given_at ON grants"),
    outcome_of("role"),
    in_write("INSERT ON sale_logs"),
    outcome_of("log"),
    in_write("DELETE ON messages"),
]
OF_A_REFUND = [
    in_write("DELETE ON held_roles"),
    in_write("INSERT ON jobs", when="NEW.kind = 'staff_note'"),
    in_write("UPDATE OF attempts ON jobs", when="NEW.kind = 'staff_note'"),
    in_write("UPDATE OF done_at ON jobs", when="NEW.kind = 'staff_note' AND NEW.done_at IS NOT NULL"),
]
STOPPED_IN = {"events", "grants", "held_roles", "jobs", "sale_logs", "messages"}
WITH_THE_GRANT = {"orders", "sales", "sessions"}
"""What the transaction writes besides in which a payment is applied."""


@pytest.mark.parametrize("point", OF_A_PAYMENT, ids=str)
async def test_killed_in_a_write_a_payment_earns_everything_once(benefits: Benefits, point: Point) -> None:
    buyer = await benefits.buyer()

    async with point.kills(benefits.shop):
        buyer.pay()
    await benefits.shop.recovered()

    buyer.assert_holds_it(told=[THANKS])


@pytest.mark.parametrize("point", OF_A_REFUND, ids=str)
async def test_killed_in_a_write_a_refund_takes_the_role_and_is_told_once(
    benefits: Benefits, point: Point
) -> None:
    buyer = await benefits.buyer()
    await buyer.paid()

    async with point.kills(benefits.shop):
        benefits.shop.sandbox.ledger.refund(buyer.order)
    await benefits.shop.recovered()

    buyer.assert_gave_it_back(told=[GIVEN_BACK, REFUNDED.told], noted=[REFUNDED.noted])


@pytest.mark.sqlite
async def test_there_is_no_other_table_on_the_way(benefits: Benefits) -> None:
    buyer = await benefits.buyer()
    with closing(sqlite3.connect(benefits.shop.database)) as connection, connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        connection.execute("CREATE TABLE test_written (name TEXT)")
        for (table,) in tables:
            for action in ("INSERT", "UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER test_{table}_{action} AFTER {action} ON {table} BEGIN "
                    f"INSERT INTO test_written VALUES ('{table}'); END"
                )

    await buyer.paid()
    benefits.shop.sandbox.ledger.refund(buyer.order)
    await benefits.shop.settled()

    written = benefits.shop.rows("SELECT DISTINCT name FROM test_written")
    assert {row["name"] for row in written} == STOPPED_IN | WITH_THE_GRANT
