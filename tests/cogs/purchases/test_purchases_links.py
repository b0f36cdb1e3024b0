"""The buttons of `/purchases`: the link again, and giving it up; for its buyer alone."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.harness.instants import milliseconds
from tests.harness.shop import START, Shop, link_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


AT_SIX = int((START + timedelta(hours=6)).timestamp())
UNTIL_SIX = f"until <t:{AT_SIX}:t> (<t:{AT_SIX}:R>)"
TODAY = f"<t:{int(START.timestamp())}:d>"
GIVE_UP = "Cancel purchase"
NEW_LINK = "Get a new link"


async def bought(shop: Shop, *handles: str) -> None:
    for handle in handles:
        await shop.buy(handle)


# --- the link again -----------------------------------------------------------------------------------


async def test_the_link_is_shown_again_privately_and_the_list_stays(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    before = visitor.text

    await visitor.click("Show payment link")

    assert visitor.last.response.ephemeral
    assert link_of(visitor.last.response) == shop.pages[0]
    assert "**GroveGuard**: $24.99" in visitor.answer
    assert visitor.text == before
    assert len(shop.bodies) == 1
    assert shop.public_messages() == []


async def test_each_of_several_buttons_shows_its_own_link(shop: Shop) -> None:
    await bought(shop, "grove-guard", "skyblock-map")
    visitor = await Visitor(shop).open_purchases()

    await visitor.click("Show payment link", position=0)
    assert link_of(visitor.last.response) == shop.pages[1]
    await visitor.click("Show payment link", position=1)
    assert link_of(visitor.last.response) == shop.pages[0]


async def test_a_link_that_expired_since_the_page_was_shown_says_so(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    await shop.pass_time(hours=7)

    await visitor.click("Show payment link")

    assert (
        "This payment link is closed. Use /purchases to see where things stand or get a new link."
        in visitor.answer
    )
    assert link_of(visitor.last.response) is None
    again = await Visitor(shop).open_purchases()
    assert again.enabled == [NEW_LINK]


async def test_a_link_that_is_overdue_by_the_clock_is_open_for_nobody(shop: Shop) -> None:
    """The row follows the clock a moment later, or much later after an outage."""
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    shop.write(f"UPDATE sessions SET expires_at = {milliseconds('2025-12-31 23:59:59')}")

    await visitor.click("Show payment link")
    assert "payment link is closed" in visitor.answer

    again = await Visitor(shop).open_purchases()
    assert re.search(r"-# Expired · <t:\d+:d>; payments don't show up here", again.text)
    assert again.enabled == [NEW_LINK]


# --- a new link ---------------------------------------------------------------------------------------


async def test_what_has_expired_gets_a_new_link_and_the_list_stays(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    visitor = await Visitor(shop).open_purchases()
    before = visitor.text

    await visitor.click(NEW_LINK)

    assert "We sent it to you as a direct message, too." in visitor.answer
    assert visitor.text == before
    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[1]
    assert len(shop.rows("SELECT id FROM sales")) == 1


async def test_where_direct_messages_are_closed_the_new_link_is_the_answer_below_the_list(shop: Shop) -> None:
    shop.close_dms()
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    visitor = await Visitor(shop).open_purchases()
    before = visitor.text

    await visitor.click(NEW_LINK)

    assert link_of(visitor.last.response) == shop.pages[1]
    assert "We couldn't send you a direct message" in visitor.answer
    assert visitor.text == before


async def test_what_was_given_up_gets_a_new_link_as_well(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    await visitor.click(GIVE_UP)

    await visitor.click(NEW_LINK)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[1]
    assert "-# Open until" in (await Visitor(shop).open_purchases()).text


async def test_what_has_no_link_because_the_last_one_could_not_be_made_gets_one(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    await (await Visitor(shop).open_purchases()).click(NEW_LINK)
    visitor = await Visitor(shop).open_purchases()
    assert "We couldn't create the last payment link" in visitor.text

    await visitor.click(NEW_LINK)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


async def test_a_new_price_is_asked_for_below_the_list(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    visitor = await Visitor(shop).open_purchases()
    before = visitor.text
    shop.sandbox.set_price("grove-guard", 2999)

    await visitor.click(NEW_LINK)

    assert "The price has changed" in visitor.answer
    assert visitor.text == before
    await shop.alice.click(visitor.last.response, label="Continue for $29.99")
    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


async def test_what_is_bought_anew_meanwhile_leads_to_the_link_that_is_open(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    visitor = await Visitor(shop).open_purchases()
    await shop.buy("grove-guard")

    await visitor.click(NEW_LINK)

    assert "You already have a link for this" in visitor.answer
    assert link_of(visitor.last.response) == shop.pages[1]
    assert len(shop.pages) == 2


# --- giving up ----------------------------------------------------------------------------------------


def withdrawn(shop: Shop) -> list[dict[str, Any]]:
    sales = shop.rows("SELECT lines FROM sales WHERE status = 'withdrawn'")
    return [{"title": json.loads(sale["lines"])[0]["title"]} for sale in sales]


@pytest.mark.own_shop
async def test_giving_up_says_truthfully_that_the_page_can_still_be_paid(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()

    await visitor.click(GIVE_UP)

    assert visitor.text.endswith(f"-# Cancelled · its payment page works {UNTIL_SIX}, so close it")
    assert visitor.enabled == [NEW_LINK]
    assert withdrawn(shop) == [{"title": "GroveGuard"}]


@pytest.mark.own_shop
async def test_once_the_page_has_ended_nobody_speaks_of_it_any_more(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    await visitor.click(GIVE_UP)
    await shop.pass_time(hours=7)

    visitor = await Visitor(shop).open_purchases()

    assert visitor.text.endswith(f"-# Cancelled · {TODAY}")


async def test_the_dm_follows_when_its_link_is_given_up(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()

    await visitor.click(GIVE_UP)

    [message] = shop.dms(shop.alice)
    assert "it takes payments until" in text_of(message)
    assert link_of(message) is None


@pytest.mark.own_shop
async def test_what_was_given_up_can_be_bought_anew_and_makes_room_for_other_links(shop: Shop) -> None:
    await shop.restart(limits={"open_links_per_member": 1})
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    await visitor.click(GIVE_UP)

    await shop.buy("grove-guard")

    assert len(shop.bodies) == 2
    again = await Visitor(shop).open_purchases()
    assert "-# Open until" in again.text
    assert "Cancelled" in again.text


async def test_two_quick_clicks_give_up_once(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()

    await visitor.click_twice(GIVE_UP)

    assert "Cancelled" in visitor.text
    assert len(withdrawn(shop)) == 1


@pytest.mark.own_shop
async def test_what_was_paid_meanwhile_is_not_given_up(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    shop.write("UPDATE sessions SET state = 'paid'")
    shop.write("UPDATE sales SET status = 'paid'")

    await visitor.click(GIVE_UP)

    assert visitor.text.endswith(f"-# Paid · {TODAY}")
    assert withdrawn(shop) == []


async def test_only_the_one_that_was_clicked_is_given_up(shop: Shop) -> None:
    await bought(shop, "grove-guard", "skyblock-map", "emote-pack")
    visitor = await Visitor(shop).open_purchases()

    await visitor.click(GIVE_UP, position=1)

    assert withdrawn(shop) == [{"title": "Skyblock Atoll"}]
    assert visitor.text.count("-# Open until") == 2


# --- other members ------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["Show payment link", GIVE_UP])
async def test_nobody_uses_the_buttons_of_anothers_purchase(shop: Shop, label: str) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    custom_id = visitor.buttons[label]["custom_id"]
    mallory = shop.member("mallory")
    stolen = await shop.button_for(mallory, custom_id)

    clicked = await mallory.user.click(stolen, custom_id=custom_id)

    said = [*clicked.followups, clicked.response]
    assert any("is someone else's purchase" in text_of(message) for message in said)
    assert all(link_of(message) is None for message in said if message is not None)
    assert withdrawn(shop) == []


async def test_nobody_gets_a_new_link_for_anothers_purchase(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    visitor = await Visitor(shop).open_purchases()
    custom_id = visitor.buttons[NEW_LINK]["custom_id"]
    mallory = shop.member("mallory")

    clicked = await mallory.user.click(await shop.button_for(mallory, custom_id), custom_id=custom_id)

    assert "is someone else's purchase" in text_of(clicked.response)
    assert len(shop.pages) == 1


async def test_a_purchase_that_nobody_knows_says_so(shop: Shop) -> None:
    await shop.buy("grove-guard")
    visitor = await Visitor(shop).open_purchases()
    shop.write("UPDATE sales SET reference = 'zzzzzzzzzz'")

    await visitor.click("Show payment link")

    assert "We can't find this purchase. Start a new one with /buy." in visitor.answer
