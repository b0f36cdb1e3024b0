"""SIGKILL while an invoice is sent, declined, cancelled or paid, and a start afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from tests.wire import kills
from tests.wire.charging import Charge, assert_numbers_have_no_holes
from tests.wire.discord_server import FakeDiscord
from tests.wire.kills import Point, in_write, killed_at
from tests.wire.shop_process import ShopProcess, eventually, listening, running_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.wire.faults import Moment

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAY = "Total: **$12.50**"
PAID, DECLINED, CANCELLED = "**Paid.**", "**You declined this invoice.**", "**Cancelled by staff.**"
MOMENTS: Final[tuple[Moment, Moment]] = ("before", "after")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ShopProcess]:
    async with (
        FakeDiscord() as discord,
        running_shop(tmp_path_factory.mktemp("shop"), discord, web=listening()) as shop,
    ):
        yield shop
    assert discord.violations == []
    assert discord.own_violations == []


@pytest_asyncio.fixture(loop_scope="module")
async def shop(lasting_desk: ShopProcess) -> ShopProcess:
    if not lasting_desk.bot.running:
        await lasting_desk.bot.start()
    return lasting_desk


async def test_killed_while_many_are_sent_each_comes_once(shop: ShopProcess) -> None:
    """Each of them stands at another request to Discord; none of them waits for another."""
    await Charge.sent(shop)  # discord.py opens channels one by one until Discord has told it of its limits
    unheard = [await Charge.drafted(shop) for _ in MOMENTS]
    begun = [await Charge.drafted(shop) for _ in range(3 * len(MOMENTS))]
    points = [
        charge.acknowledging(charge.staff, moment) for charge, moment in zip(unheard, MOMENTS, strict=True)
    ]
    opening, messaging, answering = begun[:2], begun[2:4], begun[4:]
    for number, moment in enumerate(MOMENTS):
        points.append(opening[number].opening(moment))
        points.append(messaging[number].messaging(moment))
        points.append(answering[number].answering(answering[number].staff, moment))

    async with killed_at(shop, *points):
        for charge in (*unheard, *begun):
            await charge.send()
    await shop.recovered()

    for charge in unheard:
        assert charge.row["state"] == "draft"
        await (await charge.send()).answered_with("is in their direct messages")
    for charge in begun[:-1]:  # the last one's staff member was answered
        await (await charge.send()).answered_with("This draft is gone")
    await shop.settled()
    for charge in (*unheard, *begun):
        charge.assert_is("open", shows=PAY)
        assert list(charge.message.links) == ["Pay $12.50"]
    assert_numbers_have_no_holes(shop)


@pytest.mark.parametrize(
    "point",
    [
        in_write("UPDATE OF number ON invoices"),
        in_write("INSERT ON sessions"),
        kills.STORE_NOT_ACTED,
        kills.STORE_ACTED,
        kills.LINK_UNWRITTEN,
        in_write("UPDATE OF sent_at ON invoices"),
        in_write("UPDATE OF outcome ON jobs", when="NEW.kind = 'link'"),
    ],
    ids=str,
)
async def test_killed_between_draft_and_message_it_comes_once(shop: ShopProcess, point: Point) -> None:
    charge = await Charge.drafted(shop)

    async with point.kills(shop):
        await charge.send()
    await shop.recovered()

    if charge.row["state"] == "draft":
        await (await charge.send()).answered_with("is in their direct messages")
        await shop.settled()
    charge.assert_is("open", shows=PAY)
    assert list(charge.message.links) == ["Pay $12.50"]
    assert_numbers_have_no_holes(shop)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_while_some_are_declined_and_some_cancelled(shop: ShopProcess, moment: Moment) -> None:
    declined = [await Charge.sent(shop) for _ in range(3)]
    cancelled = [await Charge.sent(shop) for _ in range(3)]
    points = [
        declined[0].acknowledging(declined[0].payer, moment),
        declined[1].answering(declined[1].payer, moment),
    ]
    points += [
        cancelled[0].acknowledging(cancelled[0].staff, moment),
        cancelled[1].answering(cancelled[1].staff, moment),
    ]
    held, other = (declined[2], cancelled[2]) if moment == "before" else (cancelled[2], declined[2])
    points += [held.editing(moment), held.noting(moment)]

    async with killed_at(shop, *points):
        for charge in declined:
            await charge.decline()
        for charge in cancelled:
            await charge.cancel()
        await eventually(lambda: other.row["state"] != "open", what="what nothing holds up")
    await shop.recovered()

    assert (declined[0].row["state"], cancelled[0].row["state"]) == ("open", "open")
    await (await declined[0].decline()).answered_with(DECLINED)
    await (await cancelled[0].cancel()).answered_with("is cancelled")
    await shop.settled()
    for charge in declined:
        charge.assert_is("declined", shows=DECLINED)
    for charge in cancelled:
        charge.assert_is("cancelled", shows=CANCELLED)
    assert [charge for charge in (*declined, *cancelled) if charge.message.buttons] == []


@pytest.mark.parametrize(("ending", "shows"), [("declined", DECLINED), ("cancelled", CANCELLED)])
async def test_killed_in_the_write_that_closes_it_it_can_be_closed_again(
    shop: ShopProcess, ending: str, shows: str
) -> None:
    charge = await Charge.sent(shop)
    close = charge.decline if ending == "declined" else charge.cancel

    async with in_write("UPDATE OF state ON invoices", when=f"NEW.state = '{ending}'").kills(shop):
        await close()
    await shop.recovered()

    charge.assert_is("open", shows=PAY)
    await (await close()).answered_with(shows if ending == "declined" else "is cancelled")
    await shop.settled()
    charge.assert_is(ending, shows=shows)


@pytest.mark.parametrize(("edit", "line"), [("before", "after"), ("after", "before")])
async def test_killed_while_a_payment_is_told_it_is_paid_and_told_once(
    shop: ShopProcess, edit: Moment, line: Moment
) -> None:
    charge = await Charge.sent(shop)

    async with killed_at(shop, charge.editing(edit), charge.noting(line)):
        charge.pay()
    await shop.recovered()

    charge.assert_is("paid", shows=PAID)
    assert charge.message.buttons == []


async def test_killed_in_the_write_of_a_payment_it_is_paid_once(shop: ShopProcess) -> None:
    charge = await Charge.sent(shop)

    async with in_write("UPDATE OF state ON invoices", when="NEW.state = 'paid'").kills(shop):
        charge.pay()
    await shop.recovered()

    charge.assert_is("paid", shows=PAID)


async def test_a_message_that_no_row_knows_is_found_when_its_invoice_has_been_paid(shop: ShopProcess) -> None:
    charge = await Charge.drafted(shop)
    async with charge.messaging("after").kills(shop):
        await charge.send()

    charge.pay()
    await shop.recovered()

    charge.assert_is("paid", shows=PAID)
    assert charge.message.buttons == []


async def test_a_message_that_no_row_knows_is_found_when_its_invoice_was_cancelled(shop: ShopProcess) -> None:
    charge = await Charge.drafted(shop)
    async with charge.messaging("after").kills(shop):
        await charge.send()

    await shop.bot.start()  # before the lease of the dead one is over
    await (await charge.cancel()).answered_with("is cancelled")
    await shop.bot.kill()
    await shop.recovered()

    charge.assert_is("cancelled", shows=CANCELLED)
    assert charge.message.buttons == []


async def test_killed_while_it_is_sent_again_it_is_paid_in_the_message_that_stays(shop: ShopProcess) -> None:
    charge = await Charge.sent(shop)
    async with charge.messaging("after").kills(shop):
        await charge.send_again()

    charge.pay()
    await shop.recovered()

    charge.assert_is("paid", shows=PAID)
    assert charge.message.buttons == []


async def test_killed_while_a_new_link_is_made_there_is_one(shop: ShopProcess) -> None:
    charge = await Charge.sent(shop)
    await shop.bot.kill()
    await shop.recovered(hours=6, minutes=1)
    await eventually(lambda: "Get payment link" in charge.message.labels)

    async with kills.STORE_ACTED.kills(shop):
        await shop.discord.click(charge.payer, charge.message, label="Get payment link")
    await shop.recovered()

    charge.assert_is("open", shows=PAY, links=2)
    assert charge.message.links == {"Pay $12.50": shop.link()}
