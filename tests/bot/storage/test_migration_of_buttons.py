"""Buttons that named rows: what they name gets a reference, and what still matters is offered anew."""

import json
import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine

from bot.storage.migrations.upgrading import upgrade
from tests.harness.ids import discord_id
from tests.harness.revisions import steps

_DAY = "2026-01-02 00:00:00.000000"
_REFERENCE = re.compile(r"[a-z0-9]{10}")


def _insert(connection: Connection, table: str, **values: Any) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def _order(connection: Connection, row: int, money: str) -> None:
    text = {"order_id": f"ord_{row}", "order_number": "cs", "status": "", "payment_status": ""}
    rest = {"amount": 5, "discount": 0, "currency": "USD", "items": "[]", "custom_fields": "{}", "late": 0}
    times = dict.fromkeys(("changed_at", "created_at", "paid_at"), _DAY)
    flags = {"again": 1, "dispute_closed": 0}
    _insert(connection, "orders", id=row, sale_id=1, money=money, **text, **rest, **flags, **times)


def _delivery(connection: Connection, row: int, step: str, **values: Any) -> None:
    usual = {"id": row, "sale_id": 1, "target": str(row), "created_at": _DAY, "attempts": 6}
    _insert(connection, "deliveries", step=step, **{**usual, **values})


def _note(connection: Connection, row: int, custom_id: str) -> None:
    buttons = json.dumps([{"label": "Press", "custom_id": custom_id}])
    text = {"key": f"{row}", "text": "x", "buttons": buttons}
    _insert(
        connection, "staff_notes", id=row, guild_id=discord_id(1), created_at=_DAY, posted_at=_DAY, **text
    )


def _upgraded(file: Path) -> dict[str, list[dict[str, Any]]]:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        upgrade(connection, target=steps()[steps().index("0012") - 1])
        _order(connection, 1, "paid")
        _order(connection, 2, "refunded")
        _delivery(connection, 1, "receipt")
        _delivery(connection, 2, "receipt", done_at=_DAY, outcome="dm")
        _delivery(connection, 3, "log", target="", done_at=_DAY, outcome="updated")
        for row, custom_id in enumerate(("refund:1", "refund:2", "retry:1", "retry:2"), 1):
            _note(connection, row, f"bamboo:{custom_id}")

        upgrade(connection, target="0013")

        found = {
            table: [dict(row._mapping) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
            for table in ("orders", "deliveries", "staff_notes")
        }
    engine.dispose()
    return found


def test_every_order_and_what_was_given_up_has_a_reference_of_its_own(tmp_path: Path) -> None:
    found = _upgraded(tmp_path / "bamboo.db")

    references = [row["reference"] for row in found["orders"]] + [found["deliveries"][0]["reference"]]
    assert all(_REFERENCE.fullmatch(reference) for reference in references)
    assert len(set(references)) == 3
    assert [row["reference"] for row in found["deliveries"][1:]] == [None, None]


def test_notes_that_still_matter_are_posted_again_with_buttons_that_name_no_row(tmp_path: Path) -> None:
    found = _upgraded(tmp_path / "bamboo.db")

    order, delivery = found["orders"][0]["reference"], found["deliveries"][0]["reference"]
    buttons = [[each["custom_id"] for each in json.loads(row["buttons"])] for row in found["staff_notes"]]
    assert buttons == [[f"bamboo:refund:{order}"], [], [f"bamboo:retry:{delivery}"], []]
    due = [row["next_attempt_at"] is not None and row["posted_at"] is None for row in found["staff_notes"]]
    assert due == [True, False, True, False]


def test_the_sales_log_offers_its_retries_anew(tmp_path: Path) -> None:
    log = _upgraded(tmp_path / "bamboo.db")["deliveries"][2]

    assert (log["next_attempt_at"], log["done_at"], log["outcome"]) == (_DAY, None, None)
