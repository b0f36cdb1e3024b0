"""What a sale, a join, a start, an hour or an event asks of the database is looked up, whatever is in it."""

from typing import Final

import pytest

from bot.exports.models import Export
from sandbox.core_api import DEMO_TOKEN
from tests.harness.database import on_a_server
from tests.harness.grove import MEMBERSHIP, PRODUCT, Grove
from tests.harness.invoicing import click, draft, sent
from tests.harness.left_waiting import killed, somebody
from tests.harness.plans import scans, statements_caught
from tests.harness.sale_pages import opened
from tests.harness.shop import buttons_of
from tests.harness.standing import Standing, button_in

ALLOWED: Final = {
    "ix_quarantine_open": "staff walk through what waits for them, and each of it cost somebody a payment",
    "ix_alerts_waiting": "all that members wait for is looked for in each read of the store, each thing once",
    "ix_jobs_unposted": "it holds what waits for a channel, and is read by the start",
}
"""The indexes that may be read from one end to the other, and why."""


@pytest.mark.postgres
@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret}, staff={"log_channel_id": 1})
async def test_no_statement_reads_a_whole_table_that_grows(grove: Grove) -> None:
    with statements_caught() as caught:
        await _sell(grove)
        await _ask(grove)
        await grove.leave()
        await grove.come_back()
        await grove.shop.pass_time(hours=7)
        await grove.days(4)
        await _start_again(grove)

    found = scans(grove.shop.database, caught)
    assert {statement: index for statement, index in found.items() if index not in ALLOWED} == {}
    assert set(found.values()) == (set() if on_a_server() else set(ALLOWED))


async def _sell(grove: Grove) -> None:
    """What payments bring, and what becomes of them."""
    await grove.keep_log()
    await grove.benefit()
    await grove.benefit(MEMBERSHIP)
    order = await grove.bought(PRODUCT)
    await grove.bought("Lobby pack", gift_to=grove.bob)
    product = grove.till.product("Lobby pack").id
    answer = await grove.store_result("benefit add", product=product, role=grove.role)
    await grove.boss.click(answer.response, label="Give it to 1 buyer")
    await grove.till.settled()
    await grove.bought(MEMBERSHIP)
    for happening in ("renew", "cancel"):
        await grove.at_the_store(happening, grove.subscription)
    for happening in ("dispute", "win", "refund"):
        await grove.at_the_store(happening, order)
    for kind in ("PAYMENT_REFUNDED", "PAYMENT_DISPUTE_LOST"):  # that don't say of what
        grove.shop.sandbox.webhooks.tell(kind, None, None)
    await grove.till.settled()


async def _ask(grove: Grove) -> None:
    """What people look at."""
    await sent(grove.shop, grove.boss, due="3d")
    await click(grove.boss, await draft(grove.shop, grove.boss), "Discard")
    await grove.till.link()
    await grove.shop.alice.slash(grove.shop.channel, "purchases")
    await _stand_and_wait(grove)
    looks = ("quarantine", "benefit list", "panel list", "stats", "setup")
    for command in (*(f"store {look}" for look in looks), "invoice list"):
        await grove.boss.slash(grove.shop.channel, command)
    for what in Export:
        await grove.store("export", what=what)
    alice = grove.shop.alice
    for options in ({}, {"state": "paid"}, {"member": alice}, {"member": alice, "state": "paid"}):
        await grove.boss.slash(grove.shop.channel, "store orders", **options)
    await grove.boss.slash(grove.shop.channel, "store member", member=alice)
    page = await grove.boss.slash(grove.shop.channel, "store orders", state="paid")
    sale = await opened(grove, page.response)
    await grove.boss.click(sale.response, label="Deliver again")


async def _stand_and_wait(grove: Grove) -> None:
    """Panels that follow the store, and a member who waits for a product."""
    standing, product = Standing(grove), grove.till.product(PRODUCT).id
    for _ in range(2):
        await standing.post(product=PRODUCT)
    announced = await grove.store_result("announce", channel=standing.channel, product=product, text="Look!")
    await grove.boss.click(announced.response, label="Post it")
    grove.shop.sandbox.sell_out(product)
    await standing.refreshed()
    message = await button_in(grove.shop, grove.shop.channel, f"bamboo:alert:stock:{product}")
    await grove.bob.click(message, label="?")
    grove.shop.sandbox.set_stock(product, 5)
    await standing.refreshed()
    buy = next(
        each for each in buttons_of(grove.shop.dms(grove.bob)[-1]).values() if "alert" in each["custom_id"]
    )
    await grove.bob.user.click(grove.shop.dms(grove.bob)[-1], custom_id=buy["custom_id"])
    await grove.boss.autocomplete(grove.shop.channel, "store panel remove", "panel", "")
    grove.shop.env.backend.delete_channel(standing.channel.id)
    await grove.till.settled()


async def _start_again(grove: Grove) -> None:
    """A process that ends, and one that starts when somebody has come back and somebody was left waiting."""
    async with grove.outage():
        await grove.leave()
        grove.rejoin()
        killed(grove.shop.database.with_suffix(".waiting"), somebody("token"))
