"""The desk's cards and those of members' own pages, with the longest names in every language."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.access.repository import ProductRole
from bot.access.service import AccessStanding
from bot.billing.models import LONGEST, BillingDetails
from bot.checkout.models import Basket, FreeOfCharge, Sale, Session
from bot.checkout.states import SaleStatus, SessionState
from bot.coupons.provider import Coupon
from bot.coupons.service import LONGEST_CODE, ON_A_PAGE
from bot.discord.components import Card
from bot.discord.localized import localized
from bot.fulfilment.models import Benefit, Terms
from bot.giving.service import HandedOut
from bot.money import MAXIMUM_TOTAL
from bot.references import new_reference
from bot.staff.periods import ReportPeriod
from bot.statistics.models import ProductSales, Revenue, Summary
from bot.texts import markdown
from bot.texts.language import Languages
from cogs.access.commands import LONGEST_REASON as LONGEST_SENTENCE
from cogs.access.commands import AccessCommands
from cogs.billing.view import BillingView
from cogs.checkout.view import SaleView
from cogs.coupons.view import CouponView
from cogs.giving.commands import LONGEST_REASON
from cogs.giving.view import GivingView
from cogs.privacy import my_data
from cogs.staff.statistics import statistics_card
from tests.harness.catalogs import NOW, assert_discord_takes, written_once
from tests.harness.longest import WIDE, assert_fits, longest_line

LANGUAGES = Languages(zone=ZoneInfo("America/Argentina/ComodRivadavia")).all
MARK = markdown("🧪 TEST ")
LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True, scope="module")
def _every_text_and_amount_is_written_once() -> Iterator[None]:
    with written_once():
        yield


def assert_fits_in_every_language(card: Card) -> None:
    for language in LANGUAGES:
        assert_discord_takes(localized(card, language))
    assert_fits(card)


def test_a_page_of_the_longest_coupons_fits() -> None:
    catalog: Any = SimpleNamespace(known=lambda _id: SimpleNamespace(title="*" * 500))
    coupon = Coupon(
        id="cpn_1",
        code="_" * LONGEST_CODE,
        amount=MAXIMUM_TOTAL,
        most_uses=10**6,
        uses=10**6,
        starts_at=LATER,
        ends_at=LATER,
        least_purchase=MAXIMUM_TOTAL,
        product_ids=("prd_1",),
    )
    view = CouponView(catalog, "BRL", MARK)

    assert_fits_in_every_language(view.listed((coupon,) * ON_A_PAGE, 10**5, 10**6, NOW))
    assert_fits_in_every_language(view.created(coupon, NOW))
    assert_fits_in_every_language(view.disabled(coupon, NOW))


def test_figures_of_the_longest_names_in_many_currencies_fit() -> None:
    days = {date(2026, 1, 1) + timedelta(days=number): 99 * MAXIMUM_TOTAL for number in range(7)}
    revenue = tuple(
        Revenue(currency, 10**9, 9 * 10**12, 10**9, 9 * 10**12, days)
        for currency in ("BRL", "USD", "EUR", "AUD")
    )
    product = ProductSales("*" * 500, 10**9, 9 * 10**12, "BRL")
    summary = Summary(
        ReportPeriod.WEEK, min(days), max(days), revenue, (product,) * 50, 10**9, 10**9, 10**9, 10**9
    )

    for language in LANGUAGES:
        assert_discord_takes(localized(statistics_card(summary, MARK, language, has_picture=True), language))


def test_who_may_buy_thousands_of_products_fits() -> None:
    roles = tuple(
        ProductRole(WIDE, f"prd_{number}", WIDE + role, "*" * 500)
        for number in range(500)
        for role in range(9)
    )
    standing = AccessStanding("_" * LONGEST_SENTENCE, roles, 10**9)
    anyone: Any = None

    assert_fits_in_every_language(AccessCommands(anyone, anyone, anyone).shown(standing))


@pytest.mark.parametrize("by", [WIDE, None])
def test_what_is_given_with_the_longest_names_fits(by: int | None) -> None:
    basket = Basket((longest_line(),), None, None)
    session = Session(id=1, state=SessionState.PAID, created_at=NOW, amount=0, discount=0)
    sale = Sale(1, new_reference(), WIDE, WIDE, WIDE, basket, SaleStatus.PAID, session)
    sale = replace(sale, given=FreeOfCharge(by, 3650, "*" * LONGEST_REASON))
    benefit = Benefit(1, "abcdefghjk", WIDE, "prd_1", None, "*" * 300, Terms(WIDE, days=3650))
    roles: Any = SimpleNamespace(name=lambda _guild, _role: "*" * 100)
    view = GivingView(SaleView(test=True, picture_of=lambda _: None, portal="https://a.example"), roles)
    handed = HandedOut(sale, (benefit,) * 25)

    assert_fits_in_every_language(view.given(handed))
    assert_fits_in_every_language(view.taken(handed))


def test_the_longest_billing_details_and_what_is_said_of_data_fit() -> None:
    details = BillingDetails(**{name: "*" * longest for name, longest in LONGEST.items()} | {"country": "AX"})

    for language in LANGUAGES:
        assert_discord_takes(
            localized(BillingView().page(details, language.locale, markdown("*" * 200)), language)
        )
    for card in (my_data.asked(), my_data.deleted(), my_data.kept()):
        assert_fits_in_every_language(card)
