"""What Robin has set up before a visitor comes: what products earn, and where staff read of sales."""

from datetime import timedelta
from typing import Any, Final

from bot.errors import BambooError
from sandbox.demo.rendering import texts
from sandbox.demo.world import World

_TOO_LITTLE: Final = 1
"""Cents."""
_UNTIL_STAFF_ARE_TOLD: Final = timedelta(minutes=2)
GUARDIAN_MESSAGE: Final = "Welcome, {member}! Put the key where the plugin asks for it."


class NotSetUp(BambooError):
    """The bot refused what the staff of the demo asked for."""


async def set_up_shop(world: World) -> None:
    """By the commands that staff use. Raises NotSetUp."""
    roles = world.roles
    await _order(world, "saleslog", "Sales are now logged", channel=world.sales_log)
    for handle, role, message in (
        ("grove-guard", roles.guardian, GUARDIAN_MESSAGE),
        ("sprout-weekly", roles.sprout, None),
        ("vip-monthly", roles.vip, None),
    ):
        options = {"product": world.sandbox.product(handle).id, "role": role}
        if message is not None:
            options["message"] = message
        await _order(world, "benefit add", "Role added", **options)
    await _order(world, "panel post", "Posting the shop", channel=world.shop)


async def leave_something_to_decide(world: World) -> None:
    """A payment of Mia's that doesn't match what she was asked for: staff decide about it."""
    product = world.sandbox.product("game-key")
    await world.people.mia.slash(world.shop, "buy", product=product.id)
    await world.env.settle()
    session = list(world.sandbox.sessions.values())[-1]
    payment = world.sandbox.store.begin_payment(session.id)
    payment.quote.lines[0].unit_amount = _TOO_LITTLE
    world.sandbox.ledger.clear(payment)
    await world.env.settle()
    await world.pass_time(_UNTIL_STAFF_ARE_TOLD)


async def _order(world: World, command: str, answer: str, **options: Any) -> None:
    result = await world.robin.slash(world.sales_log, f"store {command}", **options)
    said = texts(result.response)
    if answer not in said:
        raise NotSetUp(f"/store {command} was answered: {said or 'nothing'}")
