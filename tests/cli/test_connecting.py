"""`bamboo webhook …` and `bamboo commands …`, as an owner uses them."""

import stat
import tomllib
from typing import Any

from sandbox.core_api import ALL_SCOPES, Token
from tests.cli.owner import NOBODY_LISTENS, SECRET, Owner

ADDRESS = f"{NOBODY_LISTENS}/webhooks/pandabase"
WEB: dict[str, Any] = {"enabled": True, "port": 0, "public_url": NOBODY_LISTENS}


def kept_secret(owner: Owner) -> Any:
    return tomllib.loads((owner.folder / "config.toml").read_text())["web"].get("webhook_secret")


async def test_a_webhook_is_registered_once_and_its_secret_kept(owner: Owner) -> None:
    owner.writes_settings(web=WEB)
    ended = await owner.runs("webhook", "register")
    assert ended.code == 0, ended.everything
    [made] = owner.sandbox.webhooks.registered.values()
    assert (made.endpoint.url, made.endpoint.version) == (ADDRESS, "V2")
    assert kept_secret(owner) == made.endpoint.secret
    assert made.endpoint.secret not in ended.everything
    assert stat.S_IMODE((owner.folder / "config.toml").stat().st_mode) == 0o600
    assert ended.output.splitlines()[-1].endswith("-m bot webhook test")

    made.is_enabled, made.event_types = False, ("PAYMENT_COMPLETED",)
    again = await owner.runs("webhook", "register")
    assert again.output == f"The store sends every event to {ADDRESS} already.\n"
    [same] = owner.sandbox.webhooks.registered.values()
    assert (same.id, same.is_enabled, len(same.event_types)) == (made.id, True, 18)


async def test_a_webhook_whose_secret_nobody_has_is_replaced(owner: Owner) -> None:
    owner.registers_webhook(ADDRESS)
    owner.writes_settings(web=WEB)
    assert (await owner.runs("webhook", "register")).code == 0
    [made] = owner.sandbox.webhooks.registered.values()
    assert kept_secret(owner) == made.endpoint.secret != SECRET


async def test_a_secret_is_rotated_in_two_steps(owner: Owner) -> None:
    owner.registers_webhook(ADDRESS)
    owner.writes_settings(web={**WEB, "webhook_secret": SECRET})
    ended = await owner.runs("webhook", "rotate")
    assert ended.code == 0, ended.everything
    old, new = owner.sandbox.webhooks.registered.values()
    assert kept_secret(owner) == [new.endpoint.secret, SECRET]
    assert ended.output.splitlines()[-1].endswith("-m bot webhook rotate --finish")

    ended = await owner.runs("webhook", "rotate", "--finish")
    assert ended.code == 0, ended.everything
    assert list(owner.sandbox.webhooks.registered) == [new.id] != [old.id]
    assert kept_secret(owner) == [new.endpoint.secret] or kept_secret(owner) == new.endpoint.secret


async def test_the_stores_test_event_is_seen_to_arrive(owner: Owner) -> None:
    async with owner.running_with_webhooks() as address:
        owner.registers_webhook(f"{address}/webhooks/pandabase")
        ended = await owner.runs("webhook", "test")
    assert (ended.code, ended.output) == (
        0,
        f"The store's test event arrived by way of {address}.\n",
    ), ended.everything


async def test_what_is_missing_for_a_webhook_is_said_with_its_mend(owner: Owner) -> None:
    owner.writes_settings()
    ended = await owner.runs("webhook", "register")
    assert (ended.code, ended.errors) == (
        1,
        "Webhooks aren't set up; set web.enabled = true and web.public_url first\n",
    )
    owner.writes_settings(web=WEB)
    ended = await owner.runs("webhook", "test")
    assert ended.errors.startswith(f"{NOBODY_LISTENS} doesn't lead to Bamboo: nothing answers there.")
    owner.sandbox.add_token(Token("sk_less", scopes=ALL_SCOPES - {"WEBHOOKS_WRITE"}))
    owner.writes_settings(web=WEB, pandabase={"api_token": "sk_less"})
    ended = await owner.runs("webhook", "register")
    assert ended.errors.startswith("pandabase.api_token may not do this; give it WEBHOOKS_READ and")


async def test_commands_are_shown_and_taken_away(owner: Owner) -> None:
    owner.writes_settings()
    ended = await owner.runs("commands", "sync")
    assert ended.code == 0, ended.everything
    assert ended.output == f"Grove ({owner.guild.id}) shows Bamboo's commands.\n"
    assert "buy" in {command["name"] for command in owner.discord.world.commands[owner.guild.id]}
    assert owner.discord.gateway.identified == 0

    ended = await owner.runs("commands", "clear")
    assert ended.output == f"Grove ({owner.guild.id}) shows none of Bamboo's commands.\n"
    assert owner.discord.world.commands[owner.guild.id] == []
