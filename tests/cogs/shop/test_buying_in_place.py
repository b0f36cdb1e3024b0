"""The next step is where the buyer already is: pay, choose, try again."""

from typing import Any

import pytest

from tests.harness.invoicing import sent, staff_member
from tests.harness.shop import Shop, buttons_of, link_of, text_of, walk

pytestmark = pytest.mark.kept_shop


SELECT = 3


def menu_of(message: object) -> dict[str, object]:
    return next(part for part in walk(message.components) if part["type"] == SELECT)  # type: ignore[attr-defined]


async def test_the_private_answer_has_product_price_and_the_same_link_as_the_direct_message(
    shop: Shop,
) -> None:
    result = await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert "**GroveGuard**: $24.99" in text_of(result.response)
    assert list(buttons_of(result.response)) == ["Pay $24.99", "Open the message"]
    assert link_of(result.response) == link_of(message) == shop.pages[0]


async def test_a_direct_message_says_whose_it_is(shop: Shop) -> None:
    """With the shop's picture, unless it has one of what it is about."""
    await shop.buy("grove-guard")
    await sent(shop, staff_member(shop, "bo"))

    link, invoice = shop.dms(shop.alice)
    logo = f"{shop.sandbox.url}/pictures/logo.png"
    for message in (link, invoice):
        assert text_of(message).startswith("-# **Bamboo Grove**\n")
    assert pictures_in(invoice) == [logo]
    [product] = pictures_in(link)
    assert product != logo


def pictures_in(message: Any) -> list[str]:
    return [part["media"]["url"] for part in walk(message.components) if "media" in part]


async def test_a_gift_says_so_and_for_whom_before_it_is_paid(shop: Shop) -> None:
    bob = shop.member("bob")

    result = await shop.buy("grove-guard", gift_to=bob)

    [message] = shop.dms(shop.alice)
    for shown in (message, result.response):
        assert f"A gift for <@{bob.id}>. They won't see the price." in text_of(shown)


async def test_a_free_trial_is_called_one_and_says_what_it_costs_when_and_how_to_end_it(shop: Shop) -> None:
    await shop.buy("vip-monthly")

    [message] = shop.dms(shop.alice)
    assert "Start your free trial" in text_of(message)
    assert "**VIP membership**: 7 days free, then $9.99\u00a0/\u00a0month" in text_of(message)
    assert (
        "You pay nothing today. After 7 days you're charged $9.99\u00a0/\u00a0month until you cancel. "
        "Cancel anytime at https://"
    ) in text_of(message)
    assert list(buttons_of(message)) == ["Start free trial"]


async def test_who_is_in_the_direct_messages_already_is_not_sent_there(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    [message] = shop.dms(shop.alice)
    another = await shop.button_for(shop.alice, buttons_of(message)["Get a new link"]["custom_id"])

    await shop.alice.user.click(another, label="?")

    [link, answer] = shop.dms(shop.alice)
    assert link_of(answer) == link_of(link) == shop.pages[-1]
    assert list(buttons_of(answer)) == ["Pay $24.99"]
    assert "direct message" not in text_of(answer)


# --- a coupon that doesn't work -----------------------------------------------------------------------


async def test_without_the_coupon_that_no_longer_works_one_message_has_the_link(shop: Shop) -> None:
    await shop.buy("grove-guard", coupon="WELCOME10")
    await shop.pass_time(hours=7)
    shop.sandbox.store.coupons.pop("WELCOME10")
    [message] = shop.dms(shop.alice)

    await shop.alice.user.click(message, label="Get a new link")

    [message] = shop.dms(shop.alice)
    assert text_of(message).startswith("-# **Bamboo Grove**\n")
    assert "That coupon doesn't work" in text_of(message)
    await shop.alice.user.click(message, label="Continue without a coupon")
    [message] = shop.dms(shop.alice)
    assert text_of(message).startswith("-# **Bamboo Grove**\n")
    assert link_of(message) == shop.pages[-1]
    await shop.pass_time(hours=7)
    [message] = shop.dms(shop.alice)
    assert "Payment link expired" in text_of(message)


async def test_an_answer_in_a_direct_message_says_whose_it_is(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=7)
    shop.sandbox.set_price("grove-guard", 2999)
    [message] = shop.dms(shop.alice)

    await shop.alice.user.click(message, label="Get a new link")

    [message] = shop.dms(shop.alice)
    assert "The price has changed" in text_of(message)
    assert text_of(message).startswith("-# **Bamboo Grove**\n")
    await shop.alice.user.click(message, label="No thanks")
    [message] = shop.dms(shop.alice)
    assert text_of(message).startswith("-# **Bamboo Grove**\n")


async def test_another_code_can_be_tried_where_the_first_one_failed(shop: Shop) -> None:
    refused = await shop.buy("grove-guard", coupon="NOSUCH")
    assert list(buttons_of(refused.response)) == ["Try another code", "Continue without a coupon"]

    form = await shop.alice.click(refused.response, label="Try another code")
    await shop.alice.submit_modal(form, {_field(form): " WELCOME10 "})

    [message] = shop.dms(shop.alice)
    assert "Coupon `WELCOME10`: −$2.50" in text_of(message)
    assert shop.bodies[-1]["coupon_code"] == "WELCOME10"
    assert "Your payment link is ready" in text_of(refused.response)


async def test_a_second_code_that_fails_is_explained_in_the_same_place(shop: Shop) -> None:
    refused = await shop.buy("grove-guard", coupon="NOSUCH")

    form = await shop.alice.click(refused.response, label="Try another code")
    sent = await shop.alice.submit_modal(form, {_field(form): "EXPIRED"})

    assert "The coupon EXPIRED has expired." in text_of(refused.response)
    assert "NOSUCH" not in text_of(refused.response)
    assert sent.followups == []
    assert shop.dms(shop.alice) == []


async def test_a_code_can_be_tried_after_a_restart(shop: Shop) -> None:
    refused = await shop.buy("grove-guard", coupon="NOSUCH")
    await shop.restart()

    form = await shop.alice.click(refused.response, label="Try another code")
    await shop.restart()
    await shop.alice.submit_modal(form, {_field(form): "WELCOME10"})

    [message] = shop.dms(shop.alice)
    assert "Coupon `WELCOME10`" in text_of(message)


async def test_a_code_that_is_sent_while_the_store_is_away_is_answered(shop: Shop) -> None:
    refused = await shop.buy("grove-guard", coupon="NOSUCH")
    form = await shop.alice.click(refused.response, label="Try another code")
    shop.sandbox.fail_next(refuse=True, times=1000)

    sent = await shop.alice.submit_modal(form, {_field(form): "WELCOME10"})

    assert "The store isn't answering" in "".join(map(text_of, sent.followups))


# --- a variant that is missing ------------------------------------------------------------------------


@pytest.mark.parametrize("variant", [None, "Galactic"])
async def test_a_variant_is_chosen_from_a_menu_and_what_else_was_said_stays(
    shop: Shop, variant: str | None
) -> None:
    bob = shop.member("bob")
    options = {} if variant is None else {"variant": variant}
    asked = await shop.buy("arena-license", quantity=2, gift_to=bob, coupon="WELCOME10", **options)
    assert "Which one would you like?" in text_of(asked.response)
    menu = menu_of(asked.response)
    assert menu["placeholder"] == "Choose: License"
    assert shop.bodies == []

    wanted = shop.sandbox.variant("arena-license", "Commercial").id
    await shop.alice.select(asked.response, [wanted], custom_id=menu["custom_id"])

    [message] = shop.dms(shop.alice)
    assert "2 × **Arena Nine (Commercial)**" in text_of(message)
    assert f"A gift for <@{bob.id}>" in text_of(message)
    assert shop.bodies[-1]["coupon_code"] == "WELCOME10"
    assert "Your payment link is ready" in text_of(asked.response)


async def test_a_menu_of_variants_works_after_a_restart(shop: Shop) -> None:
    asked = await shop.buy("arena-license")
    await shop.restart()

    wanted = shop.sandbox.variant("arena-license", "Personal").id
    await shop.alice.select(asked.response, [wanted], custom_id=menu_of(asked.response)["custom_id"])

    assert link_of(shop.dms(shop.alice)[-1]) == shop.pages[0]


# --- no, thanks ---------------------------------------------------------------------------------------


async def test_a_new_price_can_be_declined_and_thought_better_of(shop: Shop) -> None:
    await shop.buy("grove-guard", shop.member("bob"))
    shop.sandbox.set_price("grove-guard", 2999)
    asked = await shop.buy("grove-guard")
    made = len(shop.pages)

    await shop.alice.click(asked.response, label="No thanks")

    assert "Nothing was bought" in text_of(asked.response)
    assert len(shop.pages) == made
    assert shop.dms(shop.alice) == []
    await shop.alice.click(asked.response, label="Get a new link")
    assert "It was ~~$24.99~~ and is now **$29.99**" in text_of(asked.response)


async def test_nobody_else_answers_for_the_buyer(shop: Shop) -> None:
    await shop.buy("grove-guard", shop.member("bob"))
    shop.sandbox.set_price("grove-guard", 2999)
    asked = await shop.buy("grove-guard")
    carol = shop.member("carol")
    stolen = await shop.button_for(carol, buttons_of(asked.response)["No thanks"]["custom_id"])

    result = await carol.user.click(stolen, label="?")

    assert "someone else's purchase" in "".join(map(text_of, result.followups))


def _field(form: object) -> str:
    [label] = form.modal["components"]  # type: ignore[attr-defined]
    return str(label["component"]["custom_id"])
