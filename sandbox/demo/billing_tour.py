"""The part of the tour in which a member says who pays, sees the tax beforehand, and takes it all back."""

from typing import Final

from sandbox.demo.narrator import ONLY_ALICE, Narrator, answer_of, require
from sandbox.demo.rendering import texts

_TYPED: Final = {"name": "Alice Ito", "email": "alice@example.com", "country": "Germany", "tax_id": ""}


async def play_billing(narrator: Narrator) -> None:
    """Raises PromiseBroken."""
    world = narrator.world
    narrator.step("Alice says who pays, in a form. She sees it masked; it is kept encrypted.")
    narrator.typed("/billing")
    page = answer_of(await world.alice.slash(world.shop, "billing"))
    form = await world.alice.click(page, label="Name, email, country")
    await world.alice.submit_modal(form, _TYPED)
    narrator.show(page, ONLY_ALICE)
    require("A••• I•••" in texts(page), "her details are not masked")

    narrator.step("She buys: as her country is known, so is the tax.")
    product = world.sandbox.product("skyblock-map")
    narrator.typed(f"/buy product: {product.title}")
    bought = answer_of(await world.alice.slash(world.shop, "buy", product=product.id))
    narrator.show(bought, ONLY_ALICE)
    require("To pay: **$17.84**" in texts(bought), "the tax is not known")

    narrator.step("She presses “Delete my data”: everything goes that no sale needs.")
    asked = answer_of(await world.alice.click(page, label="Delete my data"))
    await world.alice.click(asked, label="Delete my data")
    narrator.show(asked, ONLY_ALICE)
    empty = answer_of(await world.alice.slash(world.shop, "billing"))
    require("Nothing saved yet." in texts(empty), "her details are still there")
