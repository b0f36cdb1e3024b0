"""Commands that arrive before the bot has answered the first of them."""

import asyncio
from typing import Any

import simcord
from simcord import interactions

from tests.harness.shop import Shop, text_of


async def commands_at_once(
    shop: Shop, name: str, *who: tuple[simcord.MemberActor, dict[str, Any]]
) -> list[str]:
    """The same command by several people, each with their options; returns what each was answered."""
    records = [_send(shop, member, name, options) for member, options in who]
    await asyncio.sleep(0)
    await shop.env.settle()
    return [text_of(simcord.InteractionResult(shop.env, record).response) for record in records]


def _send(shop: Shop, member: simcord.MemberActor, name: str, options: dict[str, Any]) -> Any:
    backend, channel = shop.env.backend, shop.channel
    first, *path = name.split()
    visible = backend.visible_commands(user_id=member.id, channel_id=channel.id)
    root = next(each for each in visible if each["name"] == first)
    leaf, nesting = interactions.walk_to_subcommand(root, path)
    chosen, resolved = interactions.build_options(member, name, leaf, options, channel_id=channel.id)
    data = {
        "id": root["id"],
        "name": root["name"],
        "type": 1,
        "options": interactions.nest_options(root, nesting, chosen),
        "resolved": resolved,
    }
    record, payload = interactions.base_payload(
        backend, type=2, channel_id=channel.id, guild_id=shop.guild.id, user_id=member.id, data=data
    )
    backend.emit("INTERACTION_CREATE", payload)
    return record
