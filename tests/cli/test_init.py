"""`bamboo init`, in a terminal and without one: from nothing to settings that work."""

import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.config import example_text
from bot.config.writing import with_values
from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from tests.cli.owner import NOBODY_LISTENS, SECRET, TOKEN, Owner
from tests.cli.terminal import Terminal, services


def answers(owner: Owner) -> dict[str, str]:
    return {
        **services(owner),
        "BAMBOO_DISCORD__TOKEN": owner.discord.token,
        "BAMBOO_PANDABASE__STORE_ID": owner.sandbox.store_id,
        "BAMBOO_PANDABASE__API_TOKEN": DEMO_TOKEN.secret,
    }


def written(owner: Owner) -> dict[str, Any]:
    return tomllib.loads((owner.folder / "config.toml").read_text(encoding="utf-8"))


async def test_a_new_owner_is_led_from_nothing_to_the_command_that_starts_it(owner: Owner) -> None:
    terminal = Terminal(owner, "init", **services(owner))
    ended = await terminal.answers(
        ("Token: ", "abc"),
        ("three parts with dots between them", None),
        ("Token: ", TOKEN),
        ("Discord doesn't take this token", None),
        ("Token: ", owner.discord.token),
        ("Signed in as Bamboo.", None),
        ("Store id: ", "shp_wrong"),
        ("knows no store shp_wrong", None),
        ("Store id: ", owner.sandbox.store_id),
        ("Which way?: ", "1"),
        ("API token: ", "sk_wrong"),
        ("The store doesn't accept", None),
        ("API token: ", DEMO_TOKEN.secret),
    )
    assert ended.code == 0, ended.output
    assert "scope=bot+applications.commands&permissions=343865936896" in ended.output
    assert f"It will sell in Grove ({owner.guild.id})." in ended.output
    assert "Bamboo Grove has 7 products on sale" in ended.output
    assert [line.strip() for line in ended.output.splitlines()[-2:]] == [
        f"{sys.executable} -m bot check",
        f"{sys.executable} -m bot run",
    ]
    for secret in (TOKEN, owner.discord.token, DEMO_TOKEN.secret):
        assert secret not in ended.output
    path = owner.folder / "config.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert written(owner)["discord"] == {"token": owner.discord.token, "guild_ids": [owner.guild.id]}
    assert "# The bot's token: https://discord.com" in path.read_text(encoding="utf-8")

    checked = await owner.runs("check", **services(owner))
    assert checked.code == 0, checked.everything


async def test_without_a_terminal_the_answers_come_as_options_and_from_the_environment(owner: Owner) -> None:
    ended = await owner.runs("init", "--payments", "lists", **answers(owner))
    assert ended.code == 0, ended.everything
    assert written(owner)["pandabase"] == {
        "store_id": owner.sandbox.store_id,
        "api_token": DEMO_TOKEN.secret,
    }
    assert stat.S_IMODE((owner.folder / "config.toml").stat().st_mode) == 0o600
    assert sorted(each.name for each in owner.folder.iterdir()) == ["config.toml"]


async def test_an_answer_that_is_missing_or_wrong_ends_it_and_nothing_is_written(owner: Owner) -> None:
    ended = await owner.runs("init", **services(owner))
    assert (ended.code, ended.errors) == (
        1,
        "--token is missing: nobody can be asked here, so give it as an option\n",
    )
    ended = await owner.runs("init", **{**answers(owner), "BAMBOO_DISCORD__TOKEN": TOKEN})
    assert ended.code == 1
    assert ended.errors.startswith("discord.token: Discord doesn't take this token")
    assert list(owner.folder.iterdir()) == []


async def test_a_network_that_is_down_is_a_sentence(owner: Owner) -> None:
    away = {**answers(owner), "BAMBOO_DISCORD__API_BASE_URL": f"{NOBODY_LISTENS}/api"}
    ended = await owner.runs("init", **away)
    assert ended.code == 1
    assert ended.errors.startswith(
        f"Discord can't be reached at {NOBODY_LISTENS}/api (nothing answers there)"
    )


async def test_the_wizard_has_the_store_send_webhooks(owner: Owner) -> None:
    ended = await owner.runs("init", "--public-url", NOBODY_LISTENS, **answers(owner))
    assert ended.code == 0, ended.everything
    [made] = owner.sandbox.webhooks.registered.values()
    assert made.endpoint.url == f"{NOBODY_LISTENS}/webhooks/pandabase"
    assert written(owner)["web"] == {
        "enabled": True,
        "public_url": NOBODY_LISTENS,
        "webhook_secret": made.endpoint.secret,
    }
    assert made.endpoint.secret not in ended.everything


async def test_a_token_that_may_not_make_webhooks_leaves_that_to_the_owner(owner: Owner) -> None:
    owner.sandbox.add_token(Token("sk_less", scopes=ALL_SCOPES - {"WEBHOOKS_WRITE"}))
    less = {**answers(owner), "BAMBOO_PANDABASE__API_TOKEN": "sk_less"}
    ended = await owner.runs(
        "init", "--public-url", NOBODY_LISTENS, **{**less, "BAMBOO_WEB__WEBHOOK_SECRET": SECRET}
    )
    assert ended.code == 0, ended.everything
    assert "make the webhook in the dashboard yourself" in ended.output
    assert written(owner)["web"]["webhook_secret"] == SECRET


async def test_an_owner_can_decide_to_see_no_payments_and_is_warned(owner: Owner) -> None:
    ended = await owner.runs("init", "--payments", "none", **answers(owner))
    assert ended.code == 0, ended.everything
    assert "! Bamboo will see no payments." in ended.output
    assert "api_token" not in written(owner)["pandabase"]


async def test_a_file_that_is_there_is_never_written_over_unasked(owner: Owner) -> None:
    path = owner.folder / "config.toml"
    path.write_text("mine")
    ended = await owner.runs("init", **answers(owner))
    assert ended.code == 1
    assert ended.errors == ("config.toml is there already; nothing was written (--overwrite replaces it)\n")
    assert path.read_text() == "mine"

    ended = await owner.runs("init", "--overwrite", "--payments", "lists", **answers(owner))
    assert ended.code == 0, ended.everything
    assert (owner.folder / "config.toml.old").read_text() == "mine"
    assert written(owner)["discord"]["token"] == owner.discord.token


async def test_the_example_is_written_without_a_question(owner: Owner) -> None:
    ended = await owner.runs("init", "--example")
    assert ended.code == 0
    assert (owner.folder / "config.toml").read_text(encoding="utf-8") == example_text()
    assert stat.S_IMODE((owner.folder / "config.toml").stat().st_mode) == 0o600
    ended = await owner.runs("init", "--example", "--config", "nowhere/config.toml")
    assert ended.errors == "nowhere/config.toml can't be written: No such file or directory\n"


# --- changing single values -----------------------------------------------------------------------------


def test_values_take_the_place_of_the_defaults_that_are_shown() -> None:
    text = with_values(example_text(), {"web.enabled": True, "web.port": 81, "discord.guild_ids": (1, 2)})
    assert tomllib.loads(text)["web"] == {"enabled": True, "port": 81}
    assert tomllib.loads(text)["discord"]["guild_ids"] == [1, 2]
    assert len(text.splitlines()) == len(example_text().splitlines())
    again = with_values(text, {"web.port": 82})
    assert re.findall(r"^port = .*$", again, re.MULTILINE) == ["port = 82"]


@pytest.mark.parametrize(
    "text", ['[web]\nwebhook_secret = [\n  "a",\n]\n', "web.port = 1\n", "[web]\nport = '''\n1'''"]
)
def test_what_cannot_be_changed_line_by_line_is_left_alone(text: str) -> None:
    key = "web.webhook_secret" if "secret" in text else "web.port"
    with pytest.raises(ValueError, match="web"):
        with_values(text, {key: "new"})


def test_a_section_that_is_missing_is_added(tmp_path: Path) -> None:
    del tmp_path
    assert tomllib.loads(with_values('[discord]\ntoken = "x"\n', {"web.port": 1}))["web"] == {"port": 1}
