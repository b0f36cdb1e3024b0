"""Receipts and notices in `/purchases`: for those whose DMs are closed, and those who lost the message."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, Grove
from tests.harness.shop import buttons_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


TOKEN = {"api_token": DEMO_TOKEN.secret}
WAITING = "-# A message is waiting for you: use /purchases."
NEW = "-# **New**: we couldn't send you this"
GUIDE = "Put the key into plugins/GroveGuard/config.yml"


async def bought_with_closed_dms(grove: Grove, title: str = "GroveGuard") -> None:
    session = await grove.till.link(title)
    grove.shop.close_dms()
    await grove.till.pay_on_page(session)
    grove.shop.open_dms()
    assert grove.steps("receipt")[0]["outcome"] == "undelivered"


def outcomes(grove: Grove, step: str) -> list[str]:
    return [row["outcome"] for row in grove.steps(step)]


async def test_a_receipt_that_reached_nobody_is_read_here_and_only_then_waits_no_more(grove: Grove) -> None:
    await grove.benefit(message="Say hello in the lounge")
    await bought_with_closed_dms(grove)
    assert (await Visitor(grove.shop).open()).text.endswith(WAITING)

    visitor = await Visitor(grove.shop).open_purchases()

    assert "We couldn't send you a direct message. It's marked below." in visitor.text
    assert visitor.text.endswith(NEW)
    assert outcomes(grove, "receipt") == ["undelivered"]
    await visitor.click("Show receipt")
    assert visitor.last.ephemeral
    assert "Payment received. Thank you!" in visitor.answer
    assert "You now have the **VIP** role in Bamboo Grove." in visitor.answer
    assert "Say hello in the lounge" in visitor.answer
    assert "waiting" not in visitor.answer
    assert outcomes(grove, "receipt") == ["collected"]
    again = await Visitor(grove.shop).open_purchases()
    assert "couldn't send you" not in again.text
    assert again.enabled == ["Show receipt"]
    assert "waiting" not in (await Visitor(grove.shop).open()).text


async def test_a_receipt_that_was_read_here_counts_as_delivered(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    assert "delivered" not in grove.told()[0]
    visitor = await Visitor(grove.shop).open_purchases()

    await visitor.click("Show receipt")
    await grove.till.settled()

    assert "Paid and delivered. Thank you!" in grove.told()[0]


@pytest.mark.settings(pandabase=TOKEN)
async def test_its_keys_are_revealed_from_here(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    visitor = await Visitor(grove.shop).open_purchases()
    await visitor.click("Show receipt")
    assert grove.keys()[0] not in visitor.answer

    revealed = await grove.shop.alice.click(visitor.last.response, label="Show key")

    assert revealed.ephemeral
    assert grove.keys()[0] in text_of(revealed.response)
    assert GUIDE in text_of(revealed.response)
    assert outcomes(grove, "keys") == ["revealed"]


async def test_what_arrived_by_dm_can_be_read_again_for_dms_get_lost(grove: Grove) -> None:
    await grove.bought()
    visitor = await Visitor(grove.shop).open_purchases()
    assert "Paid" in visitor.text
    assert NEW not in visitor.text

    await visitor.click("Show receipt")

    assert "Payment received. Thank you!" in visitor.answer
    assert "Show message" in buttons_of(visitor.last.response)
    assert outcomes(grove, "receipt") == ["dm"]


async def test_a_receipt_that_discord_did_not_take_was_not_shown(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    visitor = await Visitor(grove.shop).open_purchases()
    grove.shop.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008, times=None)

    await visitor.click("Show receipt")

    grove.shop.open_dms()
    assert outcomes(grove, "receipt") == ["undelivered"]


async def test_two_quick_clicks_collect_it_once_and_staff_see_that_it_was_seen(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    await grove.keep_log()
    visitor = await Visitor(grove.shop).open_purchases()

    await visitor.click_twice("Show receipt")
    await grove.till.settled()

    assert outcomes(grove, "receipt") == ["collected"]
    assert "Receipt: seen in /purchases" in grove.logged()[0]
    assert len(grove.logged()) == 1


async def test_receipts_are_shown_after_a_restart(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    visitor = await Visitor(grove.shop).open_purchases()
    async with grove.outage():
        pass

    await visitor.click("Show receipt")

    assert "Payment received. Thank you!" in visitor.answer
    assert outcomes(grove, "receipt") == ["collected"]


async def test_what_was_read_here_is_not_sent_again_to_who_comes_back(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    visitor = await Visitor(grove.shop).open_purchases()
    await visitor.click("Show receipt")
    before = grove.told()
    await grove.leave()

    await grove.come_back()

    assert grove.told() == before
    assert outcomes(grove, "receipt") == ["collected"]


async def test_what_was_not_read_here_comes_by_dm_to_who_comes_back(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    await grove.leave()

    await grove.come_back()

    assert "Payment received. Thank you!" in grove.told()[-1]
    visitor = await Visitor(grove.shop, grove.shop.alice).open_purchases()
    assert "couldn't send you" not in visitor.text


async def test_nobody_reads_anothers_receipt(grove: Grove) -> None:
    await bought_with_closed_dms(grove)
    visitor = await Visitor(grove.shop).open_purchases()
    custom_id = visitor.buttons["Show receipt"]["custom_id"]

    for stolen_id in (custom_id, f"{custom_id}:0"):
        stolen = await grove.shop.button_for(grove.bob, stolen_id)
        clicked = await grove.bob.user.click(stolen, custom_id=stolen_id)
        said = "\n".join(text_of(each) for each in [*clicked.followups, clicked.response])
        assert "is someone else's purchase" in said
        assert "Thank you" not in said
    assert outcomes(grove, "receipt") == ["undelivered"]


async def test_what_is_not_paid_has_no_receipt(grove: Grove) -> None:
    await grove.till.link()
    visitor = await Visitor(grove.shop).open_purchases()
    assert "Show receipt" not in visitor.buttons
    reference = grove.till.sale()["reference"]

    forged = await grove.shop.button_for(grove.shop.alice, f"bamboo:receipt:{reference}")
    clicked = await grove.shop.alice.user.click(forged, custom_id=f"bamboo:receipt:{reference}")

    assert "There's no receipt yet" in text_of(clicked.response)


# --- notices ------------------------------------------------------------------------------------------


async def test_what_became_of_it_is_read_here_too_newest_first(grove: Grove) -> None:
    await grove.benefit(message="The secret word is bamboo")
    order = await grove.bought()
    grove.shop.close_dms()
    await grove.at_the_store("refund", order)
    grove.shop.open_dms()
    assert (await Visitor(grove.shop).open()).text.endswith(WAITING)

    visitor = await Visitor(grove.shop).open_purchases()
    assert "-# Refunded · paid <t:" in visitor.text
    assert visitor.text.endswith(NEW)
    await visitor.click("Show receipt")

    answer = visitor.answer
    assert answer.index("You got a refund") < answer.index("Paid, then refunded")
    assert "This no longer includes the **VIP** role in Bamboo Grove." in answer
    assert "secret word" not in answer
    assert "Show message" not in buttons_of(visitor.last.response)
    assert outcomes(grove, "notice") == ["collected"]


async def test_a_dispute_and_its_end_are_told_apart(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()
    await grove.at_the_store("dispute", order)
    visitor = await Visitor(grove.shop).open_purchases()
    assert "-# Disputed · paid <t:" in visitor.text
    await visitor.click("Show receipt")
    assert "The **VIP** role in Bamboo Grove is on hold." in visitor.answer

    await grove.at_the_store("lose", order)

    visitor = await Visitor(grove.shop).open_purchases()
    assert "-# Your bank gave the money back · paid <t:" in visitor.text


async def test_a_payment_that_clears_offers_no_second_way_to_pay(grove: Grove) -> None:
    await grove.till.link()
    visitor = await Visitor(grove.shop).open_purchases()
    grove.shop.write("UPDATE sales SET status = 'clearing'")

    listed = await Visitor(grove.shop).open_purchases()

    assert "-# Payment on its way (some banks take a few days)" in listed.text
    assert listed.buttons == {}
    await visitor.click("Show payment link")
    assert "/c/cs_" not in str(visitor.last.response.components)
    await visitor.click("Cancel purchase")
    assert grove.till.states() == ["open"]


# --- many receipts ------------------------------------------------------------------------------------


async def test_the_receipts_of_a_long_subscription_are_turned_over(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    for _ in range(6):
        await grove.shop.pass_time(minutes=5)
        await grove.at_the_store("renew", grove.subscription)
    receipts = [row["id"] for row in grove.steps("receipt")]
    assert len(receipts) == 7
    reference = grove.till.sale()["reference"]
    dates = [f"-# <t:{row['created_at'] // 1000}:f>" for row in reversed(grove.steps("receipt"))]
    visitor = await Visitor(grove.shop).open_purchases()

    await visitor.click("Show receipt")
    visitor.page = visitor.last.response
    assert [line for line in visitor.text.splitlines() if line.startswith("-# <t:")] == dates[:4]
    assert visitor.text.count(f"-# Purchase {reference}") == 4
    assert visitor.enabled == ["Problem with this purchase", "Older"]
    await visitor.click("Older")
    assert [line for line in visitor.text.splitlines() if line.startswith("-# <t:")] == dates[4:]
    assert visitor.enabled == ["Problem with this purchase", "Newest"]
    async with grove.outage():
        pass
    await visitor.click("Newest")
    assert [line for line in visitor.text.splitlines() if line.startswith("-# <t:")] == dates[:4]
    assert visitor.text.count(f"-# Purchase {reference}") == 4
