"""What is free: members take it themselves, once."""

from datetime import timedelta
from typing import Any

import pytest

from tests.harness.at_once import commands_at_once
from tests.harness.grove import Grove
from tests.harness.shop import text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


FREE = "wallpapers"


async def free_benefit(grove: Grove) -> str:
    product = grove.shop.sandbox.product(FREE)
    await grove.store("benefit add", product=product.id, role=grove.role)
    return product.id


async def answer_of(grove: Grove, result: Any) -> str:
    await grove.till.settled()
    return text_of(result.response)


async def test_what_is_free_is_taken_by_its_button_in_the_shop(grove: Grove) -> None:
    await grove.keep_log()
    await free_benefit(grove)

    visitor = await Visitor(grove.shop).look_at(FREE)
    assert "**Free**" in visitor.text
    assert "Nothing to pay" in visitor.text
    await visitor.click("Get it free")

    assert "It's yours" in await answer_of(grove, visitor.last)
    assert grove.roles() == {"VIP"}
    assert "It's yours" in grove.told()[-1]
    page = (await grove.shop.alice.slash(grove.shop.channel, "purchases")).response
    assert "Yours for free · " in text_of(page)
    [logged] = grove.logged()
    assert "Taken for free" in logged
    assert grove.shop.sandbox.sessions == {}


async def test_buy_takes_what_is_free_once(grove: Grove) -> None:
    product = await free_benefit(grove)

    first = await answer_of(grove, await grove.shop.alice.slash(grove.shop.channel, "buy", product=product))
    second = await answer_of(grove, await grove.shop.alice.slash(grove.shop.channel, "buy", product=product))

    assert "It's yours" in first
    assert "free once for each member" in second
    assert len(grove.grants()) == 1


async def test_two_at_once_take_it_once(grove: Grove) -> None:
    product = await free_benefit(grove)

    answers = await commands_at_once(grove.shop, "buy", *[(grove.shop.alice, {"product": product})] * 3)
    await grove.till.settled()

    assert sum("It's yours" in answer for answer in answers) == 1
    assert len(grove.grants()) == 1


async def test_its_button_works_after_a_restart_and_everybody_gets_their_own(grove: Grove) -> None:
    await free_benefit(grove)
    visitor = await Visitor(grove.shop).look_at(FREE)
    async with grove.outage():
        pass

    await visitor.click("Get it free")
    assert "It's yours" in await answer_of(grove, visitor.last)
    for_bob = await grove.bob.slash(
        grove.shop.channel, "buy", product=grove.shop.sandbox.product(FREE).id, gift_to=grove.shop.alice
    )

    assert "everyone gets their own" in text_of(for_bob.response)


async def test_what_is_free_and_gives_nothing_here_says_so(grove: Grove) -> None:
    product = grove.shop.sandbox.product(FREE).id

    answer = await answer_of(grove, await grove.shop.alice.slash(grove.shop.channel, "buy", product=product))

    assert "nothing of it comes through Discord" in answer
    assert grove.shop.rows("SELECT * FROM sales") == []


async def test_a_button_from_when_it_was_free_takes_nothing(grove: Grove) -> None:
    await free_benefit(grove)
    visitor = await Visitor(grove.shop).look_at(FREE)
    product = grove.shop.sandbox.product(FREE)
    product.pricing_model = type(product.pricing_model)("STANDARD")
    product.price = 500
    await grove.shop.pass_time(minutes=2)

    await visitor.click("Get it free")

    assert "isn't free anymore" in await answer_of(grove, visitor.last)
    assert grove.roles() == set()


async def test_of_variants_that_are_free_one_is_taken(grove: Grove) -> None:
    product = grove.till.product("EconomyPlus")
    product.pricing_model = type(product.pricing_model)("FREE")
    await grove.shop.pass_time(minutes=16)
    await grove.benefit("EconomyPlus")
    first, second = (each.id for each in product.variants[:2])

    for variant, told in ((first, "It's yours"), (second, "free once for each member")):
        bought = await grove.shop.alice.slash(grove.shop.channel, "buy", product=product.id, variant=variant)
        assert told in await answer_of(grove, bought)
    assert len(grove.grants()) == 1


async def test_what_is_not_free_yet_is_taken_later(grove: Grove) -> None:
    await free_benefit(grove)
    product = grove.shop.sandbox.product(FREE)
    product.available_from = grove.shop.clock() + timedelta(days=1)
    await grove.shop.pass_time(minutes=16)
    options = {"product": product.id}

    early = await answer_of(grove, await grove.shop.alice.slash(grove.shop.channel, "buy", **options))

    assert "It's yours" not in early
    assert grove.grants() == []


async def test_what_is_free_is_offered_in_the_list_of_buy(grove: Grove) -> None:
    [choice] = await grove.shop.alice.autocomplete(grove.shop.channel, "buy", "product", "wallpaper")

    assert choice["name"].endswith(" · free")
