"""Sales that were lost with the database, or accepted by staff, deliver like any other."""

import pytest

from bot.catalog.catalog import Snapshot
from sandbox.core_api import DEMO_TOKEN
from sandbox.models import Session
from sandbox.order_shapes import AmountsPer
from tests.harness.grove import MEMBERSHIP, PRODUCT, Grove
from tests.harness.shop import buttons_of

pytestmark = pytest.mark.kept_shop

TOKEN = {"api_token": DEMO_TOKEN.secret}


async def lost_link(grove: Grove, title: str, **options: int) -> Session:
    """A link whose sale is no longer in the database."""
    session = await grove.till.link(title, **options)
    await grove.till.at_rest()
    for table in ("jobs", "messages", "sessions", "sales"):
        grove.shop.write(f"DELETE FROM {table}")
    return session


def forget_the_catalog(grove: Grove) -> None:
    """As at a start at which the store doesn't answer."""
    grove.shop.app.catalog._snapshot = Snapshot.of()


@pytest.mark.settings(pandabase=TOKEN)
@pytest.mark.parametrize("known", [True, False])
async def test_the_role_of_a_recovered_subscription_ends_with_it(grove: Grove, *, known: bool) -> None:
    await grove.keep_log()
    await grove.benefit(MEMBERSHIP)
    session = await lost_link(grove, MEMBERSHIP)
    if not known:
        forget_the_catalog(grove)
    await grove.till.pay_on_page(session)
    assert grove.roles() == {"VIP"}
    assert not any("The payment counts" in text for text in grove.logged())
    await grove.days(7)
    await grove.at_the_store("renew", grove.subscription)
    assert len(grove.grants()) == 1

    await grove.at_the_store("cancel", grove.subscription, immediate=True)

    assert grove.roles() == set()
    assert "This purchase no longer includes the **VIP** role" in grove.told()[-1]


@pytest.mark.parametrize("amounts_per", ["unit", "line"])
async def test_webhooks_alone_bring_back_what_was_bought_several_times(
    grove: Grove, amounts_per: AmountsPer
) -> None:
    """Their examples all have one unit: whether a line's amount is for one or for all isn't said."""
    await grove.benefit(PRODUCT)
    grove.shop.sandbox.webhooks.amounts_per = amounts_per
    session = await lost_link(grove, PRODUCT, quantity=2)

    await grove.till.pay_on_page(session)

    assert grove.till.quarantine() == []
    assert grove.roles() == {"VIP"}


@pytest.mark.settings(pandabase=TOKEN)
@pytest.mark.parametrize("known", [True, False])
async def test_the_keys_of_a_recovered_sale_can_be_revealed(grove: Grove, *, known: bool) -> None:
    grove.till.product().message = None
    session = await lost_link(grove, PRODUCT)
    if not known:
        forget_the_catalog(grove)

    await grove.till.pay_on_page(session)

    assert [step["outcome"] for step in grove.steps("keys")] == ["ready"]
    assert "Show key" in buttons_of(grove.shop.dms(grove.shop.alice)[-1])


@pytest.mark.parametrize("token", [pytest.param(True, marks=pytest.mark.settings(pandabase=TOKEN)), False])
@pytest.mark.parametrize("known", [True, False])
async def test_the_role_of_an_accepted_subscription_ends_with_it(
    grove: Grove, *, known: bool, token: bool
) -> None:
    await grove.benefit(MEMBERSHIP)
    session = await grove.till.link(MEMBERSHIP)
    order = grove.shop.sandbox.store.begin_payment(session.id, email="alice@example.com")
    order.quote.lines[0].unit_amount = 1
    grove.shop.sandbox.ledger.clear(order)
    await grove.till.settled()
    assert grove.roles() == set()

    if not known:
        forget_the_catalog(grove)
    shown = await grove.store_result("quarantine")
    chosen = await grove.boss.select(shown.response, [grove.bob])
    await grove.boss.click(chosen.response, label="Accept payment")
    await grove.till.settled()
    assert grove.roles(grove.bob) == {"VIP"}
    await grove.at_the_store("cancel", grove.subscription, immediate=token)
    if not token:  # nobody says that it ends at once
        await grove.days(8)

    assert grove.roles(grove.bob) == set()
