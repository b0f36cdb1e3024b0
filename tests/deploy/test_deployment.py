"""The files that containers, systemd and proxies are started with; none of them is started here."""

import re
import shutil
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from bot.web.receiver import LARGEST_BODY
from bot.web.server import WEBHOOK_PATH
from tests.deploy.files import DEPLOY, ROOT

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNIT = (DEPLOY / "bamboo.service").read_text()
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", re.MULTILINE)


def run(*arguments: str) -> str:
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_the_dockerfile_is_linted() -> None:
    hadolint = ROOT / ".venv" / "bin" / "hadolint"
    if not hadolint.exists():
        pytest.skip("hadolint has no build for this machine")
    assert run(str(hadolint), str(DEPLOY / "Dockerfile")) == ""


def test_the_image_runs_without_rights_and_says_whether_it_is_well() -> None:
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" in DOCKERFILE
    assert "/healthz" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


def test_the_image_copies_only_what_is_sent_to_docker() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        name.removeprefix("./").rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    }
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(hatch["packages"]) <= copied


def test_the_containers_have_no_more_than_they_need() -> None:
    bamboo = COMPOSE["services"]["bamboo"]
    assert bamboo["read_only"] is True
    assert bamboo["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in bamboo["security_opt"]
    assert "ports" not in bamboo, "only the proxy is public"
    assert bamboo["volumes"] == ["data:/data"]
    assert COMPOSE["services"]["caddy"]["profiles"] == ["caddy"]
    assert COMPOSE["services"]["postgres"]["profiles"] == ["postgres"]
    assert COMPOSE["volumes"].keys() == {"data", "caddy", "postgres"}
    dockerfile = DEPLOY / bamboo["build"]["context"] / bamboo["build"]["dockerfile"]
    assert dockerfile.resolve() == DEPLOY / "Dockerfile"


def test_the_unit_is_right_and_shut_in(tmp_path: Any) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd here")
    unit = tmp_path / "bamboo.service"
    unit.write_text(UNIT.replace("/opt/bamboo/bin/bamboo", shutil.which("true") or "/bin/true"))
    assert run("systemd-analyze", "verify", str(unit)) == ""
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit))
    [score] = re.findall(r"exposure level for \S+: ([\d.]+)", said)
    assert float(score) <= 2.0
    assert "RestartPreventExitStatus=2" in UNIT


@pytest.mark.parametrize("proxy", ["Caddyfile", "nginx.conf"])
def test_a_proxy_lets_through_webhooks_and_nothing_private(proxy: str) -> None:
    text = (DEPLOY / proxy).read_text()
    assert WEBHOOK_PATH in text
    assert "/metrics" not in re.sub(r"#.*", "", text)
    assert "404" in text
    limit = {"Caddyfile": "256KB", "nginx.conf": "256k"}[proxy]
    assert limit in text
    assert LARGEST_BODY == 256 * 1024


def test_what_is_installed_is_what_was_tested() -> None:
    tested = dict(PIN.findall((ROOT / "requirements.lock").read_text()))
    installed = dict(PIN.findall((DEPLOY / "requirements.txt").read_text()))
    assert len(installed) > 30
    assert {name: version for name, version in installed.items() if tested.get(name) != version} == {}
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.sub(r"[._]", "-", re.split(r"[\[<>=]", each)[0].lower()) for each in needed}
    assert names <= {re.sub(r"[._]", "-", name.lower()) for name in installed}
    assert not {"pytest", "mkdocs", "simcord"} & installed.keys()
    assert "matplotlib" in installed, "figures come with their picture in the container too"
