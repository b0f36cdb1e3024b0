"""The bot's process ends and starts again, while an invoice is in each of its states."""

import json

import pytest
import simcord

from cogs.invoices.actions import InvoiceActions
from tests.harness.instants import milliseconds
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
from tests.harness.shop import Shop, buttons_of, link_of, text_of
from tests.harness.till import WEB

pytestmark = [pytest.mark.postgres, pytest.mark.kept_shop]


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


async def test_a_draft_goes_on(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)
    await shop.restart()

    await click(bo, shown, "Add item", {"item": "Banner", "amount": "5", "quantity": "1"})
    await click(bo, shown, "Edit title and description", {"title": "All", "description": "", "note": ""})
    assert "Banner" in text_of(shown.response)
    await click(bo, shown, "Send")

    assert states(shop) == ["open"]
    assert len(shop.dms(shop.alice)) == 1


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_what_waits_for_approval_can_be_approved(shop: Shop, bo: simcord.MemberActor) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    cy = staff_member(shop, "cy")
    await sent(shop, bo)
    await shop.env.settle()
    await shop.restart()

    [asked] = lines_in(log)
    await cy.click(asked.message, label="Approve")

    assert states(shop) == ["open"]
    assert link_of(shop.dms(shop.alice)[0]) == shop.pages[0]


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_what_was_refused_stays_refused(shop: Shop, bo: simcord.MemberActor) -> None:
    cy = staff_member(shop, "cy")
    await sent(shop, bo)
    shown = await cy.slash(shop.channel, "invoice show", number=1)
    await click(cy, shown, "Refuse", {"reason": ""})
    await shop.restart()

    assert "isn't possible anymore" in told(await click(cy, shown, "Approve"))
    assert states(shop) == ["refused"]


async def test_an_open_invoice_expires_offers_a_link_and_can_be_declined(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    await shop.restart()
    await shop.pass_time(hours=6, seconds=1)
    await shop.restart()

    await click(shop.alice.user, shop.dms(shop.alice)[0], "Get payment link")
    assert link_of(shop.dms(shop.alice)[0]) == shop.pages[1]
    await shop.restart()
    await click(shop.alice.user, shop.dms(shop.alice)[0], "Decline", {"reason": "No"})

    assert states(shop) == ["declined"]


async def test_a_session_that_expired_while_nothing_ran_is_settled_at_the_start(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    shop.write(f"UPDATE sessions SET expires_at = {milliseconds('2025-12-31 00:00:00')}")

    await shop.restart()

    assert list(buttons_of(shop.dms(shop.alice)[0])) == ["Get payment link", "Decline"]


@pytest.mark.settings(web=WEB)
async def test_what_became_overdue_while_nothing_ran_is_told_at_the_start(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, due="5h")
    past = milliseconds("2025-12-31 00:00:00")
    shop.write("UPDATE invoices SET due_at = ?, next_at = ?, remind_at = ?", past, past, past)

    await shop.restart()

    assert states(shop) == ["overdue"]
    first, reminder = shop.dms(shop.alice)
    assert "hasn't been paid yet" in text_of(reminder)
    assert "**Overdue**" in text_of(first)
    await shop.restart()
    assert len(shop.dms(shop.alice)) == 2
    await bo.slash(shop.channel, "invoice cancel", number=1)
    assert buttons_of(shop.dms(shop.alice)[0]) == {}


@pytest.mark.parametrize("ending", ["declined", "cancelled"])
async def test_what_was_closed_shows_so_even_if_the_process_ended_before_the_message_was_changed(
    shop: Shop, bo: simcord.MemberActor, ending: str
) -> None:
    await sent(shop, bo)
    actions = shop.app.bot.service(InvoiceActions)
    invoice = await actions.invoices.numbered(shop.guild.id, 1)
    shop.env.inject_error("PATCH", "/channels/*/messages/*", times=None)
    if ending == "declined":
        await actions.invoices.decline(invoice.reference, shop.alice.id, None)
    else:
        await actions.invoices.cancel(shop.guild.id, invoice.reference, bo.id, None)
    shop.env.backend.faults.clear()
    await shop.restart()
    await shop.pass_time(minutes=7)

    assert states(shop) == [ending]
    assert buttons_of(shop.dms(shop.alice)[0]) == {}


async def interrupted(shop: Shop, bo: simcord.MemberActor) -> None:
    """An invoice as a process leaves it that dies after the claim, while it asks the store for the link."""
    await sent(shop, bo)
    body = json.dumps(shop.bodies[-1])
    shop.env.backend.messages[shop.env.backend.dm_channels[shop.alice.id]].clear()
    shop.write("DELETE FROM messages")
    shop.write("UPDATE jobs SET attempts = 0, done_at = NULL, outcome = NULL WHERE lane = 'people'")
    shop.write("UPDATE invoices SET sent_at = NULL")
    shop.write("DELETE FROM jobs WHERE kind = 'audit_line'")
    shop.write("DELETE FROM audit WHERE action = 'sent'")
    shop.write(
        "UPDATE sessions SET state = 'creating', session_id = NULL, url = NULL, expires_at = NULL,"
        f" lease_until = {milliseconds('2025-12-31 23:59:00')}, request = ?",
        body,
    )


async def test_a_sending_that_was_interrupted_is_gone_on_with(shop: Shop, bo: simcord.MemberActor) -> None:
    await interrupted(shop, bo)

    await shop.restart()
    await shop.pass_time(seconds=1)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[1]
    assert audited_actions(shop) == ["drafted", "sent"]
    assert shop.rows("SELECT sent_at FROM invoices")[0]["sent_at"] is not None


async def test_if_the_store_is_away_after_an_interruption_the_member_still_gets_the_invoice(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await interrupted(shop, bo)
    shop.write("UPDATE sessions SET attempts = 2")

    await shop.restart()
    await shop.pass_time(seconds=1)

    [message] = shop.dms(shop.alice)
    assert list(buttons_of(message)) == ["Get payment link", "Decline"]
    await click(shop.alice.user, message, "Get payment link")
    assert link_of(shop.dms(shop.alice)[0]) == shop.pages[1]
    assert len(shop.dms(shop.alice)) == 1


async def test_a_line_for_the_staff_that_was_not_posted_is_posted_at_the_start(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    await sent(shop, bo)
    await shop.env.settle()
    shop.env.backend.messages[log.id].clear()
    shop.write(
        f"UPDATE jobs SET next_attempt_at = {milliseconds('2025-12-31 00:00:00')},"
        " payload = '{}', outcome = NULL"
        " WHERE kind = 'audit_line'"
    )

    await shop.restart()
    await shop.env.settle()

    assert "was sent" in text_of(lines_in(log)[0])


async def test_a_line_whose_sending_has_an_unknown_end_is_looked_for_before_it_is_repeated(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    await sent(shop, bo)
    await shop.env.settle()
    # As a process leaves it that dies between Discord's answer and its own note of it.
    shop.write(
        f"UPDATE jobs SET next_attempt_at = {milliseconds('2025-12-31 00:00:00')}, attempts = 1,"
        " payload = '{}',"
        " outcome = NULL WHERE kind = 'audit_line'"
    )

    await shop.restart()
    await shop.env.settle()

    [line] = lines_in(log)
    [job] = shop.rows("SELECT payload FROM jobs WHERE kind = 'audit_line'")
    assert json.loads(job["payload"])["message_id"] == line.id
