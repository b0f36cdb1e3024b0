"""Caps, and the second staff member who approves."""

import pytest
import simcord

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
from tests.harness.shop import Shop, buttons_of, text_of

pytestmark = pytest.mark.kept_shop


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


@pytest.fixture
def cy(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "cy")


async def test_one_invoice_has_a_cap(shop: Shop, bo: simcord.MemberActor) -> None:
    above = await draft(shop, bo, amount="50.01")
    await shop.restart(staff={"invoice_cap": "50.00"})

    assert "the limit for one invoice is $50.00" in told(await click(bo, above, "Send"))
    assert states(shop) == ["draft"]

    await sent(shop, bo, amount="50.00")
    assert states(shop) == ["draft", "open"]


@pytest.mark.settings(staff={"daily_cap": "100.00"})
async def test_a_day_has_a_cap_for_each_staff_member(
    shop: Shop, bo: simcord.MemberActor, cy: simcord.MemberActor
) -> None:
    await sent(shop, bo, amount="60")
    await bo.slash(shop.channel, "invoice cancel", number=1)

    assert "you have $40.00 of your daily $100.00 left" in told(await sent(shop, bo, amount="40.01"))
    await sent(shop, bo, amount="40")
    await sent(shop, cy, amount="100")

    assert states(shop) == ["cancelled", "draft", "open", "open"]


@pytest.mark.settings(staff={"daily_cap": "100.00"})
async def test_the_cap_of_a_day_ends_with_it(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo, amount="100")
    shop.write(f"UPDATE invoices SET submitted_at = {milliseconds('2025-12-31 23:59:59')}")

    await sent(shop, bo, amount="100")

    assert states(shop) == ["open", "open"]


@pytest.mark.settings(staff={"approval_above": "20.00"})
async def test_above_the_threshold_another_staff_member_approves_before_anything_is_sent(
    shop: Shop, bo: simcord.MemberActor, cy: simcord.MemberActor
) -> None:
    shown = await draft(shop, bo, amount="20.01")
    assert "another staff member has to approve" in text_of(shown.response)
    await click(bo, shown, "Send")
    assert "needs another staff member's approval" in text_of(shown.response)
    assert states(shop) == ["awaiting"]
    assert shop.dms(shop.alice) == []
    assert shop.bodies == []

    own = await bo.slash(shop.channel, "invoice show", number=1)
    assert "You can't approve your own" in told(await click(bo, own, "Approve"))
    hers = await cy.slash(shop.channel, "invoice show", number=1)
    assert "is in their direct messages" in told(await click(cy, hers, "Approve"))

    assert states(shop) == ["open"]
    assert len(shop.dms(shop.alice)) == 1
    assert audited_actions(shop) == ["drafted", "submitted", "approved", "sent"]
    assert f"approved by <@{cy.id}>" in text_of(
        (await bo.slash(shop.channel, "invoice show", number=1)).response
    )
    await sent(shop, bo, amount="20")
    assert states(shop) == ["open", "open"]


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_it_can_be_refused_with_a_reason(
    shop: Shop, bo: simcord.MemberActor, cy: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    shown = await cy.slash(shop.channel, "invoice show", number=1)

    result = await click(cy, shown, "Refuse", {"reason": "Too much"})

    assert "was refused" in told(result)
    assert states(shop) == ["refused"]
    assert shop.bodies == []
    assert "isn't possible anymore" in told(await click(cy, shown, "Approve"))
    after = text_of((await bo.slash(shop.channel, "invoice show", number=1)).response)
    assert "### ⚪ `TEST` Invoice #1: Refused" in after
    assert after.count("Too much") == 1


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_the_log_channel_asks_for_the_approval(
    shop: Shop, bo: simcord.MemberActor, cy: simcord.MemberActor
) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    await sent(shop, bo)
    await shop.env.settle()
    [asked] = lines_in(log)
    assert list(buttons_of(asked)) == ["Approve", "Refuse", "Show"]

    await cy.click(asked.message, label="Approve")
    await shop.env.settle()

    assert states(shop) == ["open"]
    assert len(shop.dms(shop.alice)) == 1
    asked, approved, delivered = lines_in(log)
    assert list(buttons_of(asked)) == ["Show"]
    assert "was approved" in text_of(approved)
    assert "was sent" in text_of(delivered)


@pytest.mark.settings(staff={"approval_above": "0"})
@pytest.mark.parametrize("ending", ["refuse", "cancel"])
async def test_the_log_channels_buttons_go_however_it_is_decided_and_whoever_restarts(
    shop: Shop, bo: simcord.MemberActor, cy: simcord.MemberActor, ending: str
) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    await sent(shop, bo)
    await shop.env.settle()
    shop.env.inject_error("PATCH", "/channels/*/messages/*", status=500, times=20)
    if ending == "cancel":
        await cy.slash(shop.channel, "invoice cancel", number=1)
    else:
        await click(cy, lines_in(log)[0], "Refuse", {"reason": "No"})
    await shop.env.settle()
    assert "Approve" in buttons_of(lines_in(log)[0])

    shop.open_dms()
    await shop.restart()
    await shop.pass_time(minutes=2)

    assert list(buttons_of(lines_in(log)[0])) == ["Show"]


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_if_the_store_is_away_it_waits_as_before(
    shop: Shop, bo: simcord.MemberActor, cy: simcord.MemberActor
) -> None:
    shown = await draft(shop, bo, amount="5")
    await click(bo, shown, "Coupon", {"coupon": "NOPE"})
    await click(bo, shown, "Send")
    waiting = await cy.slash(shop.channel, "invoice show", number=1)

    result = await click(cy, waiting, "Approve")

    assert "NOPE" in told(result)
    assert states(shop) == ["awaiting"]
    assert shop.dms(shop.alice) == []
    assert audited_actions(shop) == ["drafted", "submitted", "approved", "not_sent"]
    history = text_of((await cy.slash(shop.channel, "invoice show", number=1)).response)
    assert "the store didn't create a payment link ·" in history
    assert "payment link by" not in history
    await bo.slash(shop.channel, "invoice cancel", number=1)
    assert states(shop) == ["cancelled"]
