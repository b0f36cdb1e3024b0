"""A price that changed since it was seen: the store's amount guard refuses, and the member decides."""

import pytest

from tests.harness.shop import Shop, buttons_of, link_of, text_of

pytestmark = pytest.mark.kept_shop


async def seen_at(shop: Shop, product: str, **options: object) -> None:
    """The bot has just read the product's price."""
    await shop.buy(product, shop.member("bob"), **options)


async def test_the_member_sees_the_old_price_and_the_new_one_and_is_not_charged(shop: Shop) -> None:
    await seen_at(shop, "grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)

    result = await shop.buy("grove-guard")

    answer = text_of(result.response)
    assert result.response.ephemeral
    assert "**GroveGuard**" in answer
    assert "It was ~~$24.99~~ and is now **$29.99**" in answer
    assert "You haven't been charged" in answer
    assert list(buttons_of(result.response)) == ["Continue for $29.99", "No thanks"]
    assert shop.dms(shop.alice) == []
    assert [body["amount"] for body in shop.bodies] == [2499, 2499]


async def test_agreeing_to_the_new_price_brings_a_link_for_it(shop: Shop) -> None:
    await seen_at(shop, "grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)
    result = await shop.buy("grove-guard")

    await shop.alice.click(result.response, label="Continue for $29.99")

    [message] = shop.dms(shop.alice)
    assert "**GroveGuard**: $29.99" in text_of(message)
    assert link_of(message) == shop.pages[-1]
    assert shop.bodies[-1]["amount"] == 2999
    assert "as a direct message" in text_of(result.response)
    [sale] = shop.rows("SELECT * FROM sales WHERE buyer_id = ?", shop.alice.id)
    assert (sale["status"], sale["subtotal"]) == ("open", 2999)


async def test_a_second_change_is_asked_about_again_beside_the_price_that_was_agreed_to(shop: Shop) -> None:
    await seen_at(shop, "grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)
    result = await shop.buy("grove-guard")
    shop.sandbox.set_price("grove-guard", 3499)

    await shop.alice.click(result.response, label="Continue for $29.99")

    assert "It was ~~$29.99~~ and is now **$34.99**" in text_of(result.response)
    assert shop.dms(shop.alice) == []
    await shop.alice.click(result.response, label="Continue for $34.99")
    [message] = shop.dms(shop.alice)
    assert "Pay $34.99" in buttons_of(message)


async def test_a_price_that_fell_back_is_asked_about_too(shop: Shop) -> None:
    await seen_at(shop, "grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)
    result = await shop.buy("grove-guard")
    shop.sandbox.set_price("grove-guard", 2499)

    await shop.alice.click(result.response, label="Continue for $29.99")

    assert "It was ~~$29.99~~ and is now **$24.99**" in text_of(result.response)


async def test_the_sum_of_several_is_what_is_compared(shop: Shop) -> None:
    await seen_at(shop, "arena-license", variant="Personal")
    shop.sandbox.set_price("arena-license", 2000, variant="Personal")

    result = await shop.buy("arena-license", variant="Personal", quantity=3)

    assert "It was ~~$57.00~~ and is now **$60.00**" in text_of(result.response)


async def test_agreeing_when_it_has_sold_out_meanwhile_says_so(shop: Shop) -> None:
    await seen_at(shop, "game-key")
    shop.sandbox.set_price("game-key", 1499)
    result = await shop.buy("game-key")
    shop.sandbox.sell_out("game-key")

    clicked = await shop.alice.click(result.response, label="Continue for $14.99")

    [refusal] = clicked.followups
    assert "sold out" in text_of(refusal)
    assert shop.dms(shop.alice) == []


async def test_a_price_that_the_member_sees_first_is_not_asked_about(shop: Shop) -> None:
    await seen_at(shop, "grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)
    await shop.pass_time(minutes=1)

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert "Pay $29.99" in buttons_of(message)


async def test_the_button_is_for_the_member_who_was_asked(shop: Shop) -> None:
    """An answer in private can't be clicked by others; a stolen `custom_id` can."""
    await seen_at(shop, "grove-guard")
    shop.sandbox.set_price("grove-guard", 2999)
    result = await shop.buy("grove-guard")
    [button, _no] = buttons_of(result.response).values()
    mallory = shop.member("mallory")
    stolen = await shop.button_for(mallory, button["custom_id"])

    clicked = await mallory.user.click(stolen, custom_id=button["custom_id"])

    [refusal] = clicked.followups
    assert "is someone else's purchase" in text_of(refusal)
    assert shop.rows("SELECT * FROM sales WHERE buyer_id = ?", mallory.id) == []
    assert len(shop.bodies) == 2
