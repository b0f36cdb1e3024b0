"""Three queues become one: what is due, leased, done or given up stays so."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from bot.storage.migrations.upgrading import upgrade
from tests.harness.ids import discord_id

_DAY = "2026-01-02 00:00:00.000000"
_DUE = "2026-01-02 00:05:00.000000"
_LEASED = "2026-01-02 00:01:00.000000"
_SERVER = discord_id(1)
_MESSAGE = discord_id(2)
_REPLY = json.dumps({"application_id": 1, "token": "t", "message_id": 2, "until": "2026-01-02T00:15:00Z"})
_WAITS = {"reply": _REPLY, "reply_until": _DUE}
_NOTE = {"guild_id": _SERVER, "text": "x", "buttons": [{"label": "Retry", "custom_id": "bamboo:retry:a"}]}


def _insert(connection: Connection, table: str, **values: Any) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def _delivery(connection: Connection, row: int, step: str, target: str, **values: Any) -> None:
    usual = {"id": row, "sale_id": 7, "step": step, "target": target, "created_at": _DAY, "attempts": 0}
    _insert(connection, "deliveries", **{**usual, **values})


def _note(connection: Connection, row: int, **values: Any) -> None:
    usual = {
        "id": row,
        "guild_id": _SERVER,
        "key": f"held:{row}",
        "text": "x",
        "created_at": _DAY,
        "attempts": 0,
    }
    _insert(connection, "staff_notes", buttons=json.dumps(_NOTE["buttons"]), **{**usual, **values})


def _line(connection: Connection, row: int, **values: Any) -> None:
    entry = {"id": row, "guild_id": _SERVER, "at": _DAY, "action": "sent", "details": "{}"}
    _insert(connection, "audit", **entry)
    _insert(connection, "staff_lines", audit_id=row, **{"attempts": 0, **values})


def _fill(connection: Connection) -> None:
    """One of each kind, as it can stand."""
    _delivery(
        connection, 11, "link", "3", attempts=1, next_attempt_at=_LEASED, reply=_REPLY, reply_until=_DUE
    )
    _delivery(connection, 12, "message", "", next_attempt_at=_DUE)
    _delivery(connection, 13, "log", "", done_at=_DAY, outcome="updated")
    _delivery(connection, 14, "role", "5", attempts=6, last_error="E", reference="abcdefghij")
    _delivery(connection, 15, "role", "6", next_attempt_at=_DUE, bulk=1)
    _delivery(connection, 16, "reminder", "before", done_at=_DAY, outcome="undelivered")
    _delivery(connection, 17, "issuer", "paid", next_attempt_at=_DUE)
    _delivery(connection, 18, "keys", "4", outcome="ready")
    _note(connection, 1, attempts=1, posted_at=_DAY)
    _note(connection, 2, attempts=1, next_attempt_at=_LEASED)
    _note(connection, 3, next_attempt_at=_DUE)
    _note(connection, 4, attempts=2)
    _line(connection, 1, attempts=1, message_id=_MESSAGE)
    _line(connection, 2, attempts=1, next_attempt_at=_LEASED)
    _line(connection, 3, attempts=3, next_attempt_at=_DUE, message_id=_MESSAGE)
    _line(connection, 4, attempts=6)


@pytest.fixture
def jobs(tmp_path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    engine = create_engine(f"sqlite:///{tmp_path / 'bamboo.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        upgrade(connection, target="0013")
        _fill(connection)

        upgrade(connection)

        rows = [dict(row._mapping) for row in connection.exec_driver_sql("SELECT * FROM jobs ORDER BY id")]
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        assert not {"deliveries", "staff_notes", "staff_lines"} & set(tables)
    engine.dispose()
    return {(row["kind"], row["key"]): row for row in rows}


def stands(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("attempts", "next_attempt_at", "done_at", "outcome"))


def test_deliveries_keep_their_ids_and_how_they_stand(jobs: dict[tuple[str, str], dict[str, Any]]) -> None:
    people = {key: row for key, row in jobs.items() if row["lane"] == "people"}
    assert {
        key: (row["id"], row["sale_id"], row["priority"], *stands(row)) for key, row in people.items()
    } == {
        ("link", "3"): (11, 7, 0, 1, _LEASED, None, None),
        ("message", "7"): (12, 7, 2, 0, _DUE, None, None),
        ("log", "7"): (13, 7, 2, 0, None, _DAY, "updated"),
        ("role", "5"): (14, 7, 1, 6, None, None, None),
        ("role", "6"): (15, 7, 3, 0, _DUE, None, None),
        ("reminder", "7:before"): (16, 7, 1, 0, None, _DAY, "undelivered"),
        ("issuer", "7:paid"): (17, 7, 1, 0, _DUE, None, None),
        ("keys", "4"): (18, 7, 1, 0, None, None, "ready"),
    }
    assert (jobs["role", "5"]["last_error"], jobs["role", "5"]["reference"]) == ("E", "abcdefghij")
    assert (jobs["link", "3"]["reply"], jobs["link", "3"]["reply_until"]) == (_REPLY, _DUE)


def test_notes_to_staff_wait_as_they_did(jobs: dict[tuple[str, str], dict[str, Any]]) -> None:
    notes = {key: row for (kind, key), row in jobs.items() if kind == "staff_note"}
    assert {key: stands(row) for key, row in notes.items()} == {
        f"held:1:{_SERVER}": (1, None, _DAY, "posted"),
        f"held:2:{_SERVER}": (1, _LEASED, None, None),
        f"held:3:{_SERVER}": (0, _DUE, None, None),
        f"held:4:{_SERVER}": (2, None, None, "waiting"),
    }
    assert all(json.loads(row["payload"]) == _NOTE for row in notes.values())
    assert all(
        (row["lane"], row["created_at"], row["sale_id"]) == ("notes", _DAY, None) for row in notes.values()
    )


def test_lines_of_the_audit_know_their_messages(jobs: dict[tuple[str, str], dict[str, Any]]) -> None:
    lines = {key: row for (kind, key), row in jobs.items() if kind == "audit_line"}
    assert {key: (*stands(row), json.loads(row["payload"])) for key, row in lines.items()} == {
        "1": (1, None, _DAY, "posted", {"message_id": _MESSAGE}),
        "2": (1, _LEASED, None, None, {}),
        "3": (3, _DUE, None, "posted", {"message_id": _MESSAGE}),
        "4": (6, None, _DAY, "gone", {}),
    }
    assert all((row["lane"], row["created_at"]) == ("audit", _DAY) for row in lines.values())
