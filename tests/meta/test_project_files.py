"""What the README, the Makefile and the packaging say of each other and of the code."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot.cli import cli
from bot.config import example_text
from bot.config.problems import PREFIX, known_keys, variable_of
from tests.harness.patience import PATIENCE
from tests.meta.source import ROOT, modules

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
READ = "\n".join([README, *PAGES.values()])
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
COMMANDS: dict[str, Any] = get_command(cli).commands  # type: ignore[attr-defined]  # it is a group


def test_the_readme_names_only_targets_that_the_makefile_has() -> None:
    named = set(re.findall(r"[`$] ?make ([a-z]+)", READ))
    assert {"demo", "test"} <= named
    assert named <= TARGETS


def test_every_target_is_phony_and_explained() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    explained = set(re.findall(r'echo "make ([a-z]+) ', MAKEFILE))
    assert set(" ".join(phony).split()) == TARGETS
    assert explained == TARGETS - {"help", "setup"}


def test_the_readme_names_only_commands_that_there_are() -> None:
    named = set(re.findall(r"[`$/] ?bamboo ([a-z]+)\b", READ))
    assert {"run", "check", "init"} <= named
    assert named <= COMMANDS.keys()


def test_the_options_that_the_readme_and_the_makefile_give_exist() -> None:
    grouped = [each for group in COMMANDS.values() for each in getattr(group, "commands", {}).values()]
    every = [get_command(cli), *COMMANDS.values(), *grouped]
    known = {option for command in every for param in command.params for option in param.opts}
    named = set(re.findall(r"(?:(?:[`$] |`|bin/)bamboo|ARGS=)[ a-z]*(--[a-z-]+)", READ + MAKEFILE))
    assert named
    assert named <= known


def test_the_readme_names_only_settings_that_there_are() -> None:
    sections = {key.partition(".")[0] for key in known_keys()}
    named = {name for name in re.findall(r"`([a-z]+\.[a-z_]+)`", READ) if name.partition(".")[0] in sections}
    assert {"discord.token", "pandabase.store_id"} <= named
    assert named <= known_keys().keys()
    variables = set(re.findall(rf"`({PREFIX}\w+)`", READ))
    assert variables <= {variable_of(key) for key in known_keys()}


def test_the_files_that_the_readme_links_to_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_map_has_every_package_and_nothing_else() -> None:
    [the_map] = re.findall(r"## Where things are\n+```\n(.*?)```", PAGES["architecture.md"], re.DOTALL)
    named = set()
    for line in the_map.splitlines():
        inside = "bot/" if line.startswith("  ") else ""
        names = re.split(r"\s{2,}", line.strip())[0]
        named |= {f"{inside}{name}" for name in re.split(r",?\s+", names)}
    assert [name for name in named if not (ROOT / name).exists()] == []
    packages = {f"{module.path.parent.relative_to(ROOT).as_posix()}/" for module in modules("bot")}
    assert {name for name in packages if name.count("/") == 2} <= named


def test_the_example_of_the_settings_is_the_one_at_the_top() -> None:
    assert example_text() == (ROOT / "config.example.toml").read_text(encoding="utf-8")


def test_the_package_holds_every_module_and_every_file_that_is_read(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packages == ["bot", "cogs", "sandbox"]
    wanted = {module.name for module in modules(*packages)} | {"bot/config.example.toml"}
    wanted |= {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_the_package_works_from_any_folder(tmp_path: Path) -> None:
    """Its own modules only: nothing of this folder is on the path."""
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(build_wheel(tmp_path)).extractall(unpacked)
    said = run_in(
        unpacked,
        tmp_path,
        "import bot, bot.cli, sandbox.server, cogs.shop.buy_command; from bot.config import example_text;"
        "from bot.storage.migrations import newest_revision; from sandbox.catalog import load_catalog;"
        "from sandbox.models import utc_now;"
        "products = load_catalog(utc_now()).products;"
        "print(bot.__path__[0], len(example_text()), newest_revision(), len(products))",
    )
    place, length, revision, products = said.split()
    assert place == str(unpacked / "bot")
    assert int(length) == len(example_text())
    assert revision != "None"
    assert int(products) > 0


def build_wheel(folder: Path) -> Path:
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    return folder / run_in(ROOT, ROOT, code).splitlines()[-1]


def run_in(path: Path, folder: Path, code: str) -> str:
    environment = {"PYTHONPATH": str(path), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("script", PROJECT["project"]["scripts"].values())
def test_the_scripts_lead_somewhere(script: str) -> None:
    module, _, function = script.partition(":")
    assert callable(getattr(sys.modules[module], function))
