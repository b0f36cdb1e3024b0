"""Members leave and come back, staff change roles by hand, and people buy for others."""

import pytest

from tests.harness.grove import PRODUCT, Grove
from tests.harness.shop import link_of, text_of

pytestmark = pytest.mark.kept_shop


async def test_who_left_before_the_payment_gets_role_and_receipt_on_coming_back(grove: Grove) -> None:
    await grove.benefit()
    session = await grove.till.link()
    await grove.leave()
    grove.shop.close_dms()

    await grove.till.pay_on_page(session)
    assert grove.steps("role")[0]["outcome"] == "absent"
    assert grove.steps("receipt")[0]["outcome"] == "undelivered"

    grove.shop.env.backend.faults.clear()
    await grove.come_back()

    assert grove.roles() == {"VIP"}
    assert "Payment received. Thank you!" in grove.told()[-1]


async def test_the_sales_log_says_who_is_waited_for(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()
    await grove.leave()

    await grove.till.pay_on_page(session)
    assert "given when they come back" in grove.logged()[0]

    await grove.come_back()
    assert "Role: given" in grove.logged()[0]


async def test_who_comes_back_while_it_lives_gets_the_role_again(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    await grove.leave()

    await grove.come_back()

    assert grove.roles() == {"VIP"}


async def test_who_comes_back_after_its_end_gets_nothing(grove: Grove) -> None:
    await grove.benefit(days=1)
    await grove.bought()
    await grove.leave()
    await grove.days(2)

    await grove.come_back()

    assert grove.roles() == set()


async def test_who_came_back_while_the_bot_was_away_gets_the_role_at_its_start(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    await grove.leave()

    async with grove.outage():
        await grove.shop.pass_time(seconds=5)
        grove.rejoin()
    await grove.till.settled()

    assert grove.roles() == {"VIP"}


async def test_who_paid_while_away_and_came_while_the_bot_was_away_gets_the_role(grove: Grove) -> None:
    await grove.benefit()
    session = await grove.till.link()
    await grove.leave()
    await grove.till.pay_on_page(session)

    async with grove.outage():
        grove.rejoin()
    await grove.till.settled()

    assert grove.roles() == {"VIP"}


async def test_what_staff_took_by_hand_stays_taken(grove: Grove) -> None:
    await grove.benefit()
    await grove.benefit("Lobby pack", days=1)
    await grove.bought()
    await grove.bought("Lobby pack")
    grove.take_by_hand(grove.shop.alice, grove.role)

    await grove.days(2)
    async with grove.outage():
        await grove.shop.pass_time(seconds=5)

    assert grove.roles() == set()


async def test_who_buys_again_after_staff_took_the_role_gets_it(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    grove.take_by_hand(grove.shop.alice, grove.role)

    await grove.bought()

    assert grove.roles() == {"VIP"}


# --- before anybody is charged ------------------------------------------------------------------------


async def test_a_purchase_whose_role_cant_be_given_is_refused_and_told_to_staff_once(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    grove.put_role(above=True)

    for _ in range(2):
        result = await grove.shop.alice.slash(grove.shop.channel, "buy", product=grove.till.product().id)
        assert "You haven't been charged" in text_of(result.response)
    await grove.till.settled()

    assert grove.shop.sandbox.sessions == {}
    [note] = grove.logged()
    assert f"A purchase of **{PRODUCT}** was refused" in note
    assert "is above the bot's highest role" in note


async def test_a_purchase_whose_role_is_gone_is_refused(grove: Grove) -> None:
    await grove.benefit()
    grove.shop.env.backend.delete_role(grove.shop.guild.id, grove.role.id)
    await grove.shop.env.settle()

    result = await grove.shop.alice.slash(grove.shop.channel, "buy", product=grove.till.product().id)

    assert "can't deliver this to you right now" in text_of(result.response)
    assert "if it keeps happening, contact staff." in text_of(result.response)
    assert grove.shop.sandbox.sessions == {}


async def test_who_has_left_gets_no_new_link_for_what_earns_a_role(grove: Grove) -> None:
    await grove.benefit()
    await grove.till.link()
    await grove.shop.pass_time(hours=6, seconds=1)
    [expired] = grove.shop.dms(grove.shop.alice)
    await grove.leave()

    result = await grove.shop.alice.user.click(expired, label="Get a new link")

    assert "You aren't in the server" in str(result.followups and text_of(result.followups[-1]))
    assert len(grove.shop.sandbox.sessions) == 1


# --- gifts --------------------------------------------------------------------------------------------


async def test_of_a_gift_the_payer_pays_and_the_recipient_gets(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought(gift_to=grove.bob)

    assert grove.roles(grove.bob) == {"VIP"}
    assert grove.roles() == set()
    [gift] = grove.told(grove.bob)
    assert f"<@{grove.shop.alice.id}> gave you" in gift
    assert "You now have the **VIP** role" in gift
    receipt = grove.told()[-1]
    assert "Gift paid. Thank you!" in receipt
    assert f"It goes to <@{grove.bob.id}>" in receipt


async def test_the_recipient_sees_no_price_and_the_payer_nothing_that_is_inside(grove: Grove) -> None:
    await grove.benefit(message="The secret word is bamboo")
    await grove.bought(gift_to=grove.bob)

    [gift] = grove.shop.dms(grove.bob)
    assert "$" not in text_of(gift)
    assert link_of(gift) is None
    assert "secret word" in text_of(gift)
    assert not any("secret word" in said for said in grove.told())


async def test_a_refunded_gift_is_taken_back_without_talk_of_money_to_the_recipient(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought(gift_to=grove.bob)

    await grove.at_the_store("refund", order)

    assert grove.roles(grove.bob) == set()
    assert "You got a refund" in grove.told()[-1]
    assert "VIP" not in grove.told()[-1]
    taken = grove.told(grove.bob)[-1]
    assert "Your gift was taken back" in taken
    assert "money" not in taken


async def test_the_same_for_somebody_else_is_another_purchase(grove: Grove) -> None:
    await grove.till.link()
    await grove.till.link(gift_to=grove.bob)

    assert len(grove.shop.sandbox.sessions) == 2


async def test_the_store_is_told_for_whom_a_gift_is(grove: Grove) -> None:
    session = await grove.till.link(gift_to=grove.bob)

    assert session.metadata is not None
    assert session.metadata["discord_recipient_id"] == str(grove.bob.id)
    assert session.metadata["discord_user_id"] == str(grove.shop.alice.id)


async def test_a_gift_to_oneself_is_no_gift(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought(gift_to=grove.shop.alice)

    assert grove.roles() == {"VIP"}
    assert "Payment received. Thank you!" in grove.told()[-1]


async def test_a_bot_cant_be_given_anything(grove: Grove) -> None:
    robot = grove.shop.guild.add_member(grove.shop.env.create_user("robot", bot=True))

    result = await grove.shop.alice.slash(
        grove.shop.channel, "buy", product=grove.till.product().id, gift_to=robot
    )

    assert "Bots can't receive gifts" in text_of(result.response)
