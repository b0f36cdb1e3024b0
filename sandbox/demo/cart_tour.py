"""The part of the tour in which a member buys several things at once."""

import simcord

from sandbox.demo.narrator import ONLY_ALICE, Narrator, answer_of, require
from sandbox.demo.rendering import texts


async def play_cart(narrator: Narrator) -> None:
    """Two things go into the cart, and one link asks for both. Raises PromiseBroken."""
    world = narrator.world
    for handle in ("lobby-pack", "emote-pack"):
        product = world.sandbox.product(handle)
        narrator.step(f"Alice looks at “{product.title}” in the shop, and presses “Add to cart”.")
        narrator.typed(f"/shop search: {product.title}")
        page = answer_of(await world.alice.slash(world.shop, "shop", search=product.title))
        await world.alice.select(page, [product.id], custom_id=_menu_of(page))
        added = await world.alice.click(page, label="Add to cart")
        narrator.show(answer_of(added), ONLY_ALICE)
    narrator.step("She opens her cart, and checks out: one payment link for both.")
    narrator.typed("/cart")
    cart = answer_of(await world.alice.slash(world.shop, "cart"))
    narrator.show(cart, ONLY_ALICE)
    await world.alice.click(cart, label="Check out for $32.50")
    narrator.show(cart, ONLY_ALICE)
    session = narrator.page_of(cart)
    require([line.amount for line in session.quote.lines] == [2900, 350], "the link isn't for both")
    emptied = answer_of(await world.alice.slash(world.shop, "cart"))
    require("Your cart is empty" in texts(emptied), "the cart is not empty")


def _menu_of(page: simcord.ResponseMessage) -> str:
    """The `custom_id` of the menu by which a product is chosen."""
    rows = [part for whole in page.components for part in whole.get("components", ())]
    items = [item for row in rows for item in row.get("components", ())]
    return next(str(item["custom_id"]) for item in items if str(item.get("custom_id")).endswith(":product"))
