"""SIGKILL while staff give, move or refund, or a member claims, and a start afterwards: all, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio

from sandbox.bodies import CheckoutBody
from sandbox.core_api import DEMO_TOKEN
from tests.wire import kills
from tests.wire.discord_server import FakeDiscord
from tests.wire.earning import Benefits
from tests.wire.kills import Point, at_discord, in_read, in_write
from tests.wire.shop_process import ShopProcess, eventually, listening, running_shop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from sandbox.models import Order
    from tests.wire.interactions import InteractionRecord
    from tests.wire.world import Message, User

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMAIL: Final = "payer@example.com"
ROLE_GIVEN, ROLE_TAKEN = (("PUT", "/guilds/*/members/*/roles/*"), ("DELETE", "/guilds/*/members/*/roles/*"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Benefits]:
    token = {"api_token": DEMO_TOKEN.secret}
    async with (
        FakeDiscord() as discord,
        running_shop(tmp_path_factory.mktemp("shop"), discord, web=listening(), pandabase=token) as shop,
    ):
        yield await Benefits.of(shop)
    assert discord.violations == []
    assert discord.own_violations == []


@pytest_asyncio.fixture(loop_scope="module")
async def desk(lasting_desk: Benefits) -> Benefits:
    if not lasting_desk.shop.bot.running:
        await lasting_desk.shop.bot.start()
    return lasting_desk


async def command(desk: Benefits, name: str, **options: Any) -> InteractionRecord:
    return await desk.shop.discord.slash(desk.boss, desk.shop.channel, f"store {name}", **options)


def sales_of(desk: Benefits, member: User) -> list[dict[str, Any]]:
    return desk.shop.rows("SELECT * FROM sales WHERE recipient_id = ?", member.id)


def assert_has_it_once(desk: Benefits, member: User, *, told: str) -> None:
    """One sale, one grant that is given, the role, and one message of it."""
    [sale] = sales_of(desk, member)
    [grant] = desk.shop.rows("SELECT * FROM grants WHERE user_id = ? AND state = 'live'", member.id)
    assert (grant["sale_id"], grant["given_at"] is not None) == (sale["id"], True)
    assert desk.shop.guild.members[member.id].has(desk.role)
    [message] = [each.text for each in desk.shop.discord.dms(member)]
    assert told in message


# --- give -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "point",
    [
        kills.ACKNOWLEDGED,
        in_write("INSERT ON sales", when="NEW.kind = 'given'"),
        in_write("INSERT ON grants"),
        in_write("INSERT ON audit", when="NEW.action = 'given'"),
        kills.UNANSWERED,
        at_discord("before the role is given", *ROLE_GIVEN, "before"),
        at_discord("after the role is given", *ROLE_GIVEN, "after"),
        kills.MESSAGE_SENT,
    ],
    ids=str,
)
async def test_killed_while_staff_give_and_asked_again_it_is_given_once(desk: Benefits, point: Point) -> None:
    member = desk.shop.welcome_another_alice()
    given = {"member": member, "product": desk.shop.product.id}

    async with point.kills(desk.shop):
        await command(desk, "give", **given)
    await desk.shop.recovered()
    was_given = bool(sales_of(desk, member))
    again = await command(desk, "give", **given)
    await again.answered_with("already has everything" if was_given else "Given")
    await desk.shop.settled()

    assert_has_it_once(desk, member, told="gave you")
    audited = desk.shop.rows("SELECT details FROM audit WHERE action = 'given'")
    assert sum(str(member.id) in row["details"] for row in audited) == 1


# --- claim ----------------------------------------------------------------------------------------------


def bought_on_website(desk: Benefits) -> Order:
    """Somebody buys the product on the store's own website."""
    sandbox = desk.shop.sandbox
    item = {"product_id": desk.shop.product.id, "quantity": 1}
    session = sandbox.store.open_session(CheckoutBody.model_validate({"items": [item]}))
    return sandbox.store.pay(session.id, email=EMAIL)


async def claim(desk: Benefits, member: User, order: Order) -> InteractionRecord:
    form = await desk.shop.discord.slash(member, desk.shop.channel, "claim")
    typed = {"number": order.order_number, "email": EMAIL}
    return await desk.shop.discord.submit_modal(member, form, typed)


@pytest.mark.parametrize(
    "point",
    [
        in_write("INSERT ON claim_tries"),
        in_read("while the order is looked for", "*/orders/*"),
        in_write("INSERT ON sales"),
        in_write("INSERT ON orders"),
        in_write("INSERT ON audit", when="NEW.action = 'claimed'"),
        kills.UNANSWERED,
        at_discord("after the role is given", *ROLE_GIVEN, "after"),
    ],
    ids=str,
)
async def test_killed_while_a_member_claims_and_tries_again_it_is_theirs_once(
    desk: Benefits, point: Point
) -> None:
    member, other = desk.shop.welcome_another_alice(), desk.shop.welcome_another_alice()
    order = bought_on_website(desk)
    await desk.shop.settled()

    async with point.kills(desk.shop):
        await claim(desk, member, order)
    await desk.shop.recovered()
    was_claimed = bool(sales_of(desk, member))
    again = await claim(desk, member, order)
    await again.answered_with("You have that purchase already" if was_claimed else "It's yours now")
    await desk.shop.settled()

    assert_has_it_once(desk, member, told="Payment received")
    await (await claim(desk, other, order)).answered_with("already belongs to a member")
    assert sales_of(desk, other) == []


# --- move -----------------------------------------------------------------------------------------------


async def asked_to_move(desk: Benefits, member: User, to: User) -> Message:
    """The question whether to move the member's only purchase."""
    discord = desk.shop.discord
    page = await (await command(desk, "member", member=member)).answered_with("Purchases of")
    [sale] = sales_of(desk, member)
    opened = await (await discord.select(desk.boss, page, [sale["reference"]])).answered_with("Paid")
    await (await discord.click(desk.boss, opened, label="Move to another account")).acknowledged()
    asked = await eventually_shows(opened, "Who should have it")
    await (await discord.select(desk.boss, asked, [to])).acknowledged()
    return await eventually_shows(asked, "Move it from")


async def eventually_shows(message: Message, words: str) -> Message:
    await eventually(lambda: words in message.text, what=words)
    return message


@pytest.mark.parametrize(
    "point",
    [
        in_write("UPDATE OF recipient_id ON sales"),
        in_write("UPDATE OF earned_by ON grants"),
        in_write("INSERT ON grants"),
        in_write("INSERT ON audit", when="NEW.action = 'sale_moved'"),
        at_discord("before the role is taken", *ROLE_TAKEN, "before"),
        at_discord("after the role is taken", *ROLE_TAKEN, "after"),
        at_discord("after the role is given", *ROLE_GIVEN, "after"),
        kills.MESSAGE_SENT,
    ],
    ids=str,
)
async def test_killed_while_a_purchase_moves_one_account_has_it(desk: Benefits, point: Point) -> None:
    buyer = await desk.buyer()
    await buyer.paid()
    to = desk.shop.discord.member(f"{buyer.member.name}-too", desk.shop.guild)
    question = await asked_to_move(desk, buyer.member, to)

    async with point.kills(desk.shop):
        await desk.shop.discord.click(desk.boss, question, label="Move")
    await desk.shop.recovered()
    if not sales_of(desk, to):
        again = await desk.shop.discord.click(desk.boss, question, label="Move")
        await again.answered_with("It's")
        await desk.shop.settled()

    assert_has_it_once(desk, to, told="Payment received")
    assert not desk.shop.guild.members[buyer.member.id].has(desk.role)
    assert sales_of(desk, buyer.member) == []


# --- refund ---------------------------------------------------------------------------------------------


def at_a_refund(name: str, *, acts: bool) -> Point:
    async def way(shop: ShopProcess) -> AsyncGenerator[None]:
        def asked() -> int:
            return sum("/refunds/" in one.path for one in shop.sandbox.requests)

        before = asked()
        shop.sandbox.fail_next("POST", "*/refunds/*", delay=kills.THE_STORE_THINKS, refuse=not acts)
        yield
        await eventually(lambda: asked() > before, what="a request for a refund")
        yield

    return Point(name, way)


@pytest.mark.parametrize(
    "point",
    [
        in_write("INSERT ON audit", when="NEW.action = 'refund_asked'"),
        at_a_refund("before the store acts", acts=False),
        at_a_refund("after the store acted, its answer unread", acts=True),
        in_write("UPDATE OF money ON orders", when="NEW.money = 'refunded'"),
    ],
    ids=str,
)
async def test_killed_while_staff_refund_and_asked_again_the_money_goes_back_once(
    desk: Benefits, point: Point
) -> None:
    buyer = await desk.buyer()
    await buyer.paid()
    discord = desk.shop.discord
    page = await (await command(desk, "member", member=buyer.member)).answered_with("Purchases of")
    opened = await discord.select(desk.boss, page, [buyer.sale["reference"]])
    shown = await opened.answered_with("Paid")
    await discord.click(desk.boss, shown, label="Refund")
    await discord.select(desk.boss, await eventually_shows(shown, "Why refund"), ["requested"])
    question = await eventually_shows(shown, "The money goes back")
    told_before = len(desk.shop.sandbox.webhooks.events)

    async with point.kills(desk.shop):
        await discord.click(desk.boss, question, label="Refund")
    await desk.shop.recovered()
    again = await discord.click(desk.boss, question, label="Refund")
    await eventually(lambda: again.answered_at is not None or again.followups, what="an answer")
    await desk.shop.settled()

    [order] = desk.shop.rows("SELECT money FROM orders WHERE sale_id = ?", buyer.sale["id"])
    assert order["money"] == "refunded"
    assert not desk.shop.guild.members[buyer.member.id].has(desk.role)
    events = [event.type for event in desk.shop.sandbox.webhooks.events[told_before:]]
    assert events.count("PAYMENT_REFUNDED") == 1
