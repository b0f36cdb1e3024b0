"""Files come by email to the payer: that is said, and Reveal isn't offered where there is nothing to see."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import PRODUCT, Grove
from tests.harness.shop import buttons_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


FILE = "Lobby pack"
HELP = "Problem with this purchase"
WITH_MESSAGE = "Skyblock Atoll"
BY_E_MAIL = "The download link is emailed to the address you pay with."
TOKEN = {"api_token": DEMO_TOKEN.secret}


async def test_the_page_says_how_the_file_comes(grove: Grove) -> None:
    assert BY_E_MAIL in (await Visitor(grove.shop).look_at("lobby-pack")).text
    assert "email" not in (await Visitor(grove.shop).look_at("grove-guard")).text


@pytest.mark.settings(pandabase=TOKEN)
async def test_a_receipt_of_nothing_but_a_file_says_where_it_is_and_reveals_nothing(grove: Grove) -> None:
    await grove.bought(FILE)

    receipt = grove.shop.dms(grove.shop.alice)[-1]
    assert "Your download link was emailed to the address you paid with." in text_of(receipt)
    assert "Show key" not in text_of(receipt)
    assert list(buttons_of(receipt)) == [HELP]
    assert grove.steps("keys") == []
    assert "delivered" not in grove.told()[0]  # nobody tells the bot when the email is there


async def test_a_file_with_a_message_of_the_store_can_be_revealed(grove: Grove) -> None:
    await grove.bought(WITH_MESSAGE)

    receipt = grove.shop.dms(grove.shop.alice)[-1]
    assert "Your download link was emailed" in text_of(receipt)
    shown = await grove.shop.alice.user.click(receipt, label="Show message")
    assert "The download link is on its way" in text_of(shown.response)


@pytest.mark.settings(pandabase=TOKEN)
async def test_a_file_whose_product_hands_out_keys_can_be_revealed(grove: Grove) -> None:
    grove.till.product(FILE).fulfillment_mode = "LICENSE_POOL"

    await grove.bought(FILE)

    assert "Show key" in buttons_of(grove.shop.dms(grove.shop.alice)[-1])


async def test_while_the_store_cant_say_reveal_stays_offered(grove: Grove) -> None:
    session = await grove.till.link(FILE)
    async with grove.outage():
        # The new process knows nothing of the product, and the store doesn't tell.
        grove.shop.sandbox.fail_next(refuse=True, times=1000)
    await grove.till.pay_on_page(session)

    assert "Show message" in buttons_of(grove.shop.dms(grove.shop.alice)[-1])


@pytest.mark.settings(pandabase=TOKEN)
async def test_keys_that_are_still_being_prepared_stay_offered(grove: Grove) -> None:
    grove.till.product().message = None

    await grove.bought()

    assert "Show key" in buttons_of(grove.shop.dms(grove.shop.alice)[-1])
    assert "email" not in grove.told()[-1]


async def test_where_nobody_can_ask_for_keys_nothing_is_offered_but_where_they_are(grove: Grove) -> None:
    grove.till.product().message = None

    await grove.bought()

    assert list(buttons_of(grove.shop.dms(grove.shop.alice)[-1])) == [HELP]
    assert "Your key was emailed to the address you paid with." in grove.told()[-1]


async def test_several_keys_are_spoken_of_as_such(grove: Grove) -> None:
    grove.till.product().message = None

    await grove.bought(quantity=3)
    await grove.bought(quantity=2, gift_to=grove.bob)

    assert "Your keys were emailed to the address you paid with." in grove.told()[0]
    assert "The keys were emailed to <@" in grove.told(grove.bob)[-1]


async def test_before_a_gift_is_paid_it_says_that_the_file_comes_to_the_payer(grove: Grove) -> None:
    await grove.till.link(FILE, gift_to=grove.bob)
    [link] = grove.told()
    member = f"<@{grove.bob.id}>"
    assert f"A gift for {member}. They won't see the price.\n" in link
    assert f"The download link is emailed to you, not to {member}: you'll need to pass it on." in link

    await grove.till.link(FILE)
    assert "pass it on" not in grove.told()[-1]
    assert "gift" not in grove.told()[-1]
    await grove.till.link(PRODUCT, gift_to=grove.bob)
    assert "pass it on" not in grove.told()[-1]
    assert f"A gift for {member}." in grove.told()[-1]


async def test_of_a_gift_both_read_where_the_file_is(grove: Grove) -> None:
    session = await grove.till.link(FILE, gift_to=grove.bob)
    await grove.till.pay_on_page(session)

    assert f"The download link was emailed to you. Pass it on to <@{grove.bob.id}>." in grove.told()[-1]
    [gift] = grove.shop.dms(grove.bob)
    payer = f"<@{grove.shop.alice.id}>"
    assert f"The download link was emailed to {payer}. Ask them to pass it on." in text_of(gift)
    assert list(buttons_of(gift)) == [HELP]


async def test_what_was_given_back_promises_no_file(grove: Grove) -> None:
    await grove.at_the_store("refund", await grove.bought(FILE))

    shown = await grove.shop.alice.slash(grove.shop.channel, "purchases")
    receipt = await grove.shop.alice.click(shown.response, label="Show receipt")

    told = "".join(map(text_of, [receipt.response, *receipt.followups]))
    assert "Paid, then refunded" in told
    assert "email" not in told
