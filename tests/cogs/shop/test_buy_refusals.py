"""What `/buy` refuses before the store is asked: each time with the reason and with what can be done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.harness.shop import START, Shop, text_of

pytestmark = pytest.mark.kept_shop


IN_TWO_WEEKS = int((START + timedelta(days=14)).timestamp())
THREE_DAYS_AGO = int((START - timedelta(days=3)).timestamp())


async def assert_refused(shop: Shop, product: str, *essentials: str, **options: Any) -> None:
    """The member is told so privately, the store isn't asked, and nothing is written down."""
    result = await shop.buy(product, **options)

    assert result.response.ephemeral
    answer = text_of(result.response)
    for essential in essentials:
        assert essential in answer
    # It is nobody's failure: there is nothing for the staff to look up.
    assert "Reference" not in answer
    assert shop.bodies == []
    assert shop.dms(shop.alice) == []
    assert shop.rows("SELECT * FROM sales") == []
    assert shop.rows("SELECT * FROM sessions") == []


async def test_what_is_out_of_stock(shared_shop: Shop) -> None:
    await assert_refused(shared_shop, "beta-key", "Closed beta key is sold out")


async def test_a_variant_that_is_out_of_stock_while_others_are_not(shop: Shop) -> None:
    shop.sandbox.sell_out("arena-license", variant="Network")

    await assert_refused(shop, "arena-license", "Arena Nine (Network) is sold out", variant="Network")


async def test_more_of_a_variant_than_are_left(shop: Shop) -> None:
    shop.sandbox.set_stock("arena-license", 4, variant="Personal")

    await assert_refused(
        shop, "arena-license", "Only 4 of Arena Nine (Personal) left", variant="personal", quantity=5
    )


async def test_more_than_one_customer_may_have(shared_shop: Shop) -> None:
    await assert_refused(
        shared_shop, "game-key", "limited to 2 per customer", "Choose 2 or fewer", quantity=3
    )


async def test_what_is_not_sold_yet(shared_shop: Shop) -> None:
    await assert_refused(
        shared_shop, "lantern-pass", "goes on sale", f"<t:{IN_TWO_WEEKS}:f>", f"<t:{IN_TWO_WEEKS}:R>"
    )


async def test_what_is_no_longer_sold(shared_shop: Shop) -> None:
    await assert_refused(shared_shop, "spring-bundle", "was sold until", f"<t:{THREE_DAYS_AGO}:f>", "/shop")


async def test_what_was_sold_until_this_very_moment(shop: Shop) -> None:
    shop.sandbox.product("weekend-skin").available_until = START + timedelta(minutes=10)
    await shop.pass_time(minutes=10)

    await assert_refused(shop, "weekend-skin", "was sold until")


async def test_a_variant_of_a_product_that_has_none(shared_shop: Shop) -> None:
    await assert_refused(
        shared_shop, "grove-guard", "comes in one variant only", "Leave the variant out", variant="Large"
    )


async def test_another_currency_than_the_shops(shared_shop: Shop) -> None:
    await assert_refused(shared_shop, "coaching", "priced in EUR", "sells in USD", "can't buy it here")


@pytest.mark.parametrize(("handle", "currency"), [("japanese-artbook", "JPY"), ("arabic-fonts", "KWD")])
async def test_a_currency_that_has_no_cents_or_thousandths(
    shared_shop: Shop, handle: str, currency: str
) -> None:
    await assert_refused(shared_shop, handle, f"priced in {currency}", "can't buy it here")


async def test_what_is_free(shared_shop: Shop) -> None:
    await assert_refused(
        shared_shop, "wallpapers", "Wallpaper set is free", "nothing of it comes through Discord"
    )


async def test_what_has_to_be_shipped(shared_shop: Shop) -> None:
    await assert_refused(shared_shop, "enamel-pin", "Enamel pin has to be shipped", "can't buy it here")


async def test_a_total_below_what_a_payment_link_takes(shared_shop: Shop) -> None:
    await assert_refused(
        shared_shop, "single-sticker", "That's $0.98", "the minimum is $1.00", "Choose 3 or more", quantity=2
    )


async def test_a_total_above_what_a_payment_link_takes(shared_shop: Shop) -> None:
    await assert_refused(
        shared_shop, "grove-guard", "the maximum is $10,000.00", "Choose 400 or fewer", quantity=401
    )


async def test_one_unit_that_is_above_it_already(shared_shop: Shop) -> None:
    await assert_refused(shared_shop, "server-suite", "the maximum is $10,000.00", "Ask staff")


async def test_a_product_that_the_store_took_out_of_its_list(shop: Shop) -> None:
    gone = shop.sandbox.remove_product("grove-guard")

    result = await shop.alice.slash(shop.channel, "buy", product=gone.id)

    assert text_of(result.response) == "⚠️ This product is no longer sold. See what's in /shop."
    assert shop.bodies == []
    assert shop.rows("SELECT * FROM sales") == []


def _markdown(product: Any) -> None:
    product.title = "**Sale** [here](https://elsewhere.example) @everyone"


def _long(product: Any) -> None:
    product.title = "_" * 5000


@pytest.mark.parametrize("rename", [_markdown, _long])
async def test_a_refusal_names_the_product_harmlessly(
    shared_shop: Shop, rename: Callable[[Any], None]
) -> None:
    product = shared_shop.sandbox.product("beta-key")
    rename(product)

    result = await shared_shop.buy("beta-key")

    answer = text_of(result.response)
    assert "sold out" in answer
    assert "[here](" not in answer
    assert "@everyone" not in answer
    assert "**Sale" not in answer


async def test_variants_with_endless_names_leave_room_for_the_answer(shared_shop: Shop) -> None:
    for variant in shared_shop.sandbox.product("arena-license").variants:
        variant.title = "*" * 1500

    result = await shared_shop.buy("arena-license")

    assert "Which one would you like?" in text_of(result.response)
