"""The dashboard and the alerts ask for what a running bot shows, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from typer.main import get_command

from bot.cli import cli
from tests.cli.owner import SECRET, Owner
from tests.deploy.files import DEPLOY, ROOT

DASHBOARD = DEPLOY / "grafana" / "bamboo.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
NAME = re.compile(r"\bbamboo_\w+")
PERSONAL = re.compile(r"(?<![\d.])\d{17,20}(?![\d.])|@|cs_\w+|https?://(?!127\.0\.0\.1)")


def asked_of(path: Path) -> set[str]:
    return set(NAME.findall(path.read_text(encoding="utf-8")))


@pytest.fixture
async def shown(owner: Owner) -> str:
    """What `/metrics` says after somebody has bought something."""
    alice = owner.discord.member("alice", owner.guild)
    channel = owner.discord.channel(owner.guild, "shop")
    product = next(iter(owner.sandbox.products.values()))
    backup = {"every_hours": 1, "folder": str(owner.folder / "b")}
    async with owner.running_with_webhooks(backup=backup) as url:
        owner.registers_webhook(f"{url}/webhooks/pandabase", secret=SECRET)
        purchase = await owner.discord.slash(alice, channel, "buy", product=product.id)
        await purchase.answered_with("payment link is ready")
        owner.sandbox.store.pay(next(iter(owner.sandbox.sessions)))
        await owner.until(lambda: owner.counts("orders") == 1)
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{url}/readyz") as answer:
                assert await answer.json() == {"ok": True}
            async with http.get(f"{url}/metrics") as answer:
                return await answer.text()


async def test_every_metric_that_is_asked_for_is_shown(shown: str) -> None:
    names = set(re.findall(r"^(bamboo_\w+?)(?:\{| )", shown, re.MULTILINE))
    asked = asked_of(DASHBOARD) | asked_of(ALERTS)
    assert asked - names == set()
    families = {name for name in re.findall(r"# TYPE (\w+)", shown) if not name.endswith("_created")}
    unasked = {name for name in families if not any(each.startswith(name) for each in asked)}
    assert unasked <= {"bamboo_servers"}

    assert 'bamboo_interaction_seconds_count{command="/buy"} 1.0' in shown
    assert 'bamboo_webhooks_total{status="200"} 1.0' in shown
    assert re.search(r'bamboo_store_requests_total\{outcome="20[01]"\} [1-9]', shown)
    assert 'bamboo_sessions{state="open"} 0.0' in shown
    assert re.search(r'bamboo_jobs_waiting\{queue="people"\} \d', shown)
    assert re.search(r'bamboo_workers\{state="idle"\} [1-9]', shown)
    assert 'bamboo_workers{state="stopped"} 0.0' in shown
    assert "bamboo_discord_connected 1.0" in shown
    assert PERSONAL.findall(shown) == []


def test_every_alert_says_what_is_noticed_and_what_to_do() -> None:
    alerts: list[dict[str, Any]] = [
        rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
    ]
    assert len(alerts) > 10
    for alert in alerts:
        assert NAME.search(alert["expr"]) or "up{" in alert["expr"]
        assert {"summary", "description"} <= alert["annotations"].keys()
        assert alert["labels"]["severity"] in {"warning", "critical"}
    assert len({alert["alert"] for alert in alerts}) == len(alerts)


def test_every_panel_of_the_dashboard_has_a_place_and_a_question() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        if panel["type"] != "row":
            assert panel["title"]
            assert all(NAME.search(target["expr"]) for target in panel["targets"])


def test_the_commands_that_alerts_name_exist() -> None:
    named = set(re.findall(r"`bamboo ([a-z]+)", ALERTS.read_text()))
    assert named
    assert named <= set(get_command(cli).commands)  # type: ignore[attr-defined]
    assert (ROOT / "deploy").is_dir()
