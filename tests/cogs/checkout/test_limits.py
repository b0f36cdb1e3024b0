"""How many links one member may have open, and how quickly they may ask for them."""

from datetime import timedelta

import pytest

from tests.harness.shop import START, Shop, buttons_of, link_of, text_of

THREE = ("grove-guard", "skyblock-map", "lobby-pack")


def relative(**after_start: float) -> str:
    return f"<t:{int((START + timedelta(**after_start)).timestamp())}:R>"


# --- open links ---------------------------------------------------------------------------------------


@pytest.mark.settings(limits={"open_links_per_member": 2})
async def test_one_link_too_many_is_refused_with_when_the_next_one_ends(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(minutes=30)
    await shop.buy("skyblock-map")

    result = await shop.buy("lobby-pack")

    answer = text_of(result.response)
    assert "You have 2 open payment links" in answer
    assert relative(hours=6) in answer
    assert len(shop.bodies) == 2
    assert len(shop.rows("SELECT * FROM sales")) == 2


@pytest.mark.settings(limits={"open_links_per_member": 2})
async def test_at_the_time_that_was_named_it_works(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(minutes=30)
    await shop.buy("skyblock-map")
    await shop.pass_time(hours=5, minutes=30)

    await shop.buy("lobby-pack")

    assert link_of(shop.dms(shop.alice)[-1]) == shop.pages[2]


@pytest.mark.settings(limits={"open_links_per_member": 2})
async def test_links_that_are_open_already_are_given_however_many_there_are(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.buy("skyblock-map")

    result = await shop.buy("grove-guard")

    assert link_of(result.response) == shop.pages[0]


@pytest.mark.settings(limits={"open_links_per_member": 1})
async def test_renewing_is_limited_too_and_leaves_the_button(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6)
    await shop.buy("skyblock-map")
    expired = shop.dms(shop.alice)[0]

    result = await shop.alice.user.click(expired, label="Get a new link")

    [answer] = result.followups
    assert "You have 1 open payment link, which is the limit. Pay it" in text_of(answer)
    assert "Get a new link" in buttons_of(shop.dms(shop.alice)[0])


@pytest.mark.settings(limits={"open_links_per_member": 1})
async def test_every_member_has_a_limit_of_their_own(shop: Shop) -> None:
    await shop.buy("grove-guard")
    bob = shop.member("bob")

    await shop.buy("skyblock-map", bob)

    [message] = shop.dms(bob)
    assert link_of(message) == shop.pages[1]


@pytest.mark.settings(limits={"open_links_per_member": 1})
async def test_giving_a_link_up_makes_room_for_another(shop: Shop) -> None:
    await shop.buy("grove-guard")
    mine = await shop.alice.slash(shop.channel, "purchases")
    await shop.alice.click(mine.response, label="Cancel purchase")

    await shop.buy("skyblock-map")

    assert link_of(shop.dms(shop.alice)[-1]) == shop.pages[1]


@pytest.mark.settings(limits={"open_links_per_member": 1})
async def test_a_purchase_that_failed_takes_nobodys_place(shop: Shop) -> None:
    shop.sandbox.fail_next("POST", "*/checkouts", status=503)
    await shop.buy("grove-guard")

    await shop.buy("skyblock-map")

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages


# --- purchases per minute -----------------------------------------------------------------------------


@pytest.mark.settings(limits={"purchases_per_minute": 2})
async def test_who_asks_too_quickly_hears_when_to_try_again(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(seconds=20)
    await shop.buy("skyblock-map")

    result = await shop.buy("lobby-pack")

    answer = text_of(result.response)
    assert "a lot of purchases in one minute" in answer
    assert relative(seconds=60) in answer
    assert len(shop.bodies) == 2


@pytest.mark.settings(limits={"purchases_per_minute": 2})
async def test_at_that_time_one_more_works_and_then_one_waits_for_the_second(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(seconds=20)
    await shop.buy("skyblock-map")
    await shop.pass_time(seconds=40)

    await shop.buy("lobby-pack")
    result = await shop.buy("castle-schematic")

    assert link_of(shop.dms(shop.alice)[-1]) == shop.pages[2]
    assert relative(seconds=80) in text_of(result.response)


@pytest.mark.settings(limits={"purchases_per_minute": 1})
async def test_asking_for_a_link_that_is_open_counts_for_nothing(shop: Shop) -> None:
    await shop.buy("grove-guard")

    for _ in range(3):
        result = await shop.buy("grove-guard")

        assert link_of(result.response) == shop.pages[0]


@pytest.mark.settings(limits={"purchases_per_minute": 2})
async def test_attempts_that_the_store_refused_count(shop: Shop) -> None:
    """Otherwise one could have the bot try coupons for as long as one likes."""
    for guess in ("ONE", "TWO"):
        await shop.buy("grove-guard", coupon=guess)

    result = await shop.buy("grove-guard", coupon="THREE")

    assert "a lot of purchases in one minute" in text_of(result.response)
    assert len(shop.bodies) == 2


@pytest.mark.settings(limits={"purchases_per_minute": 1})
async def test_refusals_that_asked_nothing_of_the_store_dont_count(shop: Shop) -> None:
    await shop.buy("beta-key")
    await shop.buy("enamel-pin")

    await shop.buy("grove-guard")

    assert len(shop.dms(shop.alice)) == 1


async def test_the_limits_that_an_owner_gets_without_choosing_leave_room_to_shop(shop: Shop) -> None:
    limits = type(shop.app.settings.limits)()

    assert limits.open_links_per_member >= len(THREE)
    assert limits.purchases_per_minute >= len(THREE)
