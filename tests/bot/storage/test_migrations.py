"""The migrations make the tables, one step at a time, or nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.exc import OperationalError

from bot.storage.dialects import DIFFERENCES
from bot.storage.migrations import VERSIONS, known_revisions, newest_revision
from bot.storage.migrations.upgrading import configuration, connected_to_file, current_revisions, upgrade
from tests.harness.files import try_to_open

FAILING_REVISION = '''
"""A step that works, and one that doesn't."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "ffff", "{down}", None, None


def upgrade() -> None:
    op.execute("CREATE TABLE half_way (x)")
    op.execute("DROP TABLE jobs")
    op.execute("INSERT INTO no_such_table VALUES (1)")
'''


def steps() -> list[str]:
    """The revisions, oldest first."""
    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    return [script.revision for script in scripts][::-1]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'bamboo.db'}")
    yield engine
    engine.dispose()


def schema(connection: Connection) -> dict[str, Any]:
    """All that SQLite knows of every table, in an order that doesn't depend on how it was made."""
    found = inspect(connection)
    return {
        table: {
            "columns": {
                column["name"]: {**column, "type": str(column["type"])} for column in found.get_columns(table)
            },
            "primary key": found.get_pk_constraint(table),
            "foreign keys": _sorted(found.get_foreign_keys(table)),
            "unique": _sorted(found.get_unique_constraints(table)),
            "checks": _sorted(found.get_check_constraints(table)),
            "indexes": _indexes(connection, table),
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def _sorted(parts: Any) -> list[Any]:
    return sorted(parts, key=lambda part: str(part["name"]))


def _indexes(connection: Connection, table: str) -> list[str]:
    # The condition of a partial index is only in its text.
    texts = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
    )
    return sorted(re.sub(r"\s+", " ", text) for text in texts.scalars())


@pytest.mark.parametrize("engine", DIFFERENCES)
def test_what_differs_between_the_engines_is_known_of_each(engine: str) -> None:
    scripts = [script.read_text(encoding="utf-8") for script in VERSIONS.glob("*.sql")]
    assert DIFFERENCES[engine].keys() == set(re.findall(r"\{(\w*)\}", "".join(scripts)))


def test_instants_and_rows_are_whole_numbers_in_the_file(engine: Engine) -> None:
    """As SQLite reads the types that stand there: https://www.sqlite.org/datatype3.html#affname."""
    with engine.begin() as connection:
        upgrade(connection)
        connection.exec_driver_sql(
            "INSERT INTO past_buyer_runs (benefit_id, reached, asked_at) VALUES (1, 0, '5')"
        )
        [kept] = connection.exec_driver_sql("SELECT id, typeof(asked_at), rowid FROM past_buyer_runs")
    assert tuple(kept) == (1, "integer", 1)


def test_the_revisions_are_one_line_to_one_head() -> None:
    assert set(steps()) == known_revisions()
    assert steps()[-1] == newest_revision()
    scripts = list(ScriptDirectory.from_config(configuration()).walk_revisions())
    assert all(isinstance(script.down_revision, str | None) for script in scripts)


def test_one_step_at_a_time_leads_to_the_same_schema(engine: Engine, tmp_path: Path) -> None:
    for revision in steps():
        with engine.begin() as connection:
            upgrade(connection, target=revision)
            assert current_revisions(connection) == (revision,)
    other = create_engine(f"sqlite:///{tmp_path / 'at-once.db'}")
    with engine.begin() as stepwise, other.begin() as at_once:
        upgrade(at_once)
        assert schema(stepwise) == schema(at_once)
    other.dispose()


def test_bringing_up_to_date_what_is_up_to_date_changes_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection)
        before = schema(connection)
    with engine.begin() as connection:
        changes = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        upgrade(connection)
        assert schema(connection) == before
        assert connection.exec_driver_sql("SELECT total_changes()").scalar_one() == changes


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "ffff_fails.py").write_text(FAILING_REVISION.format(down=newest_revision()))
    config = configuration()
    ours = Path(config.get_main_option("script_location") or "") / "versions"
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{ours}\n{newer}")
    # On the bot's own connection: it is what makes a migration all or nothing.
    path = tmp_path / "bamboo.db"
    try_to_open(path)
    with connected_to_file(str(path), 1) as connection:
        before = schema(connection)
    with pytest.raises(OperationalError, match="no_such_table"):
        _migrate(path, config)
    with connected_to_file(str(path), 1) as connection:
        assert schema(connection) == before
        assert current_revisions(connection) == (newest_revision(),)


def _migrate(path: Path, config: Config) -> None:
    with connected_to_file(str(path), 1) as connection:
        upgrade(connection, config)


def test_the_migrations_find_their_scripts_from_any_folder(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with engine.begin() as connection:
        upgrade(connection)
        assert current_revisions(connection) == (newest_revision(),)
