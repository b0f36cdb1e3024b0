"""The documentation is true: it builds strictly, its settings are the model's, its commands work."""

import html
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.config import load_settings
from sandbox.core_api import DEMO_TOKEN
from scripts.settings_reference import TARGET, reference
from tests.cli.owner import SECRET, Owner
from tests.cli.terminal import init_and_check, plain_lines, terminal_picture
from tests.meta.source import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
NOT_RUN_HERE = {
    "make": "the Makefile's own targets; another test says that they are there",
    "git": "needs a repository to pull from",
    "python3": "installs in a folder of its own, which continuous integration does with `make`",
    ".venv/bin/pip": "the same",
    "pipx": "needs pipx",
    "docker": "needs Docker; the files are linted",
    "useradd": "needs a system of its own",
    "cp": "the same",
    "systemctl": "the same",
}
RUN_ELSEWHERE = {
    "bamboo demo --tour": "tests/sandbox/test_demo.py",
    "bamboo run": "tests/wire, and every test that starts the process",
    "bamboo init": "tests/cli/test_init.py, in a terminal",
}
NEEDS_A_RUNNING_BOT = {"bamboo webhook test"}


def commands() -> list[tuple[str, str]]:
    """Every line that a reader would type, without its comment, after the name of its page."""
    lines = [
        (page.name, line.strip().removeprefix("$ ").partition("  #")[0].strip())
        for page in PAGES
        for block in CONSOLE.findall(page.read_text(encoding="utf-8"))
        for line in block.splitlines()
        if line.strip()
    ]
    assert len(lines) > 30
    return lines


def own_commands() -> dict[str, str]:
    """Bamboo's own, each with the first page that has it, in the order in which they are read."""
    first: dict[str, str] = {}
    for page, line in commands():
        command = line.removeprefix(".venv/bin/")
        if command.startswith("bamboo "):
            first.setdefault(command, page)
    return first


def commands_to_run() -> dict[str, list[str]]:
    """What is tried of each page, in its order."""
    tried: dict[str, list[str]] = {}
    for command, page in own_commands().items():
        if command not in RUN_ELSEWHERE and command not in NEEDS_A_RUNNING_BOT:
            tried.setdefault(page, []).append(command)
    return tried


def test_every_command_is_run_or_has_a_reason() -> None:
    programs = {re.sub(r"^\w+=\S+ ", "", line).split()[0] for _, line in commands()}
    assert programs - {"bamboo", ".venv/bin/bamboo"} == NOT_RUN_HERE.keys()
    assert RUN_ELSEWHERE.keys() <= own_commands().keys()


@pytest.mark.parametrize("page", commands_to_run())
async def test_every_command_of_bamboo_on_a_page_works(owner: Owner, page: str) -> None:
    web = {"enabled": True, "port": 0, "public_url": "http://127.0.0.1:1"}
    owner.writes_settings(web=web)
    owner.earns_role(owner.discord.role(owner.guild, "Guardian").id)
    (owner.folder / "copies").mkdir()
    for line in commands_to_run()[page]:
        arguments = line.split()[1:]
        if arguments[0] == "restore":
            arguments.append("--yes")
        ended = await owner.runs(*arguments)
        # The address leads nowhere as no bot runs: a warning. What else there is, is in order.
        assert ended.code == (1 if arguments[0] == "check" else 0), f"{line}: {ended.everything}"


async def test_the_webhook_of_a_running_bot_is_tried_as_it_is_written(owner: Owner) -> None:
    async with owner.running_with_webhooks() as address:
        owner.registers_webhook(f"{address}/webhooks/pandabase", secret=SECRET)
        for line in sorted(NEEDS_A_RUNNING_BOT):
            assert (await owner.runs(*line.split()[1:])).code == 0


@pytest.mark.parametrize(
    ("page", "snippet"),
    [(page.name, each) for page in PAGES for each in TOML.findall(page.read_text(encoding="utf-8"))],
)
def test_every_snippet_of_settings_is_taken(tmp_path: Path, page: str, snippet: str) -> None:
    del page
    given = tomllib.loads(snippet)
    assert given
    needed = ""
    if "discord" not in given:
        needed += '[discord]\ntoken = "x"\n'
    if "pandabase" not in given:
        needed += '[pandabase]\nstore_id = "shp_x"\n'
    path = tmp_path / "config.toml"
    path.write_text(needed + snippet, encoding="utf-8")
    load_settings(path, {})


def test_the_settings_page_is_what_the_model_says() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference(), "run: make docs"


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--site-dir",
            str(tmp_path / "site"),
        ],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    pages = {path.stem for path in (tmp_path / "site").glob("*.html")}
    assert {page.stem for page in PAGES if page.name != "README.md"} <= pages
    for page in (tmp_path / "site").glob("*.html"):
        elsewhere = re.findall(r'(?:src|href)="(https?://[^"]+)"', page.read_text(encoding="utf-8"))
        fetched = [each for each in elsewhere if re.search(r"\.(?:js|css|woff2?)(?:\?|$)", each)]
        assert fetched == [], "a reader's browser would ask somebody else"


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_no_secret_stands_in_the_documentation() -> None:
    assert not [page.name for page in PAGES if DEMO_TOKEN.secret in page.read_text(encoding="utf-8")]


async def test_the_pictures_of_the_terminal_show_what_is_printed_today(owner: Owner) -> None:
    for name, output in (await init_and_check(owner)).items():
        svg = terminal_picture(name).read_text(encoding="utf-8")
        assert "http" not in re.sub(r"xmlns=\S+", "", svg).partition('-matrix">')[0], "asks somebody else"
        shown = "".join(re.findall(r"<text[^>]*-r\d+\"[^>]*>(.*?)</text>", svg, re.DOTALL))
        said = re.sub(r"\s", "", html.unescape(shown).replace("\xa0", ""))
        printed = "".join(re.sub(r"\s", "", line) for line in plain_lines(output))
        assert said == f"$.venv/bin/bamboo{name}{printed}", "run: python -m scripts.terminal_pictures"
