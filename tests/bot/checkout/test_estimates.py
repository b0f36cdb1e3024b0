"""What the tax will be is asked for beside the payment page: it is a courtesy that nobody waits for."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.checkout import gateway
from bot.checkout.draft import (
    CheckoutCustomer,
    CheckoutDraft,
    CheckoutEstimate,
    CheckoutItem,
    CheckoutPage,
    Payer,
)
from bot.checkout.gateway import CheckoutGateway, CheckoutOptions
from bot.checkout.signing import Signer
from bot.errors import Rejected

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DRAFT = CheckoutDraft((CheckoutItem(1, "prd_1"),), metadata={}, amount=1000)
PAGE = CheckoutPage("cs_1", "https://pandabase.io/c/cs_1", 1000, 0, 0, 1000, NOW + timedelta(hours=6))
ESTIMATE = CheckoutEstimate(subtotal=1000, discount=0, tax=190, total=1190)
GERMAN = Payer(country="DE")


class Store:
    """A provider whose estimate takes as long as `hangs` says, in seconds."""

    def __init__(self, estimate: CheckoutEstimate = ESTIMATE, *, hangs: float = 0) -> None:
        self.given = estimate
        self.hangs = hangs
        self.asked = 0
        self.page = PAGE
        self.refuses = False
        self.gave_up = False

    async def create_checkout(self, _draft: CheckoutDraft) -> CheckoutPage:
        await asyncio.sleep(0.01)
        if self.refuses:
            raise Rejected("Sold out.")
        return self.page

    async def estimate(self, _items: object, **_where: str | None) -> CheckoutEstimate:
        self.asked += 1
        try:
            await asyncio.sleep(self.hangs)
        except asyncio.CancelledError:
            self.gave_up = True
            raise
        return self.given


def at(store: Store) -> CheckoutGateway:
    return CheckoutGateway(store, Signer("a-key-that-only-tests-use"), CheckoutOptions(("pandabase.io",)))


async def test_tax_and_total_come_with_the_page() -> None:
    page = await at(Store()).create(DRAFT, lambda: NOW, GERMAN)

    assert page == replace(PAGE, tax=190, total=1190, is_taxed=True)


async def test_who_is_nobody_costs_no_question() -> None:
    store = Store()

    assert await at(store).create(DRAFT, lambda: NOW) == PAGE
    assert store.asked == 0


async def test_an_estimate_that_hangs_is_left_out_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "ESTIMATED_WITHIN", 0.05)
    store = Store(hangs=60)

    async with asyncio.timeout(10):
        page = await at(store).create(DRAFT, lambda: NOW, GERMAN)

    assert page == PAGE
    assert store.gave_up


async def test_a_refused_checkout_waits_for_no_estimate() -> None:
    store = Store(hangs=60)
    store.refuses = True

    async with asyncio.timeout(10):
        with pytest.raises(Rejected):
            await at(store).create(DRAFT, lambda: NOW, GERMAN)

    await asyncio.sleep(0)
    assert store.gave_up


@pytest.mark.parametrize("change", [{"subtotal": 900}, {"discount": 100}])
async def test_an_estimate_of_other_prices_is_no_estimate_of_this_page(change: dict[str, int]) -> None:
    assert await at(Store(replace(ESTIMATE, **change))).create(DRAFT, lambda: NOW, GERMAN) == PAGE


@pytest.mark.parametrize(
    ("tax", "total", "is_taxed"),
    [(190, 1190, True), (160, 1000, True), (0, 1000, False), (190, 1500, False), (0, 0, False)],
)
async def test_a_page_that_was_told_who_pays_says_its_tax_if_it_adds_up(
    tax: int,
    total: int,
    is_taxed: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    store = Store()
    store.page = replace(PAGE, tax=tax, total=total)
    customer = CheckoutCustomer("Mina", "mina@example.com", "Hauptstr. 1", "Berlin", "", "10115", "DE")

    page = await at(store).create(DRAFT, lambda: NOW, Payer("DE", customer=customer))

    assert page == replace(store.page, is_taxed=is_taxed)
    assert store.asked == 0
