"""A message that reached nobody waits in `/purchases`, and the next private answer announces it."""

import pytest

from tests.harness.shop import Shop, buttons_of, link_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


WAITING = "-# A message is waiting for you: use /purchases."


async def bought(shop: Shop, *handles: str) -> None:
    for handle in handles:
        await shop.buy(handle)


async def lose_a_message(shop: Shop, handle: str) -> None:
    """Somebody buys, and neither their DMs nor the private answer can be reached."""
    shop.close_dms()
    shop.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008, times=None)
    await shop.buy(handle)
    shop.open_dms()
    assert [row["outcome"] for row in shop.rows("SELECT outcome FROM jobs WHERE lane = 'people'")] == [
        "undelivered"
    ]


async def test_a_link_that_reached_nobody_is_announced_by_the_next_private_answer(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")

    visitor = await Visitor(shop).open()

    assert visitor.text.endswith(WAITING)


async def test_it_is_announced_beside_a_new_link_as_well(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")

    result = await shop.buy("skyblock-map")

    assert "as a direct message" in text_of(result.response)
    assert text_of(result.response).endswith(WAITING)


async def test_it_is_not_announced_to_anybody_else(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")

    visitor = await Visitor(shop, shop.member("bob")).open()

    assert "waiting" not in visitor.text


async def test_it_waits_in_the_list_until_its_link_was_shown(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")

    visitor = await Visitor(shop).open_purchases()

    assert "We couldn't send you a direct message. It's marked below." in visitor.text
    assert visitor.text.endswith("-# **New**: we couldn't send you this")
    assert WAITING not in visitor.text
    shopping = await Visitor(shop).open()
    assert shopping.text.endswith(WAITING)  # the list doesn't hold the link, so nobody has seen it yet
    await visitor.click("Show payment link")
    assert link_of(visitor.last.response) == shop.pages[0]
    assert "waiting" not in visitor.answer
    again = await Visitor(shop).open_purchases()
    assert "couldn't send you" not in again.text
    shopping = await Visitor(shop).open()
    assert "waiting" not in shopping.text


async def test_a_link_that_discord_did_not_take_was_not_shown(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")
    visitor = await Visitor(shop).open_purchases()
    shop.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008, times=None)

    await visitor.click("Show payment link")

    shop.open_dms()
    assert [row["outcome"] for row in shop.rows("SELECT outcome FROM jobs WHERE lane = 'people'")] == [
        "undelivered"
    ]


async def test_several_are_counted(shop: Shop) -> None:
    shop.close_dms()
    shop.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008, times=None)
    await bought(shop, "grove-guard", "skyblock-map")
    shop.open_dms()

    shopping = await Visitor(shop).open()
    assert shopping.text.endswith("-# 2 messages are waiting for you: use /purchases.")

    visitor = await Visitor(shop).open_purchases()
    assert "We couldn't send you 2 direct messages." in visitor.text


async def test_a_link_that_can_no_longer_be_paid_is_not_worth_an_announcement(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")
    await shop.pass_time(hours=7)

    visitor = await Visitor(shop).open()

    assert "waiting" not in visitor.text
    listed = await Visitor(shop).open_purchases()
    assert "couldn't send you" not in listed.text


async def test_the_longest_page_has_room_for_the_announcement(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")
    shop.sandbox.fail_next(refuse=True, times=100_000)
    await shop.pass_time(minutes=50)

    visitor = await Visitor(shop).open("e")
    assert len(visitor.titles) == 6
    assert "This is from" in visitor.text
    assert visitor.text.endswith(WAITING)


async def test_the_announcement_is_made_once_and_not_at_every_click(shop: Shop) -> None:
    await lose_a_message(shop, "grove-guard")
    visitor = await Visitor(shop).open()

    await visitor.click("Next")

    assert "waiting" not in visitor.text
    assert buttons_of(visitor.page)
