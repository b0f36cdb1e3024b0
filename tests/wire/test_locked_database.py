"""Another program locks the file for a while: people hear of it, the log says it once, and it goes on."""

from __future__ import annotations

import pytest

from tests.wire.earning import Benefits
from tests.wire.invariants import assert_nothing_is_lost_or_twice
from tests.wire.shop_process import ShopProcess, eventually, listening

pytestmark = [pytest.mark.settings(web=listening()), pytest.mark.postgres]
LOCKED = "another program keeps the database locked"


async def test_a_locked_database_is_told_and_what_waits_for_it_goes_on(shop: ShopProcess) -> None:
    buyer = await (await Benefits.of(shop)).buyer()
    await eventually(shop.at_rest)
    before = shop.checkouts
    with shop.database_locked():
        shop.sandbox.ledger.pay_slowly(buyer.session)
        alice = shop.welcome_another_alice()
        purchases = [await shop.buy() for _ in range(3)]
        for purchase in purchases:
            answer = await purchase.answered_with("another program keeps the database locked", within=30)
            assert "Try again in a minute" in answer.text
            assert "Reference" not in answer.text
        assert shop.checkouts == before
        await eventually(lambda: 503 in shop.sandbox.webhooks.events[-1].answers, what="a refused webhook")
    assert shop.bot.log.count(LOCKED) == 1, shop.bot.log
    assert "ERROR" not in shop.bot.log.replace("ERROR    bot.storage", "")
    await shop.settled()
    assert shop.rows("SELECT money FROM orders")
    assert shop.discord.dms(alice) == []
    await shop.bought()
    await eventually(shop.at_rest)
    assert_nothing_is_lost_or_twice(shop)
