"""The command line, as a process of its own and from a folder of its own."""

import asyncio
import json
import os
import re
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.catalog import generate_products
from sandbox.core_api import DEMO_TOKEN
from sandbox.models import utc_now
from sandbox.server import Sandbox
from tests.patience import PATIENCE
from tests.wire.discord_server import FakeDiscord
from tests.wire.world import Guild

PROJECT = Path(__file__).parents[1]
NOBODY_LISTENS = "http://127.0.0.1:1"
SECRET = "whsec_c2VjcmV0LW9mLXRlc3Rz"
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.G7fAbc.a-token-that-must-not-be-shown-to-anyone"


@dataclass(frozen=True)
class Ended:
    code: int | None
    output: str
    errors: str

    @property
    def everything(self) -> str:
        return self.output + self.errors

    @property
    def findings(self) -> dict[str, str]:
        """What `bamboo check` printed: the mark and the sentence by what they are about."""
        lines = [re.fullmatch(r"(\S) (\w+) +(\S.*)", line) for line in self.output.splitlines()]
        return {line[2]: f"{line[1]} {line[3]}" for line in lines if line is not None}


class Owner:
    """Somebody in a folder with a settings file, and with the services that it names."""

    def __init__(self, folder: Path, discord: FakeDiscord, guild: Guild, sandbox: Sandbox) -> None:
        self.folder = folder
        self.discord = discord
        self.guild = guild
        self.sandbox = sandbox
        self.database = folder / "bamboo.db"

    async def runs(self, *arguments: str, **environment: str) -> Ended:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BAMBOO_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env={**clean, "PYTHONPATH": str(PROJECT), **environment},
        )
        try:
            async with asyncio.timeout(PATIENCE):
                output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert b"Traceback" not in errors, errors.decode()
        return Ended(process.returncode, output.decode(), errors.decode())

    def writes_settings(self, **sections: dict[str, Any]) -> None:
        """`config.toml`, in which everything is right but for what `sections` say."""
        settings: dict[str, dict[str, Any]] = {
            "discord": {"token": self.discord.token, "api_base_url": self.discord.api_base_url},
            "pandabase": {
                "store_id": self.sandbox.store_id,
                "base_url": self.sandbox.base_url,
                "api_token": DEMO_TOKEN.secret,
            },
            "checkout": {"signing_key": "a-key-that-only-tests-use"},
        }
        for name, section in sections.items():
            settings[name] = settings.get(name, {}) | section
        lines = [
            line
            for name, section in settings.items()
            # What these values need of TOML is written as in JSON.
            for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items()))
        ]
        (self.folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
async def owner(tmp_path: Path) -> AsyncIterator[Owner]:
    products = generate_products(7, utc_now())
    async with FakeDiscord() as discord, Sandbox.running(products=products) as sandbox:
        yield Owner(tmp_path, discord, discord.guild("Grove"), sandbox)
        assert discord.violations == []


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
    assert ended.findings["Database"].startswith("✓ elsewhere.db")


async def test_init_writes_the_example_once_for_its_owner_only(owner: Owner) -> None:
    path = owner.folder / "config.toml"
    first = await owner.runs("init")
    assert first.code == 0
    assert "Wrote config.toml" in first.output
    assert first.output.splitlines()[1:] == [
        f"  {sys.executable} -m bot check",
        f"  {sys.executable} -m bot run",
    ]
    assert path.read_text(encoding="utf-8") == (PROJECT / "config.example.toml").read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.write_text("mine")
    second = await owner.runs("init")
    assert second.code == 1
    assert second.errors == "config.toml is there already; nothing was written\n"
    assert path.read_text() == "mine"


async def test_init_into_a_folder_that_is_not_there_says_so(owner: Owner) -> None:
    ended = await owner.runs("init", "--config", "nowhere/config.toml")
    assert ended.code == 1
    assert ended.errors == "nowhere/config.toml can't be written: No such file or directory\n"


@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_database_that_is_none_ends_with_1_and_a_sentence(owner: Owner, command: str) -> None:
    owner.writes_settings()
    owner.database.write_bytes(b"a diary, and no database\n" * 100)
    ended = await owner.runs(command)
    assert ended.code == 1
    sentence = "bamboo.db: the database is damaged; stop Bamboo, keep a copy, and restore a backup"
    if command == "run":
        assert ended.errors == f"{sentence}\n"
    else:
        assert ended.findings["Database"] == f"✗ {sentence}"
    assert owner.database.read_bytes() == b"a diary, and no database\n" * 100
    assert sorted(each.name for each in owner.folder.iterdir()) == ["bamboo.db", "config.toml"]


async def test_a_database_that_needs_an_extra_says_how_to_install_it(owner: Owner) -> None:
    (owner.folder / "sitecustomize.py").write_text("import sys; sys.modules['asyncpg'] = None")
    owner.writes_settings(storage={"url": "postgresql://localhost/shop"})
    ended = await owner.runs("check", PYTHONPATH=f"{owner.folder}{os.pathsep}{PROJECT}")
    assert ended.findings["Database"] == (
        "✗ postgresql+asyncpg://localhost/shop: asyncpg is missing; "
        "in Bamboo's folder: pip install '.[postgres]'"
    )


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


async def test_check_finds_everything_in_order_and_changes_nothing(owner: Owner) -> None:
    owner.writes_settings()
    ended = await owner.runs("check")
    assert ended.code == 0, ended.everything
    assert ended.findings == {
        "Settings": "✓ complete",
        "Database": "✓ bamboo.db: new, made at the first start",
        "Store": "✓ Bamboo Grove, a TEST store: 7 products on sale",
        "Payments": "✓ known by the store's lists",
        "Discord": f"✓ Bamboo, in Grove ({owner.guild.id})",
        "Members": "✓ the bot is told who joins",
    }
    assert ended.errors == ""
    assert [each.name for each in owner.folder.iterdir()] == ["config.toml"]
    assert owner.discord.gateway.identified == 0
    assert {each.method for each in owner.discord.requests} == {"GET"}
    assert {each.method for each in owner.sandbox.requests} == {"GET"}


async def test_a_bot_that_nothing_tells_of_payments_is_not_in_order(owner: Owner) -> None:
    owner.writes_settings(pandabase={"api_token": ""})
    ended = await owner.runs("check")
    assert ended.code == 1
    assert ended.findings["Payments"].startswith("✗ nothing tells the bot of them: members could pay and get")
    webhooks = ("web.enabled = true", "web.webhook_secret", "web.public_url")
    ways = (*webhooks, "pandabase.api_token", "ORDERS_READ")
    assert [way for way in ways if way not in ended.findings["Payments"]] == []

    owner.writes_settings(pandabase={"api_token": ""}, web={"webhook_secret": SECRET})
    ended = await owner.runs("check")
    assert ended.findings["Payments"].endswith("no webhook is received: set web.enabled = true")

    owner.writes_settings(pandabase={"api_token": ""}, discord={"token": TOKEN})
    ended = await owner.runs("run")
    [line] = [line for line in ended.errors.splitlines() if "NOTHING TELLS THIS BOT OF PAYMENTS" in line]
    assert " ERROR " in line
    assert [way for way in ways if way not in line] == []


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("discord", "token", "123456789012345678"),
        ("discord", "token", "not-a-token.of-a.bot"),
        ("discord", "token", "kJ8sLm2PqR4tVw6XyZ0aBc3DeF5gHi7J"),
        ("pandabase", "api_token", "whsec_c2VjcmV0LW9mLXRlc3Rz"),
        ("web", "webhook_secret", "whsec_abc"),
    ],
)
async def test_a_value_of_another_shape_is_not_called_complete(
    owner: Owner, section: str, key: str, value: str
) -> None:
    owner.writes_settings(**{section: {key: value}})
    ended = await owner.runs("check")
    assert ended.code == 1
    assert ended.findings["Settings"].startswith(f"✗ {section}.{key} is")
    assert value not in ended.everything


async def test_check_finds_all_that_is_wrong_with_the_bot_and_the_store(owner: Owner) -> None:
    owner.discord.world.members_intent = False
    owner.writes_settings(discord={"guild_ids": [owner.guild.id, 7]}, pandabase={"currency": "EUR"})
    ended = await owner.runs("check")
    assert ended.code == 1
    assert ended.findings["Currency"] == (
        "✗ pandabase.currency is EUR: what is priced in another can't be bought (7 in USD)"
    )
    assert ended.findings["Server"] == "✗ Bamboo isn't in 7, which discord.guild_ids names"
    assert ended.findings["Members"].startswith("! the bot isn't told who joins")
    assert ended.findings["Members"].endswith("Privileged Gateway Intents → Server Members Intent")


async def test_check_says_how_a_bot_without_a_server_is_invited(owner: Owner) -> None:
    owner.discord.world.guilds.clear()
    owner.writes_settings()
    ended = await owner.runs("check")
    assert ended.code == 0  # it runs, and waits for its first server
    assert ended.findings["Discord"].startswith(
        "! Bamboo is in no server yet; invite it: https://discord.com/"
    )
    assert "scope=bot+applications.commands&permissions=268553216" in ended.findings["Discord"]


async def test_run_and_check_say_what_to_enter_in_pandabase(owner: Owner) -> None:
    web = {"enabled": True, "port": 0, "public_url": "https://bot.example.org/", "webhook_secret": SECRET}
    owner.writes_settings(web=web)
    ended = await owner.runs("check")
    assert ended.findings["Webhooks"] == "✓ Enter in Pandabase: https://bot.example.org/webhooks/pandabase"

    owner.writes_settings(web=web, discord={"token": TOKEN})
    ended = await owner.runs("run")
    assert "Enter in Pandabase: https://bot.example.org/webhooks/pandabase" in ended.errors


async def test_check_says_what_a_store_that_refuses_answered_and_names_no_class(owner: Owner) -> None:
    owner.sandbox.fail_next(status=403)
    owner.writes_settings()
    ended = await owner.runs("check")
    assert ended.code == 1
    assert "didn't answer as a store does: HTTP 403" in ended.findings["Store"]
    assert "look at pandabase.base_url and pandabase.store_id" in ended.findings["Store"]
    assert "Unauthorized" not in ended.everything


async def test_check_says_what_is_missing_before_webhooks_can_come(owner: Owner) -> None:
    owner.writes_settings(web={"enabled": True, "public_url": "https://bot.example.org"})
    ended = await owner.runs("check")
    assert ended.code == 0
    assert ended.findings["Webhooks"] == (
        "! none is accepted before web.webhook_secret is set. "
        "Enter in Pandabase: https://bot.example.org/webhooks/pandabase"
    )

    owner.writes_settings(web={"enabled": True, "webhook_secret": SECRET})
    ended = await owner.runs("check")
    assert ended.findings["Webhooks"] == (
        "✓ Enter in Pandabase: https://…/webhooks/pandabase, at the address under which it reaches this bot "
        "(web.public_url, which is not set)"
    )


async def test_check_goes_on_when_nothing_can_be_reached(owner: Owner) -> None:
    owner.writes_settings(
        discord={"api_base_url": f"{NOBODY_LISTENS}/api"},
        pandabase={"base_url": f"{NOBODY_LISTENS}/v2"},
        storage={"url": "sqlite:///nowhere/bamboo.db"},
    )
    ended = await owner.runs("check")
    assert ended.code == 1
    assert ended.errors == ""
    assert ended.findings["Database"].startswith("✗ nowhere/bamboo.db: the folder nowhere doesn't exist")
    assert ended.findings["Store"] == (
        f"✗ {NOBODY_LISTENS}/v2 can't be reached: nothing answers there; "
        "look at this machine's network and at pandabase.base_url"
    )
    assert ended.findings["Discord"].startswith(
        f"✗ Discord can't be reached at {NOBODY_LISTENS}/api (nothing answers there); "
    )


async def test_check_says_which_of_two_keys_the_store_does_not_know(owner: Owner) -> None:
    owner.writes_settings(discord={"token": TOKEN}, pandabase={"store_id": "shp_unknown"})
    ended = await owner.runs("check")
    assert ended.code == 1
    assert "knows no store shp_unknown; look at pandabase.store_id" in ended.findings["Store"]
    assert ended.findings["Discord"].startswith("✗ discord.token: Discord doesn't take this token")
    assert TOKEN not in ended.everything
