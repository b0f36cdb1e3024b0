"""The command line, as a process of its own and from a folder of its own."""

import os
import re

import pytest

from tests.cli.owner import NOBODY_LISTENS, PROJECT, SECRET, TOKEN, Owner


async def test_help_names_every_command(owner: Owner) -> None:
    ended = await owner.runs("--help")
    assert ended.code == 0
    for command in ("run", "check", "init", "demo"):
        assert re.search(rf"\b{command}\b +\S+", ended.output)


@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_bad_configuration_is_told_line_by_line_and_ends_with_2(owner: Owner, command: str) -> None:
    owner.writes_settings(
        discord={"token": TOKEN + " with a space"},
        pandabase={"store_id": "grove", "curency": "USD"},
        limits={"open_links_per_member": 0},
    )
    ended = await owner.runs(command)
    assert ended.code == 2
    assert ended.output == ""
    assert len(ended.errors.splitlines()) == 4
    assert "discord.token: found ***; expected the bot's token: " in ended.errors
    assert (
        'pandabase.store_id: found "grove"; expected the store\'s id, which starts with shp_' in ended.errors
    )
    assert "did you mean pandabase.currency?" in ended.errors
    assert "limits.open_links_per_member: found 0; expected" in ended.errors
    assert TOKEN not in ended.everything


async def test_without_settings_all_that_is_needed_is_named(owner: Owner) -> None:
    ended = await owner.runs("run")
    assert ended.code == 2
    assert (
        "config.toml: found no such file here; expected your settings in it: run `bamboo init` first"
        in ended.errors
    )
    assert [line.partition(":")[0] for line in ended.errors.splitlines()] == [
        "config.toml",
        "discord.token",
        "pandabase.store_id",
    ]


async def test_a_settings_file_that_is_not_there_is_said_not_to_be(owner: Owner) -> None:
    ended = await owner.runs("run", "--config", "elsewhere.toml")
    assert ended.code == 2
    assert "elsewhere.toml: found no such file" in ended.errors
    assert "`bamboo init --config elsewhere.toml` writes it" in ended.errors


async def test_the_environment_wins_over_the_file(owner: Owner) -> None:
    owner.writes_settings(pandabase={"currency": "EUR"})
    ended = await owner.runs("check", BAMBOO_PANDABASE__CURRENCY="USD")
    assert "Store" in ended.findings
    assert "Currency" not in ended.findings


async def test_the_environment_can_say_where_the_database_is(owner: Owner) -> None:
    owner.writes_settings(storage={"url": "sqlite:///nowhere/bamboo.db"})
    ended = await owner.runs("check", BAMBOO_STORAGE__URL="sqlite:///elsewhere.db")
    assert ended.code == 0
    assert ended.findings["Database"].startswith("✓ elsewhere.db is new")


@pytest.mark.sqlite
@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_database_that_is_none_ends_with_1_and_a_sentence(owner: Owner, command: str) -> None:
    owner.writes_settings()
    owner.database.write_bytes(b"a diary, and no database\n" * 100)
    ended = await owner.runs(command)
    if command == "run":
        assert ended.code == 1
        assert ended.errors == (
            "bamboo.db: the database is damaged; stop Bamboo, keep a copy, and restore a backup\n"
        )
    else:
        assert ended.code == 2
        assert ended.findings["Database"] == (
            "✗ bamboo.db: the database is damaged. → Stop Bamboo, keep a copy, and restore a backup."
        )
    assert owner.database.read_bytes() == b"a diary, and no database\n" * 100
    assert sorted(each.name for each in owner.folder.iterdir()) == ["bamboo.db", "config.toml"]


async def test_a_database_that_needs_an_extra_says_how_to_install_it(owner: Owner) -> None:
    (owner.folder / "sitecustomize.py").write_text("import sys; sys.modules['asyncpg'] = None")
    owner.writes_settings(storage={"url": "postgresql://localhost/shop"})
    ended = await owner.runs("check", PYTHONPATH=f"{owner.folder}{os.pathsep}{PROJECT}")
    assert ended.findings["Database"] == (
        "✗ postgresql+asyncpg://localhost/shop: asyncpg is missing. "
        "→ In Bamboo's folder: pip install '.[postgres]'."
    )


async def test_nothing_that_tells_of_payments_is_an_error_in_the_log(owner: Owner) -> None:
    owner.writes_settings(pandabase={"api_token": ""}, discord={"token": TOKEN})
    ended = await owner.runs("run")
    [line] = [line for line in ended.errors.splitlines() if "NOTHING TELLS THIS BOT OF PAYMENTS" in line]
    assert " ERROR " in line
    webhooks = ("web.enabled = true", "web.webhook_secret", "web.public_url")
    assert [way for way in (*webhooks, "pandabase.api_token", "ORDERS_READ") if way not in line] == []


async def test_run_says_what_to_enter_in_pandabase(owner: Owner) -> None:
    web = {"enabled": True, "port": 0, "public_url": "https://bot.example.org/", "webhook_secret": SECRET}
    owner.writes_settings(web=web, discord={"token": TOKEN})
    ended = await owner.runs("run")
    assert "Enter in Pandabase: https://bot.example.org/webhooks/pandabase" in ended.errors


async def test_the_version_is_said(owner: Owner) -> None:
    ended = await owner.runs("--version")
    assert ended.code == 0
    assert re.fullmatch(r"Bamboo \d+\.\d+\.\d+, Python 3\.\d+\.\d+\S*\n", ended.output)


async def test_run_serves_with_the_event_loop_that_takes_less_cpu(owner: Owner) -> None:
    owner.writes_settings(discord={"token": TOKEN})
    ended = await owner.runs("run")
    assert "on the event loop of uvloop" in ended.errors


async def test_run_serves_with_pythons_own_event_loop_where_there_is_no_other(owner: Owner) -> None:
    (owner.folder / "uvloop.py").write_text("raise ModuleNotFoundError('No module named uvloop')")
    owner.writes_settings(discord={"token": TOKEN})
    ended = await owner.runs("run", PYTHONPATH=f"{owner.folder}{os.pathsep}{PROJECT}")
    assert "on the event loop of asyncio" in ended.errors


async def test_a_token_that_discord_refuses_ends_with_1_and_where_to_get_one(owner: Owner) -> None:
    owner.writes_settings(discord={"token": TOKEN})
    ended = await owner.runs("run")
    assert ended.code == 1
    assert ended.errors.splitlines()[-1] == (
        "discord.token: Discord doesn't take this token; get a new one: "
        "Discord developer portal → your application → Bot → Reset Token"
    )
    assert TOKEN not in ended.everything


async def test_a_discord_that_cannot_be_reached_ends_with_1_and_its_address(owner: Owner) -> None:
    hears_of_payments = {"enabled": True, "port": 0, "webhook_secret": SECRET}
    owner.writes_settings(
        discord={"api_base_url": f"{NOBODY_LISTENS}/api"},
        web=hears_of_payments,
        logging={"level": "WARNING"},
    )
    ended = await owner.runs("run")
    assert ended.code == 1
    assert ended.errors.startswith(f"Discord can't be reached at {NOBODY_LISTENS}/api (")
    assert len(ended.errors.splitlines()) == 1


async def test_a_discord_that_is_down_ends_with_1_and_its_status(owner: Owner) -> None:
    owner.discord.fail_next("GET", "/users/@me", 503)
    owner.writes_settings()
    ended = await owner.runs("run")
    assert ended.code == 1
    assert f"Discord can't be reached at {owner.discord.api_base_url} (it answered 503)" in ended.errors
