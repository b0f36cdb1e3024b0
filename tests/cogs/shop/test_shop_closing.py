"""How long a page of the shop lives, and what becomes of clicks on one that is over or somebody else's."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from bot.jobs.models import Reply
from bot.storage.queues import nobody_waits
from cogs.shop.sessions import MOST_SESSIONS, StorefrontSession, StorefrontSessions
from tests.harness.shop import START, Shop, buttons_of, text_of, walk
from tests.harness.visitor import Visitor, act_at_once

pytestmark = pytest.mark.kept_shop


CLOSED = "This page has closed. Open it again with /shop."
WAITS = "Tell me if the price drops"
A_PAGE_LIVES = 14
"""Minutes: Discord takes edits for 15."""


def is_closed(visitor: Visitor) -> bool:
    return visitor.text == CLOSED and not visitor.buttons


async def test_a_page_that_nobody_uses_closes_before_discord_forgets_it(shop: Shop) -> None:
    visitor = await Visitor(shop).open()

    await shop.pass_time(minutes=A_PAGE_LIVES - 1, seconds=59)
    assert not is_closed(visitor)
    await shop.pass_time(seconds=2)

    assert is_closed(visitor)
    assert [part["type"] for part in walk(visitor.page.components)] == [17, 10]


async def test_a_products_page_closes_as_well(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")

    await shop.pass_time(minutes=A_PAGE_LIVES)

    assert is_closed(visitor)


async def test_every_click_gives_the_page_its_full_time_again(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    for _ in range(3):
        await shop.pass_time(minutes=10)
        await visitor.click("Next")
    await shop.pass_time(minutes=10)
    await visitor.fill_in("Search", "castle")

    await shop.pass_time(minutes=A_PAGE_LIVES - 1)
    assert visitor.titles == ["Harbour Castle schematic"]
    await shop.pass_time(minutes=1)
    assert is_closed(visitor)


async def test_pages_close_one_by_one_in_their_own_time(shop: Shop) -> None:
    first = await Visitor(shop).open()
    await shop.pass_time(minutes=5)
    second = await Visitor(shop, shop.member("bob")).open()
    await shop.pass_time(minutes=5)
    await first.click("Next")

    await shop.pass_time(minutes=9)
    assert (is_closed(first), is_closed(second)) == (False, True)
    await shop.pass_time(minutes=5)
    assert is_closed(first)


async def test_many_pages_that_end_together_are_all_closed_in_time(shop: Shop) -> None:
    visitors = [await Visitor(shop).open() for _ in range(25)]

    await shop.pass_time(minutes=A_PAGE_LIVES, seconds=1)

    assert all(map(is_closed, visitors))


async def test_a_page_that_cannot_be_closed_keeps_no_other_open(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await Visitor(shop).open(), await Visitor(shop).open()
    shop.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008)

    with caplog.at_level(logging.WARNING):
        await shop.pass_time(minutes=A_PAGE_LIVES)

    assert sorted((is_closed(first), is_closed(second))) == [False, True]
    assert "A private answer did not arrive" in caplog.text


async def test_a_page_that_was_dismissed_is_nobodys_trouble(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    del shop.env.backend.messages[visitor.page.channel_id][visitor.page.id]

    await shop.pass_time(minutes=20)

    await Visitor(shop).open()


async def test_beyond_what_memory_should_hold_the_oldest_pages_are_forgotten(shop: Shop) -> None:
    async def close(_session: StorefrontSession) -> None:
        raise AssertionError("a page that was forgotten is not closed")

    sessions = StorefrontSessions(close, nobody_waits, shop.clock)
    replies = [
        Reply(1, "token", number, START + timedelta(minutes=15)) for number in range(MOST_SESSIONS + 1)
    ]
    opened = [StorefrontSession(shop.alice.id, shop.guild.id, reply) for reply in replies]
    for session in opened:
        sessions.begin(session)

    assert sessions.find(opened[0].key) is None
    assert sessions.find(opened[1].key) is opened[1]
    assert sessions.find(opened[-1].key) is opened[-1]


# --- clicks on what is over ---------------------------------------------------------------------------


def usable(visitor: Visitor) -> list[dict[str, Any]]:
    """The page's buttons and menus that can be used."""
    controls = [part for part in walk(visitor.page.components) if part["type"] in (2, 3)]
    return [control for control in controls if not control.get("disabled")]


async def use(visitor: Visitor, control: dict[str, Any]) -> None:
    if control["type"] == 3:
        value = control["options"][-1]["value"]
        visitor.last = await visitor.member.select(visitor.page, [value], custom_id=control["custom_id"])
    else:
        visitor.last = await visitor.member.click(visitor.page, custom_id=control["custom_id"])


async def test_after_a_restart_every_control_of_a_list_says_that_the_page_has_closed(shop: Shop) -> None:
    visitors = []
    for _ in range(6):
        visitor = await Visitor(shop).open("e")  # fits many, so that there are pages to turn
        await visitor.click("Next")
        visitors.append(visitor)
    assert len(usable(visitors[0])) == len(visitors)

    await shop.restart()
    for position, visitor in enumerate(visitors):
        await use(visitor, usable(visitor)[position])
        assert is_closed(visitor)


async def test_after_a_restart_every_control_of_a_product_says_that_the_page_has_closed(shop: Shop) -> None:
    labels = ["Buy for $49.00", "Add to cart", "Quantity", "Coupon", "Back"]
    visitors = {}
    for label in [*labels, "variant"]:
        visitors[label] = await Visitor(shop).look_at("arena-license")
        await visitors[label].choose("variant", shop.sandbox.variant("arena-license", "Commercial").id)
    # Who waits for a price need not have the page open.
    assert [each for each in visitors["variant"].enabled if each != WAITS] == labels

    await shop.restart()
    for label, visitor in visitors.items():
        if label == "variant":
            await visitor.choose("variant", shop.sandbox.variant("arena-license", "Personal").id)
        else:
            await visitor.click(label)
        assert is_closed(visitor) or visitor.answer == CLOSED
    assert shop.bodies == []


@pytest.mark.parametrize("label", ["Search", "Quantity", "Coupon"])
async def test_a_form_that_is_sent_after_its_page_closed_says_so(shop: Shop, label: str) -> None:
    visitor = Visitor(shop)
    await (visitor.open() if label == "Search" else visitor.look_at("grove-guard"))
    await visitor.click(label)
    form = visitor.last
    await shop.pass_time(minutes=A_PAGE_LIVES)

    await visitor.send(form, "2")

    assert form.modal is not None
    assert is_closed(visitor)


@pytest.mark.parametrize("label", ["Search", "Quantity", "Coupon"])
async def test_a_form_that_was_open_during_a_restart_is_answered(shop: Shop, label: str) -> None:
    visitor = Visitor(shop)
    await (visitor.open() if label == "Search" else visitor.look_at("grove-guard"))
    await visitor.click(label)
    form = visitor.last
    await shop.restart()

    await visitor.send(form, "2")

    assert visitor.last.acknowledged
    assert is_closed(visitor)


async def test_a_form_may_stand_open_for_as_long_as_its_page(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")
    await visitor.click("Quantity")
    form = visitor.last
    await shop.pass_time(minutes=13)

    await visitor.send(form, "2")

    assert "Buy for $49.98" in visitor.buttons
    await shop.pass_time(minutes=13)
    assert "Buy for $49.98" in visitor.buttons


async def test_a_click_that_comes_as_the_page_closes_is_told_so(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    following = visitor.buttons["Next"]
    await shop.pass_time(minutes=A_PAGE_LIVES)

    await act_at_once(visitor, {"custom_id": following["custom_id"], "component_type": 2})

    assert is_closed(visitor)


# --- other members ------------------------------------------------------------------------------------


async def test_nobody_uses_anothers_page(shop: Shop) -> None:
    """A private page can't be clicked by others; its `custom_id`s can be tried."""
    visitor = await Visitor(shop).look_at("arena-license")
    await visitor.choose("variant", shop.sandbox.variant("arena-license", "Personal").id)
    before = visitor.text
    mallory = shop.member("mallory")

    for label in visitor.enabled:
        if label == WAITS:
            continue  # whoever presses it waits themselves
        custom_id = visitor.buttons[label]["custom_id"]
        stolen = await shop.button_for(mallory, custom_id)
        clicked = await mallory.user.click(stolen, custom_id=custom_id)

        said = [*clicked.followups, clicked.response]
        assert any("is someone else's" in text_of(message) for message in said), label
        assert clicked.modal is None
    assert visitor.text == before
    assert shop.bodies == []


async def test_two_pages_of_one_member_know_nothing_of_each_other(shop: Shop) -> None:
    first, second = await Visitor(shop).open(), await Visitor(shop).open()

    await first.click("Next")
    await first.choose("product", shop.sandbox.product("lobby-pack").id)

    assert "1 / 7" in second.buttons
    await second.click("Next")
    assert "2 / 7" in second.buttons
    assert first.text.startswith("## `TEST` Lobby pack")


async def test_a_button_of_a_later_version_shows_the_page_again(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    key = visitor.buttons["Next"]["custom_id"].removesuffix(":next")

    await act_at_once(visitor, {"custom_id": f"{key}:sparkle", "component_type": 2})

    assert "1 / 7" in visitor.buttons


async def test_of_two_quick_choices_the_last_is_shown_however_slow_the_first(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    menu = {"custom_id": visitor.menu("product")["custom_id"], "component_type": 3}
    slow, quick = shop.sandbox.product("skyblock-map").id, shop.sandbox.product("founder-rank").id
    shop.sandbox.fail_next("GET", f"*/products/{slow}", delay=0.2)

    await act_at_once(visitor, {**menu, "values": [slow]}, {**menu, "values": [quick]})

    assert visitor.text.startswith("## `TEST` Founder rank")
    await visitor.click("Buy for $49.00")
    assert shop.bodies[0]["items"][0]["product_id"] == quick


async def test_a_closed_page_offers_nothing_and_a_new_one_everything(shop: Shop) -> None:
    visitor = await Visitor(shop).open()
    await shop.pass_time(minutes=A_PAGE_LIVES)

    again = await Visitor(shop).open()

    assert buttons_of(visitor.page) == {}
    assert again.enabled == ["Next", "Search"]


async def test_forms_that_nobody_sends_do_not_pile_up(shop: Shop) -> None:
    visitor = await Visitor(shop).look_at("grove-guard")

    await visitor.click("Quantity")

    assert visitor.last.modal is not None
    assert shop.app.bot._connection._view_store._modals == {}
