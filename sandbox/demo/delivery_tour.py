"""The tour's end: what was bought is paid for, and what the payment earns arrives."""

from typing import Final

import simcord

from sandbox.demo.narrator import Narrator, answer_of, require
from sandbox.demo.rendering import texts
from sandbox.demo.world import World
from sandbox.models import Session
from sandbox.order_shapes import order_alone

ROLE: Final = "Guardian"


async def play_delivery(narrator: Narrator, message: simcord.ResponseMessage, session: Session) -> None:
    """From Alice's message with an open link: a payment, the role, the key. Raises PromiseBroken."""
    world = narrator.world
    narrator.step("Alice pays on the store's page. The store tells the bot by a signed webhook.")
    before = {each.id for each in narrator.told()}
    await narrator.pay(session)
    await narrator.until(lambda: ROLE in world.roles_of(world.alice), "the role was not given")
    await narrator.until(lambda: _new(narrator, before), "the receipt did not come")
    await narrator.until(
        lambda: message.id not in {each.id for each in narrator.told()}, "the link's message did not go"
    )
    [receipt] = _new(narrator, before)
    narrator.show(receipt, "The receipt, in the place of the payment link")

    narrator.step(f"She has the role now: {', '.join(world.roles_of(world.alice))}.")

    narrator.step("She presses “Show key”: the keys are for her eyes only, and never stand in a message.")
    result = await world.alice.user.click(receipt.message, label="Show key")
    revealed = answer_of(result)
    narrator.show(revealed, "Only Alice can see this")
    keys = _keys(world, session)
    require(keys and all(key in texts(revealed) for key in keys), "the keys were not shown")

    narrator.step("Paid, role granted, key revealed. This is what staff see of it.")
    await narrator.until(lambda: narrator.logged("opened"), "the sales log does not follow")
    logged = narrator.logged("opened")
    require(logged is not None and "paid and delivered" in texts(logged), "the sales log says something else")
    if logged is not None:
        narrator.show(logged, "#sales-log")


def _new(narrator: Narrator, before: set[int]) -> list[simcord.ResponseMessage]:
    return [each for each in narrator.told() if each.id not in before]


def _keys(world: World, session: Session) -> list[str]:
    """As the store has them."""
    order = next(order for order in world.sandbox.orders if order.order_number == session.id)
    return [license_["key"] for license_ in order_alone(order)["licenses"]]
