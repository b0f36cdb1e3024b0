"""A sale moves to another account: purchase, roles and receipt, once, whatever is under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.members.refusals import moved_already
from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP
from tests.harness.invoicing import sent
from tests.harness.sale_pages import (
    MEMBERS,
    at_once,
    audited,
    care,
    choose,
    newest,
    sale,
    step,
    told,
    with_button,
)
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


WITH_TOKEN: Final = {"api_token": DEMO_TOKEN.secret}


async def ask_move(grove: Grove, to: Any) -> Any:
    page = (await newest(grove)).response
    await grove.boss.click(page, label="Move to another account")
    await choose(grove, page, to, MEMBERS)
    return page


@pytest.mark.postgres
async def test_a_sale_moves_to_another_account_with_its_roles_and_receipt(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    [before] = grove.grants()

    page = await ask_move(grove, grove.bob)
    assert f"Move it from <@{grove.shop.alice.id}> to <@{grove.bob.id}>?" in text_of(page)
    assert "VIP" in grove.roles()
    clicked = await grove.boss.click(page, label="Move")
    await grove.till.settled()

    assert f"It's <@{grove.bob.id}>'s now." in told(clicked)
    assert "VIP" not in grove.roles()
    assert "VIP" in grove.roles(grove.bob)
    assert (grove.till.sale()["buyer_id"], grove.till.sale()["recipient_id"]) == (grove.bob.id, grove.bob.id)
    assert "You now have the **VIP** role" in grove.told(grove.bob)[-1]
    left, moved = grove.grants()
    assert (left["state"], moved["state"], moved["ends_at"]) == ("ended", "live", before["ends_at"])
    purchases = await grove.bob.slash(grove.shop.channel, "purchases")
    assert "GroveGuard" in text_of(purchases.response)
    theirs = await grove.shop.alice.slash(grove.shop.channel, "purchases")
    assert "No purchases yet" in text_of(theirs.response)
    assert audited(grove)[0][2] | {"was": 0} == {
        "sale": grove.till.sale()["reference"],
        "member": grove.shop.alice.id,
        "was": 0,
        "to": grove.bob.id,
    }
    await grove.days(31)
    assert "VIP" not in grove.roles(grove.bob)


@pytest.mark.settings(pandabase=WITH_TOKEN)
async def test_what_becomes_of_the_money_follows_the_sale_to_the_new_account(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()
    await grove.boss.click(await ask_move(grove, grove.bob), label="Move")
    await grove.till.settled()
    theirs = grove.told()

    await grove.at_the_store("refund", order)

    assert "VIP" not in grove.roles(grove.bob)
    assert "You got a refund" in grove.told(grove.bob)[-1]
    assert len(grove.told()) == len(theirs)


@pytest.mark.settings(pandabase=WITH_TOKEN)
async def test_a_subscription_moves_and_goes_on_for_the_new_account(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await grove.boss.click(await ask_move(grove, grove.bob), label="Move")
    await grove.till.settled()

    await grove.at_the_store("renew", grove.subscription)

    assert ("VIP" in grove.roles(), "VIP" in grove.roles(grove.bob)) == (False, True)
    await grove.at_the_store("cancel", grove.subscription, immediate=True)
    assert "VIP" not in grove.roles(grove.bob)
    assert "VIP" not in grove.roles()


async def test_what_the_old_account_bought_besides_stays_with_it(grove: Grove) -> None:
    await grove.benefit(days=10)
    await grove.bought()
    await grove.bought()
    await grove.boss.click(await ask_move(grove, grove.bob), label="Move")
    await grove.till.settled()

    assert "VIP" in grove.roles()
    assert "VIP" in grove.roles(grove.bob)
    await grove.days(11)
    assert "VIP" not in grove.roles()
    assert "VIP" not in grove.roles(grove.bob)  # the later one begins when it was earned


async def test_of_a_gift_the_one_who_gets_it_changes(grove: Grove) -> None:
    carl = grove.shop.member("carl")
    await grove.bought("Lobby pack", gift_to=grove.bob)
    await grove.boss.click(await ask_move(grove, carl), label="Move")
    await grove.till.settled()

    sale = grove.till.sale()
    assert (sale["buyer_id"], sale["recipient_id"]) == (grove.shop.alice.id, carl.id)
    assert "A gift for you" in grove.told(carl)[-1]


async def test_the_old_account_reads_that_it_was_moved_and_not_to_whom(grove: Grove) -> None:
    await grove.benefit(message="The secret room is behind the tree")
    await grove.bought()
    [message] = grove.shop.dms(grove.shop.alice)
    assert "Payment received" in text_of(message)

    await grove.boss.click(await ask_move(grove, grove.bob), label="Move")
    await grove.till.settled()

    [theirs] = grove.shop.dms(grove.shop.alice)
    assert theirs.id == message.id
    said = text_of(theirs)
    assert "Moved to another account" in said
    assert "GroveGuard" in said
    assert str(grove.bob.id) not in said
    assert "secret room" not in said
    assert buttons_of(theirs) == {}
    assert "secret room" in grove.told(grove.bob)[-1]


async def test_every_message_of_it_follows_and_later_ones_go_to_the_new_account(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("renew", grove.subscription)
    await grove.at_the_store("fall_behind", grove.subscription)
    count = len(grove.told())
    assert count == 3

    await grove.boss.click(await ask_move(grove, grove.bob), label="Move")
    await grove.till.settled()
    await grove.at_the_store("renew", grove.subscription)

    assert [said.count("Moved to another account") for said in grove.told()] == [1] * count
    assert "Subscription renewed" in grove.told(grove.bob)[-1]


async def test_what_was_moved_back_is_told_anew(grove: Grove) -> None:
    await grove.bought()
    for to in (grove.bob, grove.shop.alice):
        await grove.boss.click(await ask_move(grove, to), label="Move")
        await grove.till.settled()

    first, again = grove.told()
    assert "Moved to another account" in first
    assert "Payment received" in again
    assert "Moved to another account" in grove.told(grove.bob)[-1]


async def test_the_payer_of_a_gift_keeps_theirs_and_whose_gift_it_was_reads_that_it_moved(
    grove: Grove,
) -> None:
    carl = grove.shop.member("carl")
    await grove.bought("Lobby pack", gift_to=grove.bob)
    before = grove.told()

    await grove.boss.click(await ask_move(grove, carl), label="Move")
    await grove.till.settled()

    assert not any("Moved to another" in said for said in (*before, *grove.told()))
    assert "Moved to another account" in grove.told(grove.bob)[-1]
    assert str(carl.id) not in grove.told(grove.bob)[-1]


async def test_a_message_that_was_deleted_is_no_trouble(grove: Grove) -> None:
    await grove.bought()
    [message] = grove.shop.dms(grove.shop.alice)
    backend = grove.shop.env.backend
    del backend.messages[backend.dm_channels[grove.shop.alice.id]][message.id]

    await grove.boss.click(await ask_move(grove, grove.bob), label="Move")
    await grove.till.settled()

    assert grove.told() == []
    assert [row["outcome"] for row in grove.steps("moved")] == ["gone"]


async def test_a_receipt_on_its_way_while_it_is_moved_says_so_once_it_is_there(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await grove.till.link()
    backend, alice, bob = grove.shop.env.backend, grove.shop.alice, grove.bob
    commit, moves = backend.commit_message, []

    def moved_meanwhile(*which: Any, **options: Any) -> Any:
        """The receipt is being sent; before that is written, the sale has another owner."""
        made = commit(*which, **options)
        is_hers = made.channel_id == backend.dm_channels.get(alice.id)
        if is_hers and not moves and grove.till.sale()["status"] == "paid":
            move = care(grove).move(
                grove.shop.guild.id, sale(grove), was=alice.id, to=bob.id, by=grove.boss.id
            )
            moves.append(asyncio.ensure_future(move))
        return made

    monkeypatch.setattr(backend, "commit_message", moved_meanwhile)
    await grove.till.pay_on_page(session)
    await asyncio.gather(*moves)
    await grove.till.settled()
    assert moves
    await grove.shop.pass_time(minutes=10)
    await grove.till.settled()

    assert "Moved to another account" in grove.told()[-1]
    assert "Payment received" in grove.told(bob)[-1]


@pytest.mark.postgres
async def test_two_moves_at_once_go_to_one_account(grove: Grove) -> None:
    carl = grove.shop.member("carl")
    await grove.benefit()
    await grove.bought()
    was = grove.shop.alice.id

    ends = await at_once(
        grove,
        *[
            care(grove).move(grove.shop.guild.id, sale(grove), was=was, to=to.id, by=grove.boss.id)
            for to in (grove.bob, carl)
        ],
    )
    await grove.till.settled()

    assert [str(each) for each in ends if isinstance(each, Exception)] == [str(moved_already())]
    holders = [who for who in (grove.shop.alice, grove.bob, carl) if "VIP" in grove.roles(who)]
    assert [who.id for who in holders] == [grove.till.sale()["recipient_id"]]


async def test_a_move_while_its_role_is_being_given_leaves_the_role_with_the_new_account(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    await grove.benefit()
    await grove.bought()
    grove.take_by_hand(grove.shop.alice, grove.role)
    page = await newest(grove)
    backend, alice, bob = grove.shop.env.backend, grove.shop.alice, grove.bob
    give, moves = backend.add_member_role, []

    def moved_meanwhile(*which: Any, **options: Any) -> Any:
        """The request is on its way; before its answer is written, the sale has another owner."""
        if not moves:
            move = care(grove).move(
                grove.shop.guild.id, sale(grove), was=alice.id, to=bob.id, by=grove.boss.id
            )
            moves.append(asyncio.ensure_future(move))
        return give(*which, **options)

    monkeypatch.setattr(backend, "add_member_role", moved_meanwhile)
    await grove.boss.click(page.response, label="Deliver again")
    await grove.till.settled()
    await asyncio.gather(*moves)
    await grove.till.settled()

    assert moves
    assert ("VIP" in grove.roles(), "VIP" in grove.roles(bob)) == (False, True)


@pytest.mark.postgres
async def test_a_move_that_was_asked_about_goes_on_after_a_restart(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    page = await ask_move(grove, grove.bob)
    async with grove.outage():
        pass

    await grove.boss.click(page, label="Move")
    await grove.till.settled()

    assert ("VIP" in grove.roles(), "VIP" in grove.roles(grove.bob)) == (False, True)


async def test_a_move_back_gives_it_back(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    for to in (grove.bob, grove.shop.alice):
        await grove.boss.click(await ask_move(grove, to), label="Move")
        await grove.till.settled()

    assert ("VIP" in grove.roles(), "VIP" in grove.roles(grove.bob)) == (True, False)


async def test_nothing_moves_to_whose_it_is_or_to_a_bot(grove: Grove) -> None:
    robot = grove.shop.guild.add_member(grove.shop.env.create_user("robot", bot=True))
    await grove.bought()
    page = (await newest(grove)).response
    await grove.boss.click(page, label="Move to another account")

    same = await choose(grove, page, grove.shop.alice, MEMBERS)
    assert "has this purchase already" in told(same)
    nobody = await choose(grove, page, robot, MEMBERS)
    assert "Bots can't have purchases" in told(nobody)
    await grove.boss.click(page, label="Back")
    assert "Deliver again" in buttons_of(page)


async def test_an_invoice_stays_with_who_paid_it(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    session = list(grove.shop.sandbox.sessions.values())[-1]
    await grove.till.pay_on_page(session)

    page = await newest(grove)
    assert "Move to another account" not in buttons_of(page.response)
    forged = await with_button(grove, step(grove, "to", grove.shop.alice.id, grove.bob.id))
    clicked = await grove.boss.click(forged, label="?")

    assert "An invoice stays with the member who paid it." in told(clicked)


async def test_what_is_free_stays_with_who_took_it(grove: Grove) -> None:
    await grove.bought()
    grove.shop.write("UPDATE sales SET kind = 'free'")
    page = await newest(grove)
    assert "Move to another account" not in buttons_of(page.response)

    forged = await with_button(grove, step(grove, "to", grove.shop.alice.id, grove.bob.id))
    clicked = await grove.boss.click(forged, label="?")

    assert "What's free stays with the member who took it." in told(clicked)


async def test_what_staff_gave_is_delivered_again_and_moves_but_isnt_refunded(grove: Grove) -> None:
    await grove.benefit(days=30)
    product = grove.till.product("GroveGuard").id
    await grove.store("give", member=grove.shop.alice, product=product)
    await grove.till.settled()
    page = await newest(grove)
    assert list(buttons_of(page.response)) == ["Deliver again", "Add days", "Move to another account"]

    await grove.boss.click(await ask_move(grove, grove.bob), label="Move")
    await grove.till.settled()

    assert ("VIP" in grove.roles(), "VIP" in grove.roles(grove.bob)) == (False, True)
