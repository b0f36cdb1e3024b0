"""Invoices, played in the terminal: staff send two, and the member declines the one that is a mistake."""

from collections.abc import Callable
from typing import Final

import discord
import simcord
from rich.console import Console
from rich.markup import escape

from bot.errors import BambooError
from sandbox.demo.rendering import BUTTON, components
from sandbox.demo.world import World

Step = Callable[[str], None]
Show = Callable[[simcord.ResponseMessage | None, str], None]
_DM: Final = "Direct message from Bamboo"


class InvoiceStepFailed(BambooError):
    """What the tour promised of invoices did not happen."""


async def play_invoice(world: World, console: Console, step: Step, show: Show) -> None:
    """Send, pay, decline. Raises InvoiceStepFailed."""
    role = world.guild.create_role("Team", permissions=discord.Permissions(manage_guild=True))
    bo = world.guild.add_member(world.env.create_user("bo", global_name="Bo"), roles=[role])

    step("Bo, of the staff, charges Alice for something that is in no catalog, and sees what she will get.")
    console.print(
        "    [bold magenta]Bo ❯[/bold magenta] /invoice create member: Alice item: Logo amount: 12,50"
    )
    draft = await bo.slash(
        world.shop, "invoice create", member=world.alice, item="Logo", amount="12,50", quantity=2, due="3d"
    )
    _require(draft.response is not None and draft.ephemeral, "there was no private preview")
    show(draft.response, "#shop, only Bo can see this")

    step("He sends it. It comes by direct message, with a payment page of its own.")
    await bo.click(_shown(draft), label="Send")
    show(draft.response, "#shop, only Bo can see this")
    message = world.direct_messages(world.alice)[-1]
    show(message, _DM)
    link = _link(message)
    session = world.sandbox.sessions.get((link or "").rsplit("/", 1)[-1])
    _require(session is not None, "the store did not issue the invoice's link")
    console.print(f"    The button leads to the store's own page: [link={link}]{escape(link or '')}[/link]")

    step("He sends another one by mistake. Alice declines it, and says why.")
    mistake = await bo.slash(world.shop, "invoice create", member=world.alice, item="Banner", amount="$99")
    await bo.click(_shown(mistake), label="Send")
    second = world.direct_messages(world.alice)[-1]
    form = await world.alice.user.click(second.message, label="Decline")
    await world.alice.user.submit_modal(form, {"reason": "I never ordered a banner"})
    declined = world.direct_messages(world.alice)[-1]
    show(declined, _DM)
    _require(_link(declined) is None, "the declined invoice still has its link")

    step("Bo looks at both.")
    listed = await bo.slash(world.shop, "invoice list")
    show(listed.response, "#shop, only Bo can see this")
    shown = await bo.slash(world.shop, "invoice show", number=2)
    show(shown.response, "#shop, only Bo can see this")
    said = "".join(part.get("content", "") for part in components(_shown(shown).components))
    _require("I never ordered a banner" in said, "the staff do not see the reason")


def _shown(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    if result.response is None:
        raise InvoiceStepFailed("The tour stopped: there was no answer.")
    return result.response


def _link(message: simcord.ResponseMessage) -> str | None:
    links = [
        part["url"] for part in components(message.components) if part["type"] == BUTTON and "url" in part
    ]
    return str(links[0]) if links else None


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise InvoiceStepFailed(f"The tour stopped: {otherwise}.")
