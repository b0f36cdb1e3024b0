"""People who send and pay invoices, for tests."""

from typing import Any

import discord
import simcord

from tests.harness.shop import Shop, text_of


def staff_member(shop: Shop, name: str) -> simcord.MemberActor:
    """Somebody who may manage the server."""
    role = shop.guild.create_role(f"{name}-role", permissions=discord.Permissions(manage_guild=True))
    return shop.guild.add_member(shop.env.create_user(name), roles=[role])


async def draft(shop: Shop, staff: simcord.MemberActor, **options: Any) -> simcord.InteractionResult:
    """`/invoice create`, for Alice unless said otherwise."""
    given = {"member": shop.alice, "item": "Logo", "amount": "12.50", **options}
    return await staff.slash(shop.channel, "invoice create", **given)


async def click(
    actor: simcord.MemberActor, shown: Any, label: str, fields: dict[str, Any] | None = None
) -> simcord.InteractionResult:
    """Click a button of a message or answer; fill in the form that opens."""
    message = shown.response if hasattr(shown, "response") else shown
    result = await actor.click(message, label=label)
    if fields is None:
        return result
    return await actor.submit_modal(result, fields)


async def sent(shop: Shop, staff: simcord.MemberActor, **options: Any) -> simcord.InteractionResult:
    """An invoice, drafted and sent."""
    return await click(staff, await draft(shop, staff, **options), "Send")


def told(result: simcord.InteractionResult) -> str:
    """What the person was told, in the answer and below it."""
    return "\n".join([text_of(result.response), *map(text_of, result.followups)])


def states(shop: Shop) -> list[str]:
    return [row["state"] for row in shop.rows("SELECT state FROM invoices ORDER BY id")]


def number_of(shop: Shop) -> int:
    """The newest invoice's number."""
    return int(shop.rows("SELECT max(number) AS number FROM invoices")[0]["number"])


def audited_actions(shop: Shop) -> list[str]:
    """What the audit holds, oldest first, but for what was set up."""
    kept = shop.rows("SELECT action FROM audit WHERE action != 'settings' ORDER BY id")
    return [row["action"] for row in kept]


def lines_in(channel: simcord.ChannelHandle) -> list[Any]:
    """The messages of a channel that everybody in it can read, oldest first."""
    env = channel._env
    return [
        simcord.ResponseMessage(env, message)
        for message in env.backend.messages.get(channel.id, {}).values()
        if not message.is_ephemeral
    ]


async def posted_notice(shop: Shop, staff: simcord.MemberActor) -> Any:
    """The notice in #shop of an invoice that did not reach Alice, who takes direct messages again."""
    shop.close_dms()
    result = await sent(shop, staff)
    shop.open_dms()
    await click(staff, result, "Post a notice")
    [notice] = lines_in(shop.channel)
    return notice
