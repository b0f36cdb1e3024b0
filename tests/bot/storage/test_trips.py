"""What a purchase and its payment cost: trips to the database, transactions, and requests to the store."""

import pytest

from tests.harness.grove import Grove
from tests.harness.shop import Shop
from tests.harness.trips import trips_counted

pytestmark = pytest.mark.postgres


async def test_a_purchase_costs_few_trips_and_one_request(shop: Shop) -> None:
    """Before its statements were written by hand it took 21 of them, in six transactions."""
    friend = shop.member("friend")
    await shop.buy("grove-guard")  # the product is read
    await shop.env.settle()
    before = len(shop.sandbox.requests)

    with trips_counted() as trips:
        await friend.slash(shop.channel, "buy", product=shop.sandbox.product("grove-guard").id)
        await shop.env.settle()

    assert [request.method for request in shop.sandbox.requests[before:]] == ["POST"]
    assert trips.transactions <= 3, trips.made
    assert trips.are_few(to_a_file=6, to_a_server=14), trips.made


async def test_a_paid_webhook_costs_no_request_and_as_many_trips_as_it_earns(grove: Grove) -> None:
    """With a role, a receipt, the sales log and the living message: it was 140 in 28 transactions."""
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link("GroveGuard")
    before = len(grove.shop.sandbox.requests)

    with trips_counted() as trips:
        await grove.till.pay_on_page(session)

    assert grove.roles() == {"VIP"}
    assert grove.shop.sandbox.requests[before:] == []
    # What ends at the same time is written together; of a single payment, not all of it does.
    assert trips.transactions <= 11, trips.made
    assert trips.are_few(to_a_file=32, to_a_server=79), trips.made
