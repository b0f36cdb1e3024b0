"""What Robin has set up before a visitor comes: what products earn, and where staff read of sales."""

from datetime import timedelta
from typing import Any, Final

from bot.errors import BambooError
from sandbox.bodies import CheckoutBody
from sandbox.demo.rendering import texts
from sandbox.demo.world import World
from sandbox.models import Order

_TOO_LITTLE: Final = 1
"""Cents."""
_UNTIL_STAFF_ARE_TOLD: Final = timedelta(minutes=2)
_FOR_SPROUTS: Final = "founder-rank"
_ON_WEBSITE: Final = "alice@example.com"
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


async def sell_to_some_only(world: World) -> None:
    """Founder rank is for those who support the server already. Raises NotSetUp."""
    product = world.sandbox.product(_FOR_SPROUTS).id
    await _order(world, "access", "only <@&", product=product, role=world.roles.sprout)


async def buy_on_website(world: World) -> None:
    """Something that no bot had a hand in: who bought it may claim it."""
    product = world.sandbox.product("grove-guard")
    item = {"product_id": product.id, "quantity": 1}
    session = world.sandbox.store.open_session(CheckoutBody.model_validate({"items": [item]}))
    world.sandbox.store.pay(session.id, email=_ON_WEBSITE, country="US")
    await world.env.settle()


def website_order(world: World) -> Order | None:
    """What was bought there."""
    return next((order for order in world.sandbox.orders if order.email == _ON_WEBSITE), None)


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
