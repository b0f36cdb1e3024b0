"""Who gives something may write a note: they see it, the one who gets the gift reads it, and nobody else."""

from typing import Any

import pytest

from tests.harness.grove import Grove
from tests.harness.shop import buttons_of, text_of
from tests.harness.visitor import Visitor, field_of

pytestmark = pytest.mark.kept_shop


NOTE = "Happy birthday, and thank you!"


async def write(grove: Grove, message: Any, note: str, *, label: str = "Add a note") -> None:
    """Alice clicks the button on her message, and sends the form."""
    alice = grove.shop.alice if message.ephemeral else grove.shop.alice.user
    form = await alice.click(message, label=label)
    await alice.submit_modal(form, {field_of(form)["custom_id"]: note})


async def test_a_note_is_shown_to_its_writer_and_read_by_the_one_who_gets_the_gift(grove: Grove) -> None:
    session = await grove.till.link(gift_to=grove.bob)
    [link] = grove.shop.dms(grove.shop.alice)
    assert list(buttons_of(link)) == ["Pay $24.99", "Add a note"]

    await write(grove, link, f"  {NOTE}\n")

    [link] = grove.shop.dms(grove.shop.alice)
    assert f"Your note: “{NOTE}”" in text_of(link)
    assert list(buttons_of(link)) == ["Pay $24.99", "Change note"]
    await grove.till.pay_on_page(session)
    [gift] = grove.shop.dms(grove.bob)
    assert f"“{NOTE}”" in text_of(gift)
    [receipt] = grove.shop.dms(grove.shop.alice)
    assert f"Your note: “{NOTE}”" in text_of(receipt)
    found = await Visitor(grove.shop, grove.bob).open_purchases()
    await found.click("Show gift")
    assert f"“{NOTE}”" in found.answer


async def test_a_note_that_is_written_in_the_private_answer_is_in_the_direct_message_too(
    grove: Grove,
) -> None:
    answer = await grove.shop.buy("grove-guard", gift_to=grove.bob)
    assert list(buttons_of(answer.response)) == ["Pay $24.99", "Add a note", "Open the message"]

    await write(grove, answer.response, NOTE)
    await grove.till.settled()

    [link] = grove.shop.dms(grove.shop.alice)
    for shown in (link, answer.response):
        assert f"Your note: “{NOTE}”" in text_of(shown)


async def test_a_note_leads_nowhere_and_calls_nobody(grove: Grove) -> None:
    session = await grove.till.link(gift_to=grove.bob)
    [link] = grove.shop.dms(grove.shop.alice)

    await write(grove, link, "# @everyone <@1> see https://evil.example [here](https://evil.example)")

    await grove.till.pay_on_page(session)
    [gift] = grove.shop.dms(grove.bob)
    assert "@everyone" not in text_of(gift)
    assert "<@1>" not in text_of(gift)
    assert "https://" not in text_of(gift)
    assert "\\[here\\]" in text_of(gift)


async def test_a_note_is_changed_and_taken_back_until_the_gift_is_paid(grove: Grove) -> None:
    answer = await grove.shop.buy("grove-guard", gift_to=grove.bob)
    [session] = grove.till.sandbox.sessions.values()
    await write(grove, answer.response, NOTE)

    await write(grove, answer.response, " ", label="Change note")

    assert "note: " not in text_of(answer.response)
    form = await grove.shop.alice.click(answer.response, label="Add a note")
    await grove.till.pay_on_page(session)
    late = await grove.shop.alice.submit_modal(form, {field_of(form)["custom_id"]: NOTE})
    assert "This gift is already paid" in "".join(map(text_of, late.followups))
    [gift] = grove.shop.dms(grove.bob)
    assert NOTE not in text_of(gift)


async def test_a_note_is_written_after_a_restart_and_goes_on_to_the_next_link(grove: Grove) -> None:
    await grove.till.link(gift_to=grove.bob)
    [link] = grove.shop.dms(grove.shop.alice)
    form = await grove.shop.alice.user.click(link, label="Add a note")
    await grove.shop.restart()
    await grove.shop.alice.user.submit_modal(form, {field_of(form)["custom_id"]: NOTE})
    await grove.shop.pass_time(hours=7)

    [link] = grove.shop.dms(grove.shop.alice)
    assert f"Your note: “{NOTE}”" in text_of(link)
    await grove.shop.alice.user.click(link, label="Get a new link")

    [link] = grove.shop.dms(grove.shop.alice)
    assert f"Your note: “{NOTE}”" in text_of(link)
    assert list(buttons_of(link)) == ["Pay $24.99", "Change note"]


@pytest.mark.parametrize("gift", [True, False], ids=["of somebody else", "not a gift"])
async def test_a_note_is_written_by_the_buyer_of_a_gift_alone(grove: Grove, *, gift: bool) -> None:
    await grove.till.link(**({"gift_to": grove.bob} if gift else {}))
    reference = grove.till.sale()["reference"]
    writer = grove.bob if gift else grove.shop.alice
    forged = await grove.shop.button_for(writer, f"bamboo:note:{reference}")
    form = await writer.user.click(forged, custom_id=f"bamboo:note:{reference}")

    sent = await writer.user.submit_modal(form, {field_of(form)["custom_id"]: NOTE})

    expected = "is someone else's purchase" if gift else "can't find this purchase"
    assert expected in "".join(map(text_of, sent.followups))
    assert grove.till.sale()["gift_note"] is None
