"""Invoices, played in the terminal: staff send two; the member pays one, and declines the mistake."""

from typing import Final

import simcord

from sandbox.demo.narrator import DIRECT_MESSAGE, Narrator, answer_of, require
from sandbox.demo.rendering import link_of, texts

_ROBIN: Final = "#shop, only Robin can see this"


async def play_invoices(narrator: Narrator) -> None:
    """Send, pay, decline, look. Raises PromiseBroken."""
    paid = await _send(narrator)
    await _decline(narrator)
    await _pay(narrator, paid)
    await _look(narrator)


async def _send(narrator: Narrator) -> simcord.ResponseMessage:
    world = narrator.world
    narrator.step("Robin charges Alice for something that is in no catalog, and sees what she will get.")
    narrator.typed("/invoice create member: @Alice item: Logo amount: 12,50 quantity: 2 due: 3d", "Robin")
    options = {"member": world.alice, "item": "Logo", "amount": "12,50", "quantity": 2, "due": "3d"}
    result = await world.robin.slash(world.shop, "invoice create", **options)
    narrator.show(answer_of(result), _ROBIN)

    narrator.step("Robin presses “Send”. It comes by direct message, with a payment page of its own.")
    await world.robin.click(answer_of(result), label="Send")
    narrator.show(answer_of(result), _ROBIN)
    message = narrator.told()[-1]
    narrator.show(message, DIRECT_MESSAGE)
    narrator.page_of(message)
    return message


async def _decline(narrator: Narrator) -> None:
    world = narrator.world
    narrator.step("Robin sends another one by mistake. Alice declines it, and says why.")
    narrator.typed("/invoice create member: @Alice item: Banner amount: $99", "Robin")
    mistake = await world.robin.slash(
        world.shop, "invoice create", member=world.alice, item="Banner", amount="$99"
    )
    await world.robin.click(answer_of(mistake), label="Send")
    form = await world.alice.user.click(narrator.told()[-1].message, label="Decline")
    await world.alice.user.submit_modal(form, {"reason": "I never ordered a banner"})
    declined = narrator.told()[-1]
    narrator.show(declined, DIRECT_MESSAGE)
    require(link_of(declined) is None, "the declined invoice still has its link")


async def _pay(narrator: Narrator, invoice: simcord.ResponseMessage) -> None:
    narrator.step("Alice pays the first one on the store's page. Her message says so.")
    session = narrator.world.sandbox.sessions[(link_of(invoice) or "").rsplit("/", 1)[-1]]
    await narrator.pay(session)
    await narrator.until(lambda: "Paid." in texts(invoice), "the invoice does not say that it is paid")
    narrator.show(invoice, "The same direct message as before")
    require(link_of(invoice) is None, "the paid invoice still has its link")


async def _look(narrator: Narrator) -> None:
    world = narrator.world
    narrator.step("Robin sees what became of both.")
    narrator.typed("/invoice list", "Robin")
    listed = await world.robin.slash(world.shop, "invoice list")
    narrator.show(answer_of(listed), _ROBIN)
    require("· Paid" in texts(listed.response), "the staff do not see that it is paid")
    narrator.typed("/invoice show number: 2", "Robin")
    shown = await world.robin.slash(world.shop, "invoice show", number=2)
    narrator.show(answer_of(shown), _ROBIN)
    require("I never ordered a banner" in texts(shown.response), "the staff do not see the reason")
