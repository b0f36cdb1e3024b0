"""What Bamboo is built from is pinned, named and free of secrets."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY, ROOT

LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-tools.lock", DEPLOY / "requirements.txt"]
SIMULATED = {"tests", "bench", "sandbox"}
"""Their secrets open nothing."""
SECRET = re.compile(r"(?<![\w-])(?:sk|stk|whsec|whk_secret)_[A-Za-z0-9+/=_-]{24,}")

GRAMMAR = "rfc3987_syntax"
ADDRESS = re.compile(r"https://[\w.-]+(/[\w.~/%+#=-]*)?")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    if not listed:
        pytest.skip("not a checkout")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_its_hashes(lock: Path) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)
    pins = [entry for entry in entries if "==" in entry.partition("\n")[0]]
    assert len(pins) > 30
    assert [entry.splitlines()[0] for entry in pins if "--hash=sha256:" not in entry] == []


def test_no_secret_is_in_the_repository() -> None:
    """The store's own forms, which the general scan of `make check` doesn't know."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0][:12]}…"
        for path in tracked()
        if path.suffix not in {".png", ".lock"} and path.relative_to(ROOT).parts[0] not in SIMULATED
        for match in SECRET.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_a_secret_that_is_committed_would_be_found(tmp_path: Path) -> None:
    leaked = tmp_path / "config.py"
    leaked.write_text("KEY = 'AKIA" + "IOSFODNN7EXAMPLE'\n")  # in two parts, or it would be found here
    code = "from detect_secrets.pre_commit_hook import main; raise SystemExit(main())"
    pytest.importorskip("detect_secrets")
    ended = subprocess.run([sys.executable, "-c", code, str(leaked)], capture_output=True, check=False)
    assert ended.returncode == 1


def test_the_list_of_ingredients_names_what_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py")
    target = tmp_path / "bamboo.cdx.json"
    arguments = [
        "requirements",
        str(DEPLOY / "requirements.txt"),
        "--pyproject",
        str(ROOT / "pyproject.toml"),
    ]
    # It looks whether what it has made follows the schema, but reads addresses by a grammar of seconds.
    code = f"import sys; sys.modules['{GRAMMAR}'] = None; from cyclonedx_py._internal.cli import run; run()"
    subprocess.run(
        [sys.executable, "-c", code, *arguments, "--output-file", str(target)],
        capture_output=True,
        check=True,
    )
    told = json.loads(target.read_text())
    addresses = re.findall(r'"url": "(.*)"', target.read_text())
    assert len(addresses) > 10
    assert [each for each in addresses if not ADDRESS.fullmatch(each)] == []
    assert told["bomFormat"] == "CycloneDX"
    assert {"discord-py", "aiohttp"} <= {each["name"].replace(".", "-") for each in told["components"]}


def test_risky_code_is_looked_for() -> None:
    pytest.importorskip("bandit")
    arguments = ["--quiet", "--recursive", "--configfile", "pyproject.toml", "bot", "cogs", "sandbox"]
    ended = subprocess.run(
        [sys.executable, "-m", "bandit", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def test_the_tests_that_the_threats_name_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", (ROOT / "SECURITY.md").read_text())
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_renovate_looks_after_the_lists() -> None:
    assert json.loads((ROOT / "renovate.json").read_text())["pip-compile"]["managerFilePatterns"]
