"""The button under a note about a dispute: what there is to answer it with."""

import re
from typing import Any

import pytest

from tests.harness.grove import PRODUCT, Grove
from tests.harness.sale_pages import care, sale
from tests.harness.shop import buttons_of, text_of

pytestmark = pytest.mark.kept_shop


async def disputed(grove: Grove) -> Any:
    """The note that staff get of a dispute."""
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    await grove.at_the_store("dispute", order)
    return next(each for each in grove.messages(grove.log_channel) if "Evidence text" in buttons_of(each))


def attachment(grove: Grove, message: Any) -> str:
    [attached] = message.attachments
    content = grove.shop.env.backend.cdn.get(attached.url)
    assert content is not None
    return str(content.decode())


async def test_a_dispute_s_note_leads_to_what_is_known_of_the_sale(grove: Grove) -> None:
    note = await disputed(grove)

    answer = await grove.boss.click(note, label="Evidence text")

    assert "Evidence for the dispute" in text_of(answer.response)
    assert PRODUCT in text_of(answer.response)
    written = attachment(grove, answer.response)
    [order] = grove.shop.sandbox.orders
    assert f"Order at the store: {order.id}" in written
    assert f"Bought by Discord user {grove.shop.alice.id}" in written
    assert "Paid: $24.99" in written
    happened = [line for line in written.splitlines() if ": " in line]
    order_of_events = ["asked for the payment link", "The payment arrived", "Receipt: sent"]
    places = [next(n for n, line in enumerate(happened) if part in line) for part in order_of_events]
    assert places == sorted(places)


async def test_since_when_it_is_open_is_said_and_no_deadline_that_nobody_told(grove: Grove) -> None:
    note = await disputed(grove)
    said = text_of(note)
    began = int(grove.shop.clock().timestamp())
    [at] = {
        int(found) for found in re.findall(r"<t:(\d+)(?::[Rf])?>", said.split("Disputed ")[1].split("\n")[0])
    }
    assert abs(at - began) <= 60
    assert "The store's dashboard says until when you can answer; the bot isn't told." in said
    await grove.days(2)

    answer = await grove.boss.click(note, label="Evidence text")
    assert f"Open since <t:{at}" in text_of(answer.response)

    [order] = grove.shop.sandbox.orders
    await grove.at_the_store("win", order)
    answer = await grove.boss.click(note, label="Evidence text")
    assert "Open since" not in text_of(answer.response), "it is over"


async def test_a_purchase_that_staff_moved_was_still_bought_by_who_asked_for_it(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    alice, bob = grove.shop.alice.id, grove.bob.id
    await care(grove).move(grove.shop.guild.id, sale(grove), was=alice, to=bob, by=grove.boss.id)
    await grove.till.settled()
    await grove.at_the_store("dispute", order)
    note = next(each for each in grove.messages(grove.log_channel) if "Evidence text" in buttons_of(each))

    answer = await grove.boss.click(note, label="Evidence text")

    written = attachment(grove, answer.response)
    assert f"Bought by Discord user {alice}\nDelivered to Discord user {bob}" in written
    assert f"Staff moved it from Discord user {alice} to another account." in written
    assert "The time with that role was over." not in written


async def test_its_button_works_after_a_restart_and_for_staff_alone(grove: Grove) -> None:
    note = await disputed(grove)
    async with grove.outage():
        pass

    refused = await grove.shop.alice.click(note, label="Evidence text")
    answer = await grove.boss.click(note, label="Evidence text")

    assert "Only staff can do this" in text_of(refused.response)
    assert "Evidence for the dispute" in text_of(answer.response)


async def test_in_a_direct_message_nobody_is_staff(grove: Grove) -> None:
    message = await grove.shop.button_for(grove.boss, "bamboo:evidence:zzzzzzzzzz")

    answer = await grove.boss.user.click(message, custom_id="bamboo:evidence:zzzzzzzzzz")

    assert "Only staff" in text_of(answer.response)
