"""A catalog file is all that a language takes: what people see is in it from the first word to the last."""

from pathlib import Path

from tests.bot.texts.pseudo import bracketed, pseudo, untranslated
from tests.harness.shop import Shop
from tests.harness.visitor import Visitor

TITLES = ("Bamboo Quest game key", "VIP membership")


async def test_what_was_bought_is_listed_in_the_readers_language(shop: Shop, tmp_path: Path) -> None:
    shop.app.bot.languages = pseudo(tmp_path / "languages")
    await shop.buy("game-key", quantity=2)
    await shop.pass_time(hours=7)
    await shop.buy("vip-monthly")

    visitor = await Visitor(shop).open_purchases()

    assert untranslated(visitor.page.components, *TITLES) == []
    assert bracketed("Show the link") in visitor.enabled
    assert [found for dm in shop.dms(shop.alice) for found in untranslated(dm.components, *TITLES)] == []
