"""What a payment earns reaches the one who gets it, whatever becomes of the money."""

import pytest

from tests.harness.grove import PRODUCT, Grove
from tests.harness.instants import milliseconds
from tests.harness.shop import buttons_of, text_of

pytestmark = pytest.mark.kept_shop


async def test_a_payment_gives_the_role_and_tells_it_by_dm(grove: Grove) -> None:
    await grove.benefit(message="Hello {member}, welcome to {role} of {server} by {product}")

    await grove.bought()

    assert grove.roles() == {"VIP"}
    [receipt] = grove.told()
    assert "Payment received. Thank you!" in receipt
    assert f"**{PRODUCT}**" in receipt
    assert "You now have the **VIP** role in Bamboo Grove" in receipt
    alice = grove.shop.alice
    assert f"Hello <@{alice.id}>, welcome to VIP of Bamboo Grove by {PRODUCT}" in receipt


async def test_a_payment_of_another_product_earns_nothing(grove: Grove) -> None:
    await grove.benefit()

    await grove.bought("Lobby pack")

    assert grove.roles() == set()
    assert grove.grants() == []
    assert "role" not in grove.told()[-1]


async def test_a_refund_takes_the_role_back_and_tells_member_and_staff(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()

    await grove.at_the_store("refund", order)

    assert grove.roles() == set()
    assert "You got a refund" in grove.told()[-1]
    assert "This purchase no longer includes the **VIP** role" in grove.told()[-1]
    sale, note = grove.logged()
    assert "Purchase refunded" in sale
    assert "Role: taken back" in sale
    assert "was refunded" in note


async def test_a_benefit_that_is_kept_outlives_the_refund(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit(keep_after_refund=True)
    order = await grove.bought()

    await grove.at_the_store("refund", order)

    assert grove.roles() == {"VIP"}
    assert "You keep the **VIP** role" in grove.told()[-1]
    assert "They keep the role" in grove.logged()[-1]


async def test_a_dispute_takes_the_role_and_winning_it_gives_it_back(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()

    await grove.at_the_store("dispute", order)
    assert grove.roles() == set()
    assert "Payment disputed" in grove.told()[-1]

    await grove.at_the_store("win", order)
    assert grove.roles() == {"VIP"}
    assert "The payment stands, and what you bought is yours. You keep the **VIP** role" in grove.told()[-1]


async def test_a_lost_dispute_leaves_nothing(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()

    await grove.at_the_store("dispute", order)
    await grove.at_the_store("lose", order)

    assert grove.roles() == set()
    assert [grant["state"] for grant in grove.grants()] == ["revoked"]


async def test_the_sales_log_has_one_message_per_sale_that_follows_it(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    [first] = grove.messages(grove.log_channel)
    assert "Purchase paid and delivered" in text_of(first)
    assert f"By <@{grove.shop.alice.id}>" in text_of(first)

    await grove.at_the_store("dispute", order)

    sale = grove.messages(grove.log_channel)[0]
    assert sale.id == first.id
    assert "Purchase disputed" in text_of(sale)

    await grove.at_the_store("lose", order)

    sale = grove.messages(grove.log_channel)[0]
    assert "Purchase lost: the payer has their money back" in text_of(sale)


async def test_a_sale_that_the_card_network_gave_back_is_never_called_disputed(grove: Grove) -> None:
    await grove.keep_log()
    order = await grove.bought()

    await grove.at_the_store("prevent", order)

    assert "Purchase lost: the payer has their money back" in text_of(grove.messages(grove.log_channel)[0])


async def test_without_a_sales_log_no_channel_says_who_bought_what(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()
    await grove.at_the_store("refund", order)

    assert grove.public_texts() == []


async def test_where_dms_are_closed_the_role_is_given_and_the_receipt_waits(grove: Grove) -> None:
    await grove.benefit()
    session = await grove.till.link()
    grove.shop.close_dms()

    await grove.till.pay_on_page(session)

    assert grove.roles() == {"VIP"}
    [receipt] = grove.steps("receipt")
    assert receipt["outcome"] == "undelivered"


async def test_a_receipt_whose_send_has_an_unknown_end_is_looked_for_before_it_is_repeated(
    grove: Grove,
) -> None:
    await grove.benefit()
    await grove.bought()
    assert len(grove.told()) == 1
    # The process died after the send and before it was written down.
    grove.shop.write(
        "UPDATE jobs SET outcome = NULL, done_at = NULL, attempts = 1, payload = '{}', "
        f"next_attempt_at = {milliseconds('2025-01-01 00:00:00')} WHERE kind = 'receipt'"
    )

    await grove.wake_queue()

    assert len(grove.told()) == 1
    assert grove.steps("receipt")[0]["outcome"] == "dm"


async def test_a_role_above_the_bot_is_told_to_staff_and_given_after_their_retry(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()
    grove.put_role(above=True)

    await grove.till.pay_on_page(session)
    assert grove.roles() == set()
    sale, note = grove.messages(grove.log_channel)
    assert "Role: **failed**" in text_of(sale)
    assert "is above the bot's highest role" in text_of(note)

    grove.put_role(above=False)
    await grove.boss.click(note, label="Retry")
    await grove.till.settled()

    assert grove.roles() == {"VIP"}
    assert "Role: given" in text_of(grove.messages(grove.log_channel)[0])


async def test_a_role_that_is_gone_is_told_to_staff_and_only_they_can_retry(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()
    grove.shop.env.backend.delete_role(grove.shop.guild.id, grove.role.id)
    await grove.till.pay_on_page(session)
    note = grove.messages(grove.log_channel)[-1]
    assert "no longer exists" in text_of(note)

    result = await grove.bob.click(note, label="Retry")

    assert "Only staff can do this" in text_of(result.response)


async def test_the_receipt_of_what_holds_nothing_has_no_reveal_button(grove: Grove) -> None:
    await grove.bought("Banner design", variant="Small / Still")

    assert "Show message" not in buttons_of(grove.shop.dms(grove.shop.alice)[-1])
