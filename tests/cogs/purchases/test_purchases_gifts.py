"""Gifts in `/purchases`: each side sees its own part of one."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import Grove
from tests.harness.shop import START, buttons_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


TOKEN = {"api_token": DEMO_TOKEN.secret}
WAITING = "-# A message is waiting for you: use /purchases."
TODAY = f"<t:{int(START.timestamp())}:d>"
NOTHING = "No purchases yet"


async def test_before_it_is_paid_a_gift_is_a_secret(grove: Grove) -> None:
    await grove.till.link(gift_to=grove.bob)
    reference = grove.till.sale()["reference"]

    assert NOTHING in (await Visitor(grove.shop, grove.bob).open_purchases()).text
    payers = await Visitor(grove.shop).open_purchases()
    assert f"A gift for <@{grove.bob.id}>\n**GroveGuard**: $24.99\n-# Not paid yet" in payers.text
    forged = await grove.shop.button_for(grove.bob, f"bamboo:receipt:{reference}")
    clicked = await grove.bob.user.click(forged, custom_id=f"bamboo:receipt:{reference}")
    assert "is someone else's purchase" in text_of(clicked.response)
    grove.shop.write("UPDATE sales SET status = 'clearing'")
    assert NOTHING in (await Visitor(grove.shop, grove.bob).open_purchases()).text


@pytest.mark.settings(pandabase=TOKEN)
async def test_the_recipient_sees_what_they_got_and_from_whom_without_the_price(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought(gift_to=grove.bob)

    visitor = await Visitor(grove.shop, grove.bob).open_purchases()

    assert visitor.text == (
        "### `TEST` Your purchases\n"
        f"A gift from <@{grove.shop.alice.id}>\n**GroveGuard**\n-# Given to you · {TODAY}"
    )
    assert visitor.enabled == ["Show gift"]
    await visitor.click("Show gift")
    assert "A gift for you" in visitor.answer
    assert "You now have the **VIP** role" in visitor.answer
    assert "$" not in visitor.answer
    revealed = await grove.bob.click(visitor.last.response, label="Show key")
    assert grove.keys()[0] in text_of(revealed.response)


@pytest.mark.settings(pandabase=TOKEN)
async def test_the_payer_sees_that_it_was_paid_and_for_whom_and_no_keys(grove: Grove) -> None:
    await grove.benefit(message="The secret word is bamboo")
    await grove.bought(gift_to=grove.bob)

    visitor = await Visitor(grove.shop).open_purchases()

    assert f"A gift for <@{grove.bob.id}>\n**GroveGuard**: $24.99\n-# Paid · {TODAY}" in visitor.text
    await visitor.click("Show receipt")
    assert "Gift paid. Thank you!" in visitor.answer
    assert "secret word" not in visitor.answer
    assert "VIP" not in visitor.answer
    assert "Show key" not in buttons_of(visitor.last.response)


async def test_each_side_hears_of_what_did_not_reach_them_and_reads_it(grove: Grove) -> None:
    session = await grove.till.link(gift_to=grove.bob)
    grove.shop.close_dms()
    await grove.till.pay_on_page(session)
    grove.shop.open_dms()

    for member, label in ((grove.bob, "Show gift"), (grove.shop.alice, "Show receipt")):
        assert (await Visitor(grove.shop, member).open()).text.endswith(WAITING)
        visitor = await Visitor(grove.shop, member).open_purchases()
        assert "We couldn't send you a direct message" in visitor.text
        await visitor.click(label)
        assert "waiting" not in (await Visitor(grove.shop, member).open()).text
    assert [row["outcome"] for row in grove.steps("receipt")] == ["collected", "collected"]


async def test_what_reached_the_payer_but_not_the_recipient_waits_for_the_recipient_alone(
    grove: Grove,
) -> None:
    session = await grove.till.link(gift_to=grove.bob)
    grove.shop.close_dms(times=1)  # the recipient's receipt is the first that is written
    await grove.till.pay_on_page(session)
    grove.shop.open_dms()
    undelivered = [row["key"] for row in grove.steps("receipt") if row["outcome"] == "undelivered"]
    assert len(undelivered) == 1
    waits = grove.shop.alice if undelivered[0].endswith(":payer") else grove.bob
    other = grove.bob if waits is grove.shop.alice else grove.shop.alice

    assert (await Visitor(grove.shop, waits).open()).text.endswith(WAITING)
    assert "waiting" not in (await Visitor(grove.shop, other).open()).text


async def test_a_gift_that_was_taken_back_is_told_without_talk_of_money(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought(gift_to=grove.bob)
    await grove.at_the_store("refund", order)

    visitor = await Visitor(grove.shop, grove.bob).open_purchases()

    assert "**GroveGuard**\n-# Taken back · " in visitor.text
    await visitor.click("Show gift")
    assert "Your gift was taken back" in visitor.answer
    assert "This no longer includes the **VIP** role in Bamboo Grove." in visitor.answer
    assert "refund" not in visitor.answer.lower()
    payers = await Visitor(grove.shop).open_purchases()
    assert "-# Refunded · paid " in payers.text


async def test_a_gift_in_dispute_is_on_hold_until_the_dispute_is_decided(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought(gift_to=grove.bob)
    await grove.at_the_store("dispute", order)
    visitor = await Visitor(grove.shop, grove.bob).open_purchases()
    assert "-# On hold · " in visitor.text
    await visitor.click("Show gift")
    assert "The **VIP** role in Bamboo Grove is on hold." in visitor.answer
    assert "dispute" not in visitor.answer

    await grove.at_the_store("lose", order)

    assert "-# Taken back · " in (await Visitor(grove.shop, grove.bob).open_purchases()).text


async def test_gifts_and_own_purchases_share_the_pages(grove: Grove) -> None:
    await grove.bought(gift_to=grove.bob)
    for handle in ("skyblock-map", "castle-schematic", "lobby-pack", "emote-pack", "weekend-skin"):
        await grove.shop.buy(handle, grove.bob)

    visitor = await Visitor(grove.shop, grove.bob).open_purchases()

    assert visitor.text.count("-# Not paid yet") == 5
    await visitor.click("Next")
    assert f"A gift from <@{grove.shop.alice.id}>" in visitor.text
    assert visitor.text.count("-# ") == 1


async def test_a_gift_of_another_server_is_not_shown_here(grove: Grove) -> None:
    await grove.bought(gift_to=grove.bob)
    grove.shop.write("UPDATE sales SET guild_id = guild_id + 1")

    assert NOTHING in (await Visitor(grove.shop, grove.bob).open_purchases()).text
