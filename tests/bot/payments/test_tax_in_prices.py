"""Stores whose prices include tax, and payers of another currency: paid in full is paid in full."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.core_api import DEMO_TOKEN
from tests.harness.books import Books, line, open_books
from tests.harness.grove import PRODUCT, Grove
from tests.harness.lists import listed
from tests.harness.properties import run_in_loop

pytestmark = pytest.mark.kept_shop

TOKEN = {"api_token": DEMO_TOKEN.secret}
NET = {"amount": 4202, "payment": {"taxAmount": 798, "totalAmount": 5000}}
IN_EURO = {"presentmentCurrency": "EUR", "presentmentAmount": 4600, "exchangeRate": 0.92}


@pytest.mark.parametrize(
    "changes",
    [
        NET,
        {"amount": 5000, "payment": {"taxAmount": 798, "totalAmount": 5000}},
        {"amount": 5000, **IN_EURO},
        {"amount": 5000, "payment": {"taxAmount": 950, "totalAmount": 5950, **IN_EURO}, **IN_EURO},
        {**NET, **IN_EURO},
        {"amount": 3782, "payment": {"discountAmount": 500, "taxAmount": 718, "totalAmount": 4500}},
    ],
)
async def test_at_our_own_page_all_that_was_asked_for_is_enough(
    books: Books, changes: dict[str, Any]
) -> None:
    sale = await books.sale()

    assert await listed(books, books.order(sale, **changes)) == "applied"

    assert books.heard.changes == ["paid"]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 4202},
        {"amount": 4202, "payment": {"taxAmount": 797, "totalAmount": 4999}},
        {"amount": 4202, "payment": {"taxAmount": 798, "totalAmount": None}},
        {"amount": 4202, "currency": "EUR", "payment": {"totalAmount": 5000}},
        {"amount": 0, "payment": {"totalAmount": 5000}},
        {"amount": 5000, "currency": "EUR", **IN_EURO},
    ],
)
async def test_less_than_was_asked_for_waits_for_staff(books: Books, changes: dict[str, Any]) -> None:
    sale = await books.sale()

    assert await listed(books, books.order(sale, **changes)) == "quarantined"


@pytest.mark.parametrize("lost", [True, False])
async def test_at_a_page_that_may_be_anybodys_tax_explains_nothing(books: Books, *, lost: bool) -> None:
    sale = await books.sale(made=lost)
    if lost:
        await books.lose()

    assert await listed(books, books.order(sale, **NET)) == "quarantined"


async def test_the_least_that_a_payer_may_choose_is_with_its_tax(books: Books) -> None:
    chosen = line(unit_amount=None, minimum=300, quantity=1)
    enough, less = await books.sale(chosen), await books.sale(chosen)

    order = books.order(enough, amount=252, payment={"totalAmount": 300})
    assert await listed(books, order) == "applied"
    order = books.order(less, amount=252, payment={"totalAmount": 299})
    assert await listed(books, order) == "quarantined"


_MONEY = st.integers(0, 6000) | st.sampled_from([4500, 5000, 4202, 798])


async def test_no_smaller_payment_is_let_through_for_its_tax(tmp_path: Path) -> None:
    async with open_books(tmp_path) as books:

        @settings(suppress_health_check=list(HealthCheck))
        @given(_MONEY, _MONEY, st.none() | _MONEY, st.sampled_from([0, 500]), st.booleans())
        async def pay(amount: int, tax: int, total: int | None, discount: int, made: bool) -> None:  # noqa: FBT001
            sale = await books.sale(made=made)
            payment = {"taxAmount": tax, "totalAmount": total, "discountAmount": discount}
            order = books.order(sale, amount=amount, payment=payment)
            if await listed(books, order) == "applied":
                paid = max(amount, total or 0) if made else amount
                assert paid >= 5000 - discount

        await run_in_loop(pay)


# --- through the shop's door ------------------------------------------------------------------------------


async def pays_a_price_with_tax(grove: Grove) -> None:
    await grove.benefit(PRODUCT)
    grove.shop.sandbox.store.rules.prices_include_tax = True
    session = await grove.till.link(PRODUCT, quantity=2)
    await grove.till.pay_on_page(session, country="DE")


@pytest.mark.settings(pandabase=TOKEN)
async def test_what_a_webhook_leaves_open_the_store_is_asked_at_once(grove: Grove) -> None:
    await pays_a_price_with_tax(grove)

    assert grove.till.quarantine() == []
    assert grove.roles() == {"VIP"}
    assert not any("quarantine" in text for text in grove.told(grove.boss))


async def test_without_a_token_it_waits_for_staff(grove: Grove) -> None:
    await pays_a_price_with_tax(grove)

    assert len(grove.till.quarantine()) == 1
    assert grove.roles() == set()


@pytest.mark.settings(pandabase=TOKEN)
async def test_while_the_store_cant_be_asked_it_waits_and_counts_once_the_list_tells(grove: Grove) -> None:
    grove.shop.sandbox.fail_next("GET", "*/orders/*", status=503, times=20)
    await pays_a_price_with_tax(grove)
    assert len(grove.till.quarantine()) == 1

    grove.shop.sandbox.stop_failing()
    await grove.days(0.1)

    assert [row["decision"] for row in grove.till.quarantine()] == ["fits"]
    assert grove.roles() == {"VIP"}


@pytest.mark.settings(pandabase=TOKEN)
async def test_orders_of_others_arent_worth_a_request(grove: Grove) -> None:
    """Anybody can make sessions with any metadata: what they pay there isn't asked for."""
    session = await grove.till.link(PRODUCT)
    copied = grove.shop.sandbox.store.open_session(session_like(session))
    await grove.till.at_rest()
    grove.shop.sandbox.requests.clear()

    await grove.till.pay_on_page(copied)

    assert [row["reasons"] for row in grove.till.quarantine()] == ['["used_already"]']
    assert grove.shop.sandbox.requests_to("GET", grove.order(copied).id) == []


def session_like(session: Any) -> Any:
    from sandbox.bodies import CheckoutBody

    item = {"product_id": session.quote.lines[0].product.id, "quantity": 1}
    return CheckoutBody.model_validate({"items": [item], "metadata": session.metadata})
