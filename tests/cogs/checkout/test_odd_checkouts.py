"""The store says that a payment page was made, and what it says of it is odd: nobody is left waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.shop import START, buttons_of, link_of, text_of
from tests.harness.trouble import CHECKOUTS, assert_nothing_sold

if TYPE_CHECKING:
    from tests.harness.shop import Shop

pytestmark = pytest.mark.kept_shop


_ANOTHER_ID = "the id of a page that is out"
_MILLISECONDS = 1000
ODD: list[dict[str, Any]] = [
    # where it is
    {"checkout_url": None},
    {"checkout_url": ""},
    {"checkout_url": 5},
    {"checkout_url": "https://["},
    {"checkout_url": "https://elsewhere.example/c/cs_1"},
    {"checkout_url": "https://pandabase.io/c/\ud800"},
    {"checkout_url": "http://127.0.0.1/c/" + "x" * 494},
    {"checkout_url": "http://127.0.0.1/c/" + "x" * 3000},
    # which it is
    {"id": None},
    {"id": ""},
    {"id": "cs_ 1"},
    {"id": "cs_\ud800"},
    {"id": "cs_" + "x" * 62},
    {"id": _ANOTHER_ID},
    # what it asks for
    {"amount": None},
    {"amount": -2499},
    {"amount": 2498},
    {"amount": 2500},
    {"amount": 249900},
    {"amount": 2499.5},
    {"amount": 2**70},
    {"amount": 2099, "tax_amount": 401, "total_amount": 2500},
    {"amount": 2099, "tax_amount": 400, "total_amount": 2600},
    {"total_amount": None},
    # until when
    {"expires_at": None},
    {"expires_at": 0},
    {"expires_at": -1},
    {"expires_at": "tomorrow"},
    {"expires_at": float("nan")},
    {"expires_at": 2**70},
    {"expires_at": START.timestamp() * _MILLISECONDS},
    {"expires_at": START.timestamp()},  # in seconds
    {"expires_at": (START.timestamp() + 400 * 86_400) * _MILLISECONDS},
    {"expires_at": 253_402_300_799_000},  # the last second of the year 9999
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{odd}"[:50])
async def test_an_odd_page_is_shown_to_nobody_and_the_next_try_works(shop: Shop, odd: dict[str, Any]) -> None:
    if odd.get("id") == _ANOTHER_ID:
        await shop.buy("server-setup", shop.member("bob"))
        [bobs] = shop.sandbox.sessions
        odd = {"id": bobs}
    shop.sandbox.fail_next("POST", CHECKOUTS, data=odd)

    result = await shop.buy("grove-guard")

    answer = text_of(result.response)
    assert "You haven't been charged" in answer
    assert link_of(result.response) is None
    await assert_nothing_sold(shop, result)

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


@pytest.mark.parametrize("amount", [100, 2498, 2500])
async def test_a_page_that_asks_for_another_amount_is_said_to_do_so(shop: Shop, amount: int) -> None:
    shop.sandbox.fail_next("POST", CHECKOUTS, data={"amount": amount})

    result = await shop.buy("grove-guard")

    assert "a different amount" in text_of(result.response)


async def test_a_page_whose_price_includes_tax_asks_for_what_the_member_saw(shop: Shop) -> None:
    data = {"amount": 2099, "tax_amount": 400, "total_amount": 2499}
    shop.sandbox.fail_next("POST", CHECKOUTS, data=data)

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert "Pay $24.99" in buttons_of(message)
    assert [row["amount"] for row in shop.rows("SELECT amount FROM sessions")] == [2499]


async def test_a_renewed_link_that_comes_back_odd_can_be_asked_for_again(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6, minutes=1)
    shop.sandbox.fail_next("POST", CHECKOUTS, data={"amount": 1})
    [message] = shop.dms(shop.alice)
    await shop.alice.user.click(message, label="Get a new link")
    assert [row["state"] for row in shop.rows("SELECT state FROM sessions ORDER BY id")] == [
        "expired",
        "failed",
    ]

    await shop.buy("grove-guard")

    assert shop.rows("SELECT state FROM sessions ORDER BY id")[-1]["state"] == "open"
    assert link_of(shop.dms(shop.alice)[-1]) == shop.pages[-1]
