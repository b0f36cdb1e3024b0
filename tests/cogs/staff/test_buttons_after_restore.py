"""A backup is put back: rows are numbered anew, and buttons from before must not mean the new ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest
import simcord

from bot.discord.components import button, notice
from bot.texts import markdown
from sandbox.core_api import DEMO_TOKEN, Token
from tests.harness.grove import MEMBERSHIP, PRODUCT, Grove
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.shop import Shop

FROM_BEFORE: Final = "from before an update"
REFUNDS_ONLY: Final = Token("sk_refunds-only", scopes=frozenset({"REFUNDS_WRITE"}))
"""With more, the bot would read what it has lost from the store's list."""

pytestmark = pytest.mark.sqlite


def copy(source: Path, target: Path) -> None:
    """As `sqlite3 source ".backup target"` does, or with the two the other way round."""
    with closing(sqlite3.connect(source)) as ours, closing(sqlite3.connect(target)) as theirs:
        ours.backup(theirs)


async def put_back(grove: Grove, backup: Path) -> None:
    async with grove.outage():
        copy(backup, grove.shop.database)


def told(result: simcord.InteractionResult) -> str:
    return "\n".join(text_of(each) for each in (result.response, *result.followups) if each is not None)


async def buys(grove: Grove, member: simcord.MemberActor, title: str = PRODUCT) -> None:
    """The member buys and pays."""
    before = set(grove.shop.sandbox.sessions)
    await member.slash(grove.shop.channel, "buy", product=grove.till.product(title).id)
    [made] = set(grove.shop.sandbox.sessions) - before
    await grove.till.pay_on_page(grove.shop.sandbox.sessions[made])


async def paid_twice(grove: Grove) -> Any:
    """Alice pays two sessions of one sale; the note to staff about it."""
    shop = grove.shop
    first = await grove.till.link()
    await grove.bob.slash(shop.channel, "buy", product=grove.till.product().id)
    second = list(shop.sandbox.sessions.values())[-1]
    # As if the second session were a later one of the same sale.
    shop.write("UPDATE sessions SET state = 'expired' WHERE session_id = ?", first.id)
    shop.write(
        "UPDATE sessions SET sale_id = (SELECT sale_id FROM sessions WHERE session_id = ?)"
        " WHERE session_id = ?",
        first.id, second.id,
    )  # fmt: skip
    for session in (first, second):
        shop.sandbox.store.pay(session.id)
        await grove.till.settled()
    [note] = [
        message for message in grove.messages(grove.log_channel) if "paid twice for" in text_of(message)
    ]
    return note


async def posted(shop: Shop, channel: simcord.ChannelHandle, custom_id: str) -> Any:
    """A message of the bot in a channel with that button, as an earlier version posted it."""
    card = notice(markdown("from before"), buttons=(button(markdown("Press"), custom_id),))
    message = await shop.app.bot.get_channel(channel.id).send(view=card)  # type: ignore[union-attr]
    await shop.env.settle()
    return simcord.ResponseMessage(shop.env, shop.env.backend.messages[channel.id][message.id])


@pytest.mark.settings(pandabase={"api_token": REFUNDS_ONLY.secret})
async def test_a_refund_offered_before_gives_no_other_payment_back(grove: Grove, tmp_path: Path) -> None:
    grove.shop.sandbox.add_token(REFUNDS_ONLY)
    await grove.keep_log()
    copy(grove.shop.database, tmp_path / "backup.db")
    note = await paid_twice(grove)
    paid = [order.status for order in grove.shop.sandbox.orders]
    await put_back(grove, tmp_path / "backup.db")
    for name in ("carol", "dave"):
        await buys(grove, grove.shop.member(name))

    pressed = await grove.boss.click(note, label="Refund second payment")
    await grove.till.settled()

    assert FROM_BEFORE in told(pressed)
    assert "/store quarantine" in told(pressed)
    assert "Refund" not in buttons_of(pressed.response)
    assert [order.status for order in grove.shop.sandbox.orders] == [*paid, *paid]
    assert [order["money"] for order in grove.till.orders()] == ["paid", "paid"]


@pytest.mark.settings(pandabase={"api_token": REFUNDS_ONLY.secret})
async def test_nor_does_the_yes_that_was_asked_for_before(grove: Grove, tmp_path: Path) -> None:
    grove.shop.sandbox.add_token(REFUNDS_ONLY)
    await grove.keep_log()
    copy(grove.shop.database, tmp_path / "backup.db")
    asked = await grove.boss.click(await paid_twice(grove), label="Refund second payment")
    assert "Refund" in buttons_of(asked.response)
    paid = [order.status for order in grove.shop.sandbox.orders]
    await put_back(grove, tmp_path / "backup.db")
    for name in ("carol", "dave"):
        await buys(grove, grove.shop.member(name))

    pressed = await grove.boss.click(asked.response, label="Refund")
    await grove.till.settled()

    assert FROM_BEFORE in told(pressed)
    assert [order.status for order in grove.shop.sandbox.orders] == [*paid, *paid]


async def test_a_pause_told_before_ends_nobody_elses_access(grove: Grove, tmp_path: Path) -> None:
    await grove.keep_log()
    await grove.benefit(MEMBERSHIP)
    copy(grove.shop.database, tmp_path / "backup.db")
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("pause", grove.subscription)
    [note] = [each for each in grove.messages(grove.log_channel) if "is paused" in text_of(each)]
    await put_back(grove, tmp_path / "backup.db")
    carol = grove.shop.member("carol")
    await buys(grove, carol, MEMBERSHIP)
    [_, hers] = grove.shop.sandbox.ledger.subscriptions.values()
    await grove.at_the_store("pause", hers)

    pressed = await grove.boss.click(note, label="End access now")
    await grove.till.settled()

    assert FROM_BEFORE in told(pressed)
    assert grove.roles(carol) == {"VIP"}


async def test_a_retry_offered_before_retries_nothing_else(grove: Grove, tmp_path: Path) -> None:
    await grove.keep_log()
    await grove.benefit()
    copy(grove.shop.database, tmp_path / "backup.db")
    notes = []
    for name in ("carol", "dave"):
        member = grove.shop.member(name)
        grove.put_role(above=False)
        await member.slash(grove.shop.channel, "buy", product=grove.till.product().id)
        grove.put_role(above=True)
        await grove.till.pay_on_page(list(grove.shop.sandbox.sessions.values())[-1])
        notes.append(grove.messages(grove.log_channel)[-1])
        if name == "carol":
            await put_back(grove, tmp_path / "backup.db")
    grove.put_role(above=False)

    pressed = await grove.boss.click(notes[0], label="Retry")
    await grove.till.settled()
    assert FROM_BEFORE in told(pressed)
    assert grove.roles(member) == set()

    await grove.boss.click(notes[1], label="Retry")
    await grove.till.settled()
    assert grove.roles(member) == {"VIP"}


async def test_what_past_buyers_were_to_get_before_isnt_another_benefit_now(
    grove: Grove, tmp_path: Path
) -> None:
    await buys(grove, grove.shop.alice)
    copy(grove.shop.database, tmp_path / "backup.db")
    product = grove.till.product().id
    offered = await grove.store_result("benefit add", product=product, role=grove.role)
    await put_back(grove, tmp_path / "backup.db")
    other = grove.shop.guild.create_role("Legend")
    await grove.benefit(role=other)

    pressed = await grove.boss.click(offered.response, label="Give it to 1 buyer")
    await grove.till.settled()

    assert FROM_BEFORE in told(pressed)
    assert "/store benefit list" in told(pressed)
    assert grove.shop.rows("SELECT * FROM past_buyer_runs") == []
    assert grove.roles() == set()


async def test_a_reveal_from_before_says_where_it_is_now(grove: Grove, tmp_path: Path) -> None:
    session = await grove.till.link()
    copy(grove.shop.database, tmp_path / "backup.db")
    await grove.till.pay_on_page(session)
    receipt = grove.shop.dms(grove.shop.alice)[-1]
    await put_back(grove, tmp_path / "backup.db")
    await buys(grove, grove.shop.member("carol"))

    pressed = await grove.shop.alice.user.click(receipt, label="Show message")

    assert FROM_BEFORE in told(pressed)
    assert "/purchases" in told(pressed)
    assert "/buy" not in told(pressed)


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
@pytest.mark.parametrize("custom_id", ["refund:{}", "refund:{}:sure", "retry:{}", "past:{}"])
async def test_a_button_that_names_a_row_never_acts(grove: Grove, custom_id: str) -> None:
    """Every version before this one made such buttons, and they stay in the channels."""
    await grove.keep_log()
    await grove.bought()
    await grove.benefit()
    grove.shop.write("UPDATE jobs SET next_attempt_at = NULL, done_at = NULL WHERE kind = 'receipt'")
    before = grove.steps("receipt")
    rows = {"retry": before[0]["id"], "past": grove.shop.rows("SELECT id FROM benefits")[0]["id"]}
    row = rows.get(custom_id.split(":", maxsplit=1)[0], grove.till.orders()[0]["id"])
    message = await posted(grove.shop, grove.log_channel, f"bamboo:{custom_id.format(row)}")

    pressed = await grove.boss.click(message, label="Press")
    await grove.till.settled()

    assert FROM_BEFORE in told(pressed)
    assert [order.status for order in grove.shop.sandbox.orders] == ["COMPLETED"]
    assert grove.steps("receipt") == before
    assert grove.shop.rows("SELECT * FROM past_buyer_runs") == []


async def test_nor_does_a_reveal_that_names_one(grove: Grove) -> None:
    await grove.bought()
    [sale] = grove.shop.rows("SELECT reference FROM sales")
    message = await grove.shop.button_for(grove.shop.alice, f"bamboo:reveal:{sale['reference']}:1")

    pressed = await grove.shop.alice.user.click(message.message, label="?")

    assert FROM_BEFORE in told(pressed)
    assert grove.steps("keys")[0]["outcome"] == "ready"


async def test_no_lasting_button_names_a_row(grove: Grove) -> None:
    """All that staff and members are offered on the way: each id is opaque, and of a row alone."""
    await grove.keep_log()
    await grove.benefit()
    await grove.paid_with_role_above()
    grove.put_role(above=False)
    offered = await grove.store_result("benefit add", product=grove.till.product().id, role=grove.role)
    shown = [*grove.messages(grove.log_channel), *grove.shop.dms(grove.shop.alice), offered.response]

    ids = {label: each["custom_id"] for message in shown for label, each in buttons_of(message).items()}

    assert {"Retry", "Retry: Role", "Show message"} <= ids.keys()
    for custom_id in ids.values():
        assert not any(part.isdecimal() for part in custom_id.split(":")), custom_id
        assert len(custom_id) <= 100
