"""`bamboo backup`, `restore`, `recover` and `export`, as an owner uses them."""

import csv
import json
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.exports.owner_repository import EXPORTS
from bot.storage.backup import back_up_into, backups_in
from tests.cli.owner import Owner
from tests.harness.instants import milliseconds

OF_FILES = pytest.mark.sqlite
"""Of a server `bamboo backup` and `bamboo restore` make and take no copies: it has tools of its own."""


def at(*, hours: int) -> datetime:
    return datetime(2026, 6, 1, hours, tzinfo=UTC)


def remembers(path: Path, owner: Owner, channel: int) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(
            "INSERT INTO guild_settings (guild_id, sales_log_channel_id) VALUES (?, ?)",
            (owner.guild.id, channel),
        )


def remembered(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as file:
        return [row[0] for row in file.execute("SELECT sales_log_channel_id FROM guild_settings")]


@OF_FILES
async def test_a_backup_is_made_while_another_program_uses_the_database(owner: Owner) -> None:
    owner.writes_settings()
    owner.changes_database("PRAGMA user_version = 0")
    remembers(owner.database, owner, 1)
    with closing(sqlite3.connect(owner.database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        ended = await owner.runs("backup", "copy.db")
    assert ended.code == 0, ended.everything
    assert ended.output.startswith("Backed up bamboo.db to copy.db (")
    copy = owner.folder / "copy.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert remembered(copy) == [1]
    ended = await owner.runs("backup", "copy.db")
    assert (ended.code, ended.errors) == (1, "copy.db is there already; name another file\n")


@OF_FILES
async def test_a_backup_is_put_back_and_what_was_there_is_kept(owner: Owner) -> None:
    owner.writes_settings()
    owner.changes_database("PRAGMA user_version = 0")
    assert (await owner.runs("backup", "copy.db")).code == 0
    remembers(owner.database, owner, 2)

    ended = await owner.runs("restore", "copy.db", "--yes")
    assert ended.code == 0, ended.everything
    assert remembered(owner.database) == []
    assert remembered(owner.folder / "bamboo.db.before-restore") == [2]
    assert stat.S_IMODE(owner.database.stat().st_mode) == 0o600
    assert "-m bot recover" in ended.output


@OF_FILES
async def test_a_backup_of_a_newer_version_is_refused(owner: Owner) -> None:
    owner.writes_settings()
    owner.changes_database("UPDATE alembic_version SET version_num = '9999'")
    owner.database.rename(owner.folder / "newer.db")
    ended = await owner.runs("restore", "newer.db", "--yes")
    assert ended.code == 1
    assert "newer.db: a newer Bamboo has written this database (revision 9999)" in ended.errors
    assert not owner.database.exists()


@OF_FILES
@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a diary, and no database\n" * 99, "the database is damaged"), (b"", "this backup is empty")],
)
async def test_what_is_no_backup_is_refused(owner: Owner, content: bytes, said: str) -> None:
    owner.writes_settings()
    owner.changes_database("PRAGMA user_version = 0")
    remembers(owner.database, owner, 3)
    (owner.folder / "odd.db").write_bytes(content)
    ended = await owner.runs("restore", "odd.db", "--yes")
    assert ended.code == 1
    assert said in ended.errors
    assert remembered(owner.database) == [3]


@OF_FILES
async def test_nothing_is_restored_under_a_running_bot_and_nothing_recovered(owner: Owner) -> None:
    async with owner.running_with_webhooks():
        assert (await owner.runs("backup", "copy.db")).code == 0
        for command in (("restore", "copy.db", "--yes"), ("recover",)):
            ended = await owner.runs(*command)
            assert ended.code == 1
            assert "another Bamboo serves this database; stop it first" in ended.errors


@OF_FILES
async def test_without_an_answer_nothing_is_replaced(owner: Owner) -> None:
    owner.writes_settings()
    owner.changes_database("PRAGMA user_version = 0")
    assert (await owner.runs("backup", "copy.db")).code == 0
    remembers(owner.database, owner, 4)
    ended = await owner.runs("restore", "copy.db")
    assert ended.code == 1
    assert remembered(owner.database) == [4]


@OF_FILES
async def test_there_has_to_be_something_to_back_up(owner: Owner) -> None:
    owner.writes_settings()
    ended = await owner.runs("backup")
    assert (ended.code, ended.errors) == (
        1,
        "bamboo.db: there is no database yet; look at storage.url\n",
    )
    owner.writes_settings(storage={"url": "postgresql://bamboo:secret@localhost/shop"})
    ended = await owner.runs("backup")
    assert "PostgreSQL keeps its own backups; use pg_dump" in ended.errors
    assert "secret" not in ended.everything


@OF_FILES
async def test_a_folder_that_cant_be_made_is_a_sentence(owner: Owner) -> None:
    (owner.folder / "backups").touch()
    owner.writes_settings()
    owner.changes_database("PRAGMA user_version = 0")

    ended = await owner.runs("backup")

    said = "backups: backups can't be kept there (File exists); look at backup.folder\n"
    assert (ended.code, ended.errors) == (1, said)


@OF_FILES
def test_only_the_newest_backups_are_kept(tmp_path: Path, new_database: Path) -> None:
    folder = tmp_path / "backups"
    for hour in range(4):
        back_up_into(new_database, folder, at(hours=hour), keep=2)
    (folder / "mine.db").touch()
    assert [backup.made_at for backup in backups_in(folder)] == [at(hours=3), at(hours=2)]
    assert len(list(folder.iterdir())) == 3
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@OF_FILES
async def test_backups_are_made_by_the_clock_and_their_age_is_checked(owner: Owner) -> None:
    folder = owner.folder / "backups"
    async with owner.running_with_webhooks(backup={"every_hours": 24, "folder": str(folder)}):
        await owner.until(lambda: backups_in(folder))
    [made] = backups_in(folder)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    checked = await owner.checks()
    assert checked.findings["Backups"] == "✓ The newest of 1 was made 0 hours ago."
    made.path.rename(made.path.with_name("bamboo-20260101T000000Z.db"))
    checked = await owner.checks()
    assert checked.findings["Backups"].startswith(
        "! backup.every_hours is 24, and the newest is of 2026-01-01 00:00 UTC. → "
    )


async def test_every_table_is_exported(owner: Owner) -> None:
    owner.writes_settings()
    owner.earns_role(5)
    owner.changes_database(
        "INSERT INTO audit (guild_id, at, action, details)"
        f" VALUES (1, {milliseconds('2026-06-01 12:00:00')}, ?, ?)",
        "=HYPERLINK()",
        '{"amount": 5}',
    )
    for what in EXPORTS:
        ended = await owner.runs("export", what, f"{what}.json")
        assert ended.code == 0, ended.everything
        assert stat.S_IMODE((owner.folder / f"{what}.json").stat().st_mode) == 0o600
    [line] = json.loads((owner.folder / "audit.json").read_text())
    assert (line["at"], line["details"]) == ("2026-06-01T12:00:00+00:00", {"amount": 5})

    assert (await owner.runs("export", "audit", "audit.csv")).code == 0
    with (owner.folder / "audit.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["action"], row["details"]) == ("'=HYPERLINK()", '{"amount": 5}')


async def test_what_cannot_be_exported_is_said(owner: Owner) -> None:
    owner.writes_settings()
    owner.earns_role(5)
    assert "choose from sales, orders" in (await owner.runs("export", "secrets", "x.csv")).errors
    assert "has to end with .csv or .json" in (await owner.runs("export", "sales", "x.txt")).errors


async def test_nothing_lost_is_said(owner: Owner) -> None:
    owner.writes_settings()
    ended = await owner.runs("recover")
    assert ended.code == 0, ended.everything
    assert ended.output.strip().endswith("Nothing was lost: every signed order is known.")
    owner.writes_settings(pandabase={"api_token": "sk_revoked"})
    ended = await owner.runs("recover")
    assert ended.errors == "The store's orders can't be read; run `bamboo check`, which says why\n"
    owner.writes_settings(pandabase={"api_token": ""})
    ended = await owner.runs("recover")
    assert ended.errors.startswith("Without pandabase.api_token the store's orders can't be read")


async def test_a_sale_comes_back_after_the_database_is_lost(owner: Owner) -> None:
    alice = owner.discord.member("alice", owner.guild)
    channel = owner.discord.channel(owner.guild, "shop")
    product = next(iter(owner.sandbox.products.values()))
    async with owner.running_with_webhooks():
        purchase = await owner.discord.slash(alice, channel, "buy", product=product.id)
        await purchase.answered_with("payment link is ready")
        owner.sandbox.store.pay(next(iter(owner.sandbox.sessions)))
        await owner.until(lambda: owner.counts("orders") == 1)
    owner.loses_database()
    ended = await owner.runs("recover", "--days", "7")
    assert ended.code == 0, ended.everything
    assert ended.output.strip().endswith("Recovered 1 order. Start Bamboo: the rest follows.")
    assert owner.counts("orders") == 1
