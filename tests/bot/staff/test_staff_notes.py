"""Notes to staff are never lost: they wait for a channel, and go where they can be read."""

import pytest

from tests.harness.grove import Grove
from tests.harness.shop import buttons_of, text_of
from tests.harness.staff_notes import NOTES
from tests.harness.till import Till

pytestmark = pytest.mark.kept_shop


NOWHERE = 12345


async def restart_with_staff_channel(grove: Grove, channel_id: int) -> None:
    await grove.shop.restart(staff={"log_channel_id": channel_id})
    grove.till = Till(grove.shop)
    await grove.till.settled()


def notes(grove: Grove) -> list[str]:
    return [text for text in grove.logged() if "-# Note" in text]


async def role_that_cant_be_given(grove: Grove) -> None:
    await grove.benefit()
    await grove.paid_with_role_above()


async def test_a_note_waits_until_there_is_a_sales_log_and_keeps_its_button(grove: Grove) -> None:
    await role_that_cant_be_given(grove)
    await grove.shop.pass_time(hours=2)

    await grove.keep_log()
    await grove.till.settled()

    [note] = [each for each in grove.messages(grove.log_channel) if "-# Note" in text_of(each)]
    assert "is above the bot's highest role" in text_of(note)
    assert "<t:1767225" in text_of(note).splitlines()[-1], "when it happened, not when it was posted"
    grove.put_role(above=False)
    await grove.boss.click(note, label="Retry")
    await grove.till.settled()
    assert grove.roles() == {"VIP"}


async def test_a_note_of_a_role_that_cant_be_given_says_what_to_do_before_retry(grove: Grove) -> None:
    await grove.keep_log()
    await role_that_cant_be_given(grove)

    [note] = notes(grove)
    [reference] = [row["reference"] for row in grove.shop.rows("SELECT reference FROM sales")]
    assert note.splitlines()[0] == (
        f"`TEST` We couldn't give <@{grove.shop.alice.id}> their role for purchase `{reference}`. "
        "The **VIP** role is above the bot's highest role. "
        "In Server Settings → Roles, drag the bot's role above it, then press Retry."
    )


async def test_a_note_of_a_role_that_is_gone_says_how_its_buyers_get_another(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()
    grove.shop.env.backend.delete_role(grove.shop.guild.id, grove.role.id)
    await grove.till.pay_on_page(session)

    [note] = notes(grove)
    assert note.splitlines()[0].endswith(
        "no longer exists. Add another role with `/store benefit add`: "
        "it offers to give it to those who paid before, too."
    )


async def test_a_note_waits_for_a_start_with_a_staff_channel(grove: Grove) -> None:
    order = await grove.bought()
    await grove.at_the_store("refund", order)

    await restart_with_staff_channel(grove, grove.log_channel.id)

    [note] = notes(grove)
    assert "was refunded" in note


async def test_what_was_posted_is_not_posted_again_by_a_start_or_another_channel(grove: Grove) -> None:
    await grove.keep_log()
    order = await grove.bought()
    await grove.at_the_store("refund", order)
    assert len(notes(grove)) == 1

    await grove.keep_log()
    await grove.shop.restart()
    grove.till = Till(grove.shop)
    await grove.till.settled()

    assert len(notes(grove)) == 1


async def test_notes_of_a_staff_channel_that_is_gone_go_to_the_sales_log(grove: Grove) -> None:
    await restart_with_staff_channel(grove, NOWHERE)
    await grove.keep_log()
    order = await grove.bought()

    await grove.at_the_store("refund", order)

    [note] = notes(grove)
    assert "was refunded" in note


@pytest.mark.parametrize("with_sales_log", [True, False])
async def test_notes_of_a_staff_channel_that_is_closed_to_the_bot_arrive_all_the_same(
    grove: Grove,
    with_sales_log: bool,  # noqa: FBT001
) -> None:
    closed = grove.shop.guild.create_text_channel("staff")
    await restart_with_staff_channel(grove, closed.id)
    if with_sales_log:
        await grove.keep_log()
    order = await grove.bought()
    grove.shop.env.inject_error("POST", f"/channels/{closed.id}/messages", status=403, code=50013, times=None)
    await grove.at_the_store("refund", order)
    if with_sales_log:
        assert len(notes(grove)) == 1
        return
    for days in (0.001, 0.01, 0.1, 1, 1, 1):
        await grove.days(days)

    grove.shop.open_dms()
    await grove.days(1)

    [note] = grove.messages(closed)
    assert "was refunded" in text_of(note)
    assert buttons_of(note) == {}


async def test_staff_neednt_hear_of_a_buyer_who_isnt_in_the_server(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    await grove.till.link()
    await grove.shop.pass_time(hours=6, seconds=5)
    await grove.leave()

    result = await grove.shop.alice.user.click(grove.shop.dms(grove.shop.alice)[-1], label="Get a new link")

    assert "You aren't in the server" in text_of(result.followups[-1])
    assert grove.shop.rows(f"SELECT * FROM {NOTES}") == []
