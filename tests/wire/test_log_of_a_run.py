"""The log of a whole run, from start to end: no secret, no link, nothing about a person."""

import json

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.cli.owner import SECRET, Owner

SIGNING_KEY = "a-key-that-only-tests-use"
E_MAIL = "payer-of-the-test@example.org"


@pytest.mark.parametrize(("level", "style"), [("INFO", "json"), ("INFO", "text"), ("DEBUG", "text")])
async def test_a_whole_run_logs_no_secret_no_link_and_no_person(owner: Owner, level: str, style: str) -> None:
    alice = owner.discord.member("alice-the-buyer", owner.guild)
    channel = owner.discord.channel(owner.guild, "shop")
    product = next(iter(owner.sandbox.products.values()))
    async with owner.running_with_webhooks(logging={"level": level, "format": style}) as url:
        owner.registers_webhook(f"{url}/webhooks/pandabase")
        purchase = await owner.discord.slash(alice, channel, "buy", product=product.id)
        await purchase.answered_with("payment link is ready")
        [session] = owner.sandbox.sessions
        owner.sandbox.store.decline(session, email=E_MAIL)
        owner.sandbox.store.pay(session, email=E_MAIL)
        await owner.until(lambda: owner.counts("orders") == 2)  # the declined one, and the paid one
        owner.sandbox.fail_next(path="*/checkouts", status=500)
        again = await owner.discord.slash(alice, channel, "buy", product=product.id, quantity=2)
        await again.answered_with("")
    log = (owner.folder / "bamboo.log").read_text(encoding="utf-8")
    assert len(log.splitlines()) > 5, log
    assert "/stores/" in log  # what was done is there
    tokens = list(owner.discord.interactions)
    secrets = [owner.discord.token, DEMO_TOKEN.secret, SECRET, SIGNING_KEY, *tokens]
    links = [f"/c/{session}", "/c/cs_"]
    people = [E_MAIL, *(["alice-the-buyer"] if level == "INFO" else [])]
    assert [each for each in (*secrets, *links, *people) if each in log] == []
    if style == "json":
        assert all(json.loads(line)["message"] for line in log.splitlines())
