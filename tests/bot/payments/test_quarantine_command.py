"""`/store quarantine` and the refund of a second payment, as staff use them."""

import json
from typing import Any

import discord
import pytest
import simcord

from bot.texts import markdown
from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import Grove
from tests.harness.instants import milliseconds
from tests.harness.plans import statements_caught
from tests.harness.sale_pages import MEMBERS, choose, told
from tests.harness.saying import english
from tests.harness.shop import buttons_of, text_of
from tests.harness.staff_notes import NOTES
from tests.harness.till import Till

pytestmark = pytest.mark.kept_shop


def staff(till: Till, name: str = "sally") -> simcord.MemberActor:
    role = till.shop.guild.create_role(f"Staff {name}", permissions=simcord_manage_guild())
    return till.shop.guild.add_member(till.shop.env.create_user(name), roles=[role])


def simcord_manage_guild() -> Any:
    return discord.Permissions(manage_guild=True)


async def pay_too_little(till: Till) -> None:
    """The store reports a payment that doesn't fit."""
    session = await till.link()
    order = till.sandbox.store.begin_payment(session.id)
    order.quote.lines[0].unit_amount = 1
    till.sandbox.ledger.clear(order)
    await till.settled()


async def test_staff_see_why_a_payment_waits_and_accept_it(till: Till) -> None:
    sally = staff(till)
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    assert "Less was paid than was asked for" in text_of(shown.response)
    await sally.click(shown.response, label="Accept for this member")
    await till.settled()

    assert till.sale()["status"] == "paid"
    [held] = till.quarantine()
    assert (held["decision"], held["decided_by"]) == ("accepted", sally.id)
    [entry] = till.shop.rows("SELECT action, actor_id, details FROM audit")
    assert (entry["action"], entry["actor_id"]) == ("payment_accepted", sally.id)
    said = {"order": held["order_id"], "member": till.shop.alice.id}
    assert json.loads(entry["details"]) == said
    again = await sally.slash(till.shop.channel, "store quarantine")
    assert "Nothing to decide" in text_of(again.response)


async def test_who_paid_hears_that_staff_look_at_it_and_isnt_asked_to_pay_again(till: Till) -> None:
    sally = staff(till)
    await pay_too_little(till)

    listed = await till.shop.alice.slash(till.shop.channel, "purchases")
    assert "Staff are checking your payment. Don't pay again." in text_of(listed.response)
    assert not {"Show payment link", "Cancel purchase"} & set(buttons_of(listed.response))

    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.click(shown.response, label="Accept for this member")
    await till.settled()
    listed = await till.shop.alice.slash(till.shop.channel, "purchases")
    assert "Staff are checking" not in text_of(listed.response)
    assert "Show receipt" in buttons_of(listed.response)


async def test_staff_accept_what_claims_to_be_for_a_member_whose_id_is_of_today(till: Till) -> None:
    sally = staff(till)
    assert len(str(till.shop.alice.id)) == 19
    await forge(till, {}, 1)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    assert f"It claims to be for <@{till.shop.alice.id}>." in text_of(shown.response)
    await sally.click(shown.response, label="Accept for this member")
    await till.settled()

    sales = till.shop.rows("SELECT buyer_id, status FROM sales ORDER BY id")
    assert sales[-1] == {"buyer_id": till.shop.alice.id, "status": "paid"}


async def test_nobody_accepts_what_earns_a_role_that_allows_more_than_they_may(grove: Grove) -> None:
    await grove.benefit()
    await pay_too_little(grove.till)
    more = {"permissions": discord.Permissions(kick_members=True).value}
    grove.shop.env.backend.edit_role(grove.shop.guild.id, grove.role.id, more)

    shown = await grove.boss.slash(grove.shop.channel, "store quarantine")
    claimed = await grove.boss.click(shown.response, label="Accept for this member")
    chosen = await choose(grove, shown.response, grove.bob, MEMBERS)
    await grove.till.settled()

    for clicked in (claimed, chosen):
        assert "allows more than you can do yourself" in told(clicked)
    assert [each["decision"] for each in grove.till.quarantine()] == [None]
    assert grove.roles() == set()


@pytest.mark.parametrize("label", ["Accept for this member", "Dismiss"])
async def test_staff_decide_on_a_payment_of_a_bank_that_took_days(till: Till, label: str) -> None:
    sally = staff(till)
    session = await till.link()
    order = till.sandbox.ledger.pay_slowly(session.id)
    await till.settled()
    order.quote.lines[0].unit_amount = 1
    till.sandbox.ledger.clear(order)
    await till.settled()

    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.click(shown.response, label=label)
    await till.settled()

    paid = label != "Dismiss"
    assert till.sale()["status"] == ("paid" if paid else "open")
    assert [each["money"] for each in till.orders()] == ["paid" if paid else "cancelled"]


async def test_a_clearing_payment_that_nobody_ends_doesnt_lock_the_member_out(till: Till) -> None:
    session = await till.link()
    till.sandbox.ledger.pay_slowly(session.id)
    await till.settled()
    assert till.sale()["status"] == "clearing"

    long_ago = milliseconds("2025-12-01 00:00:00")
    till.shop.write("UPDATE orders SET changed_at = ?", long_ago)
    till.shop.write("UPDATE sessions SET expires_at = ?", long_ago)
    await till.shop.restart()
    await till.at_rest()

    assert till.sale()["status"] == "expired"
    [note] = till.shop.rows(f"SELECT text FROM {NOTES}")
    assert "never said how" in english(note["text"])
    assert (await till.link()).id != session.id


async def forge(till: Till, metadata: dict[str, str], count: int) -> None:
    """Somebody makes sessions of their own with a shop's metadata, and pays them."""
    for _ in range(count):
        session = await till.link()
        session.metadata.update(metadata, signature="forged", sale="aaaaaaaaaa")
        till.shop.write("UPDATE sessions SET session_id = 'cs_other_' || id WHERE session_id = ?", session.id)
        till.sandbox.store.pay(session.id)
        till.shop.write("UPDATE sales SET status = 'expired'")
        till.shop.write("UPDATE sessions SET state = 'expired'")
        await till.settled()


async def test_staff_hear_of_payments_that_are_of_no_sale_together(till: Till) -> None:
    await forge(till, {}, 3)

    [note] = till.shop.rows(f"SELECT guild_id, text FROM {NOTES} WHERE key LIKE 'held:%'")
    assert note["guild_id"] == till.shop.guild.id
    assert english(note["text"]) == (
        "A payment claims to be from this bot, but matches no purchase. Decide about it in /store quarantine."
    )

    await till.shop.pass_time(minutes=31)
    await till.settled()
    [note] = till.shop.rows(f"SELECT text FROM {NOTES} WHERE key LIKE 'held:%'")
    assert english(note["text"]).startswith(
        "2 payments claim to be from this bot, but match no purchase. Decide about them"
    )


async def test_a_payment_that_names_a_server_of_somebody_else_is_told_here(till: Till) -> None:
    await forge(till, {"discord_guild_id": "42"}, 1)

    notes = till.shop.rows(f"SELECT guild_id FROM {NOTES} WHERE key LIKE 'held:%'")
    assert notes == [{"guild_id": till.shop.guild.id}]


async def test_a_payment_that_names_one_of_our_servers_is_told_there_alone(till: Till) -> None:
    shop = till.shop
    second = shop.env.create_guild("Second")
    await shop.restart(discord={"guild_ids": [shop.guild.id, second.id]})
    till.__init__(shop)  # type: ignore[misc]  # the new process listens elsewhere
    await forge(till, {"discord_guild_id": str(second.id)}, 1)

    assert len(str(second.id)) == 19
    assert shop.rows(f"SELECT guild_id FROM {NOTES} WHERE key LIKE 'held:%'") == [{"guild_id": second.id}]


async def test_all_that_waits_is_shown_and_our_own_sales_before_what_anybody_can_make_up(till: Till) -> None:
    sally = staff(till)
    await forge(till, {}, 2)
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    assert "(1 of 3)" in text_of(shown.response)
    assert "Less was paid than was asked for" in text_of(shown.response)
    for place in ("(2 of 3)", "(3 of 3)", "(1 of 3)"):
        await sally.click(shown.response, label="Next payment")
        assert place in text_of(shown.response)


async def test_back_from_the_question_leads_to_the_payment_that_it_was_about(till: Till) -> None:
    sally = staff(till)
    await forge(till, {}, 2)
    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.click(shown.response, label="Next payment")
    before = text_of(shown.response)
    assert "(2 of 2)" in before

    await sally.select(shown.response, [till.shop.member("bob")])
    await sally.click(shown.response, label="Back")

    assert text_of(shown.response) == before


async def test_back_to_a_payment_that_was_decided_on_meanwhile_shows_no_other(till: Till) -> None:
    sally, sam = staff(till), staff(till, "sam")
    await forge(till, {}, 2)
    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.select(shown.response, [till.shop.member("bob")])
    question = text_of(shown.response)
    theirs = await sam.slash(till.shop.channel, "store quarantine")
    await sam.click(theirs.response, label="Dismiss")

    clicked = await sally.click(shown.response, label="Back")

    assert "Someone already decided this" in text_of(clicked.followups[0])
    assert text_of(shown.response) == question


async def test_a_payment_that_is_no_longer_known_says_so(till: Till) -> None:
    sally = staff(till)
    await pay_too_little(till)
    shown = await sally.slash(till.shop.channel, "store quarantine")
    till.shop.write("DELETE FROM quarantine")

    clicked = await sally.click(shown.response, label="Accept for this member")

    assert text_of(clicked.followups[0]) == (
        "⚠️ This payment isn't here anymore. See what's left in /store quarantine."
    )


async def test_payments_of_a_sandbox_store_are_marked(till: Till) -> None:
    sally, bob = staff(till), till.shop.member("bob")
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    assert text_of(shown.response).startswith("### ⚠️ `TEST` Payment that doesn't match")
    await sally.select(shown.response, [bob])
    assert text_of(shown.response).startswith("`TEST` Accept $0.01 as a payment from")
    await sally.click(shown.response, label="Accept payment")
    assert text_of(shown.response).startswith("`TEST` Accepted for")


async def test_staff_dismiss_a_payment_and_it_never_counts(till: Till) -> None:
    sally = staff(till)
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.click(shown.response, label="Dismiss")

    assert [held["decision"] for held in till.quarantine()] == ["dismissed"]
    [entry] = till.shop.rows("SELECT action, actor_id FROM audit")
    assert entry == {"action": "payment_dismissed", "actor_id": sally.id}
    assert till.orders() == []


async def test_staff_accept_a_payment_for_another_member(till: Till) -> None:
    sally, bob = staff(till), till.shop.member("bob")
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.select(shown.response, [bob])
    confirmed = await sally.slash(till.shop.channel, "store quarantine")
    await sally.click(shown.response, label="Accept payment")
    await till.settled()

    assert "Payment that doesn't match" in text_of(confirmed.response)
    sales = till.shop.rows("SELECT buyer_id, status FROM sales ORDER BY id")
    assert sales[-1] == {"buyer_id": bob.id, "status": "paid"}
    assert sales[0]["status"] != "paid"


@pytest.mark.settings(staff={"role_ids": [1234567890123456789]})
async def test_members_who_arent_staff_see_nothing(till: Till) -> None:
    await pay_too_little(till)

    shown = await till.shop.alice.slash(till.shop.channel, "store quarantine")

    assert "staff" in text_of(shown.response)
    assert "Accept for this member" not in buttons_of(shown.response)


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_a_second_payment_is_refunded_by_two_clicks(till: Till) -> None:
    sally = staff(till)
    channel = till.shop.guild.create_text_channel("staff")
    first = await till.link()
    await till.shop.member("bob").slash(till.shop.channel, "buy", product=till.product().id)
    second = list(till.sandbox.sessions.values())[-1]
    # As if the second session were a later one of the same sale.
    till.shop.write("UPDATE sessions SET state = 'expired' WHERE id = 1")
    till.shop.write("UPDATE sessions SET sale_id = 1 WHERE id = 2")
    till.sandbox.store.pay(first.id)
    await till.settled()
    till.sandbox.store.pay(second.id)
    await till.settled()

    paid_twice = next(order for order in till.orders() if order["again"])
    from bot.discord.components import button, notice

    bot_channel = till.shop.app.bot.get_channel(channel.id)
    card = notice(
        markdown("again"), buttons=(button(markdown("Refund"), f"bamboo:refund:{paid_twice['reference']}"),)
    )
    message = await bot_channel.send(view=card)
    await till.shop.env.settle()
    asked = await sally.click(
        simcord.ResponseMessage(till.shop.env, till.shop.env.backend.messages[channel.id][message.id]),
        label="Refund",
    )
    await sally.click(asked.response, label="Refund")
    await till.settled()

    assert sorted(order["money"] for order in till.orders()) == ["paid", "refunded"]
    assert till.shop.rows("SELECT status FROM sales WHERE id = 1") == [{"status": "paid"}]


async def test_any_number_of_them_is_told_in_one_note_and_read_in_pages(till: Till) -> None:
    await forge(till, {}, 1)
    columns = "order_id, reference, reasons, observation, created_at"
    till.shop.write(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200) "
        f"INSERT INTO quarantine ({columns}) SELECT 'order' || n, 'r' || n, reasons, observation, created_at "
        "FROM numbers, quarantine WHERE quarantine.order_id NOT LIKE 'order%'"
    )

    with statements_caught() as caught:
        await till.shop.restart()
        await till.shop.pass_time(minutes=31)
        await till.settled()

    [note] = till.shop.rows(f"SELECT text FROM {NOTES} WHERE key LIKE 'held:%'")
    assert english(note["text"]).startswith("1200 payments claim")
    assert till.shop.rows("SELECT id FROM quarantine WHERE told_at IS NULL") == []
    assert max(map(len, caught.values())) < 1000  # SQLite takes no statement with any number of values
