"""What other programs do to the database that the bot uses."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.storage.server_connections import WRITERS
from tests.harness.database import on_a_server, outside, run

_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Nobody else writes meanwhile; whoever wants to waits, for 5 s at most."""
    if on_a_server():
        with outside(file) as rows:
            rows(f"SELECT pg_advisory_lock({WRITERS})")
            rows("BEGIN")
            rows("LOCK TABLE events IN EXCLUSIVE MODE")  # what comes in takes no turn
            yield
    else:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield


def is_locked(file: Path) -> bool:
    """Whether somebody writes at this moment."""
    if on_a_server():
        with outside(file) as rows:
            # What takes no turn can still be in the middle of a change that hangs.
            [found] = rows(
                f"SELECT pg_try_advisory_lock({WRITERS}) AS is_free, EXISTS (SELECT FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event = 'PgSleep') AS hangs"
            )
            return found["hangs"] or not found["is_free"]
    try:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    return False


def hang_after(file: Path, change: str, when: str) -> None:
    """Have a change such as "UPDATE OF given_at ON grants" take for ever; `when` is about NEW."""
    if not on_a_server():
        run(file, f"CREATE TRIGGER test_hangs AFTER {change} WHEN {when} BEGIN SELECT ({_ENDLESS}); END")
        return
    body = "BEGIN PERFORM pg_sleep(3600); RETURN NULL; END"
    run(file, f"CREATE OR REPLACE FUNCTION test_sleeps() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    run(
        file,
        f"CREATE TRIGGER test_hangs AFTER {change} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION test_sleeps()",
    )


def hang_no_more(file: Path, change: str) -> None:
    """As it was; whoever hangs there is gone."""
    table = change.rpartition(" ")[2]
    run(file, f"DROP TRIGGER test_hangs ON {table}" if on_a_server() else "DROP TRIGGER test_hangs")
