"""What staff see of invoices, and do with them."""

from typing import Any

import pytest
import simcord

from tests.harness.invoicing import (
    audited_actions,
    click,
    draft,
    lines_in,
    sent,
    staff_member,
    states,
    told,
)
from tests.harness.shop import Shop, buttons_of, link_of, text_of, walk
from tests.harness.till import WEB

pytestmark = pytest.mark.kept_shop


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


async def test_numbers_follow_each_other_and_are_never_used_again(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    unsent = await draft(shop, bo)
    await sent(shop, bo)
    await bo.slash(shop.channel, "invoice cancel", number=2)
    await click(bo, unsent, "Discard")
    await sent(shop, bo)

    assert [row["number"] for row in shop.rows("SELECT number FROM invoices ORDER BY id")] == [1, 2, 3]


@pytest.mark.own_shop
async def test_numbers_are_the_servers_own(shop: Shop, bo: simcord.MemberActor) -> None:
    other = shop.env.create_guild("Elsewhere")
    channel = other.create_text_channel("shop")
    await shop.restart(discord={"guild_ids": [shop.guild.id, other.id]})
    await sent(shop, bo)
    await sent(shop, bo)
    owner = simcord.MemberActor(shop.env, other, other.owner)
    dora = other.add_member(shop.env.create_user("dora"))

    shown = await owner.slash(channel, "invoice create", member=dora, item="Rank", amount="5")
    await click(owner, shown, "Send")

    rows = shop.rows("SELECT guild_id, number FROM invoices ORDER BY id")
    assert [row["number"] for row in rows] == [1, 2, 1]
    assert "no such invoice" in told(await owner.slash(channel, "invoice show", number=2))
    listed = text_of((await owner.slash(channel, "invoice list")).response)
    assert "1 in all" in listed
    assert "Logo" not in listed
    reference = shop.rows("SELECT reference FROM invoices WHERE number = 2")[0]["reference"]
    assert reference
    assert await owner.autocomplete(channel, "invoice show", "number", "2") == []


async def test_the_list_is_paged_and_filtered(shop: Shop, bo: simcord.MemberActor) -> None:
    carol = shop.member("carol")
    for number in range(9):
        await sent(shop, bo, item=f"Thing {number}")
    await sent(shop, bo, member=carol, item="Hers")
    await bo.slash(shop.channel, "invoice cancel", number=3)

    listed = await bo.slash(shop.channel, "invoice list")
    assert listed.ephemeral
    assert "10 in all" in text_of(listed.response)
    assert "Thing 0" not in text_of(listed.response)
    await click(bo, listed, "Next")
    assert "Thing 0" in text_of(listed.response)
    hers = text_of((await bo.slash(shop.channel, "invoice list", member=carol)).response)
    assert "1 in all" in hers
    assert "Hers" in hers
    cancelled = text_of((await bo.slash(shop.channel, "invoice list", state="cancelled")).response)
    assert "**#3**" in cancelled
    assert "1 in all" in cancelled
    nothing = await bo.slash(shop.channel, "invoice list", member=carol, state="paid")
    assert "No invoices like that" in text_of(nothing.response)
    assert "in all" not in text_of(nothing.response)


async def test_the_list_opens_invoices(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo, item="First")
    await sent(shop, bo, item="Second")
    listed = await bo.slash(shop.channel, "invoice list")
    [newest, oldest] = [part for part in walk(listed.response.components) if part.get("label") == "Show"]

    opened = await bo.click(listed.response, custom_id=oldest["custom_id"])

    assert "Invoice #1: Open" in told(opened)
    assert "First" in told(opened)
    assert "Invoice #2: Open" in told(await bo.click(listed.response, custom_id=newest["custom_id"]))


async def test_numbers_are_suggested_by_number_and_by_name(shop: Shop, bo: simcord.MemberActor) -> None:
    carol = shop.member("carol")
    await sent(shop, bo)
    await sent(shop, bo, member=carol)
    await bo.slash(shop.channel, "invoice cancel", number=1)

    async def suggested(command: str, typed: str) -> list[int]:
        choices = await bo.autocomplete(shop.channel, f"invoice {command}", "number", typed)
        return [choice["value"] for choice in choices]

    assert await suggested("show", "") == [2, 1]
    assert await suggested("show", "1") == [1]
    assert await suggested("show", "car") == [2]
    assert await suggested("cancel", "") == [2]
    assert await suggested("resend", "") == [2]


@pytest.mark.own_shop
async def test_cancelling_removes_the_buttons_and_says_until_when_the_page_can_be_paid(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)

    result = await bo.slash(shop.channel, "invoice cancel", number=1, reason="Wrong amount")

    assert "closes at <t:1767247200:t> and can't be closed sooner" in told(result)
    [message] = shop.dms(shop.alice)
    assert buttons_of(message) == {}
    assert "Wrong amount" in text_of(message)
    assert "If its payment page is still open somewhere, don't pay there." in text_of(message)
    assert "is cancelled, so this isn't possible anymore" in told(
        await bo.slash(shop.channel, "invoice cancel", number=1)
    )


@pytest.mark.own_shop
@pytest.mark.parametrize(
    ("settings", "said", "not_said"),
    [
        ({}, "This bot can't see payments: check the store's dashboard.", "We'll let you know"),
        ({"web": WEB}, "We'll let you know if they pay anyway.", "dashboard"),
    ],
)
async def test_that_a_payment_is_told_is_promised_only_where_payments_are_seen(
    shop: Shop, bo: simcord.MemberActor, settings: dict[str, Any], said: str, not_said: str
) -> None:
    await shop.restart(**settings)
    await sent(shop, bo)

    answer = told(await bo.slash(shop.channel, "invoice cancel", number=1))

    assert said in answer
    assert not_said not in answer


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_cancelling_what_was_never_sent_speaks_of_no_message(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)

    answer = told(await bo.slash(shop.channel, "invoice cancel", number=1))

    assert answer.endswith("is cancelled. It was never sent.")


async def test_cancelling_after_the_page_has_expired_says_that_none_can_be_paid(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)

    result = await bo.slash(shop.channel, "invoice cancel", number=1)

    assert "can see that in their message" in told(result)
    assert "It can't be paid anymore" in told(result)
    assert "still open somewhere" not in text_of(shop.dms(shop.alice)[0])


async def test_resending_replaces_the_message_and_keeps_the_link(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    [old] = shop.dms(shop.alice)

    result = await bo.slash(shop.channel, "invoice resend", number=1)

    assert "is in their direct messages" in told(result)
    [new] = shop.dms(shop.alice)
    assert new.id != old.id
    assert link_of(new) == shop.pages[0]
    assert len(shop.pages) == 1
    await bo.slash(shop.channel, "invoice cancel", number=1)
    assert buttons_of(shop.dms(shop.alice)[0]) == {}
    assert "isn't possible anymore" in told(await bo.slash(shop.channel, "invoice resend", number=1))


async def test_resending_later_makes_a_fresh_link(shop: Shop, bo: simcord.MemberActor) -> None:
    shop.close_dms()
    await sent(shop, bo)
    shop.open_dms()
    await shop.pass_time(hours=6, seconds=1)

    await bo.slash(shop.channel, "invoice resend", number=1)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[1]


async def test_a_member_who_left_can_t_be_sent_it_again(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    shop.guild.remove_member(shop.alice)
    await shop.env.settle()

    assert "isn't in this server" in told(await bo.slash(shop.channel, "invoice resend", number=1))


@pytest.mark.own_shop
async def test_one_invoice_shows_what_became_of_it_and_what_can_be_done(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, note="Thanks", due="3d")

    shown = await bo.slash(shop.channel, "invoice show", number=1)

    said = text_of(shown.response)
    for part in ("Invoice #1: Open", "Thanks", "$12.50", f"was sent by <@{bo.id}>", "<t:1767484800:f>"):
        assert part in said
    assert list(buttons_of(shown.response)) == ["Resend", "Post a notice", "Cancel invoice"]
    assert link_of(shown.response) is None
    result = await click(bo, shown, "Cancel invoice", {"reason": "No"})
    assert "is cancelled" in told(result)
    assert states(shop) == ["cancelled"]


@pytest.mark.own_shop
async def test_every_action_is_written_down_and_read_in_the_log_channel(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    await sent(shop, bo)
    await click(shop.alice.user, shop.dms(shop.alice)[0], "Decline", {"reason": "No @everyone"})
    await shop.env.settle()

    assert audited_actions(shop) == ["drafted", "sent", "declined"]
    said = list(map(text_of, lines_in(log)))
    assert len(said) == 2
    assert f"Invoice **#1** for <@{shop.alice.id}> ($12.50) was sent by <@{bo.id}>" in said[0]
    assert f"was declined by <@{shop.alice.id}>" in said[1]
    assert "@\u200beveryone" in said[1]


@pytest.mark.own_shop
async def test_the_log_channel_may_be_gone(shop: Shop, bo: simcord.MemberActor) -> None:
    await shop.restart(staff={"log_channel_id": 1})

    await sent(shop, bo)

    assert states(shop) == ["open"]
    assert shop.rows("SELECT * FROM jobs WHERE kind = 'audit_line' AND next_attempt_at IS NOT NULL") == []


async def test_members_can_t_use_the_buttons_of_staff(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    reference = shop.rows("SELECT reference FROM invoices")[0]["reference"]
    for action in ("show", "resend", "notice", "approve", "cancel", "refuse"):
        message = await shop.button_for(shop.alice, f"bamboo:inv:staff:{reference}:{action}")
        result = await shop.alice.user.click(message.message, label="?")
        assert "Only staff can do this" in told(result), action
    assert states(shop) == ["open"]


@pytest.mark.parametrize("given", [{}, {"item": "Logo"}, {"amount": "12.50"}])
async def test_what_an_invoice_is_for_is_asked_for_by_a_form_where_the_command_lacks_it(
    shop: Shop, bo: simcord.MemberActor, given: dict[str, str]
) -> None:
    asked = await bo.slash(
        shop.channel, "invoice create", member=shop.alice, quantity=2, description="Two drafts", **given
    )

    assert states(shop) == []
    assert asked.modal is not None
    inputs = [label["component"] for label in asked.modal["components"]]
    assert {each["custom_id"]: each["value"] for each in inputs if each.get("value")} == {
        "quantity": "2",
        **given,
    }
    fields = {"item": "Logo", "amount": "12.50", "quantity": "2", "due": "", "note": "", **given}
    shown = await bo.submit_modal(asked, fields)
    assert "2 × **Logo**: $25.00" in text_of(shown.response)
    assert "Two drafts" in text_of(shown.response)
