"""However much a member has and however long its names are, Discord takes what staff see of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.checkout.models import Basket, Sale, Session
from bot.checkout.states import SaleStatus, SessionState
from bot.discord.components import Card
from bot.discord.localized import localized
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.states import GrantState
from bot.members.models import MemberPage, SaleDetails, SalesFilter, SalesPage, TimelineEntry
from bot.money import MAXIMUM_TOTAL
from bot.pandabase.schemas.requests import MAXIMUM_ITEMS
from bot.payments.provider import RefundReason
from bot.references import new_reference
from bot.texts.language import Languages
from cogs.checkout.view import SaleView
from cogs.members.actions import PER_PAGE
from cogs.members.view import MembersView
from tests.harness.catalogs import NOW, assert_discord_takes, written_once
from tests.harness.longest import WIDE, assert_fits, longest_line, paid_order, wide_grant, words_of

LATER = NOW + timedelta(days=30)
LANGUAGES = Languages().all
VIEW = MembersView(
    SaleView(test=True, picture_of=lambda _basket: None, portal="https://a.example"),
    lambda _guild, role: f"{role % 1000}".ljust(100, "*"),
    lambda: NOW,
)
SESSION = Session(id=1, state=SessionState.PAID, created_at=NOW, amount=10 * MAXIMUM_TOTAL, discount=0)


@pytest.fixture(autouse=True, scope="module")
def _every_text_and_amount_is_written_once() -> Iterator[None]:
    with written_once():
        yield


def sale(*, gift_to: int | None = WIDE + 1) -> Sale:
    basket = Basket((longest_line(),) * MAXIMUM_ITEMS, "*" * 64, gift_to)
    return Sale(1, new_reference(), WIDE, WIDE, WIDE, basket, SaleStatus.DISPUTED, SESSION)


def assert_fits_in_every_language(card: Card) -> None:
    for language in LANGUAGES:
        assert_discord_takes(localized(card, language))
    assert_fits(card)


def test_a_page_of_the_longest_sales_and_roles_fits_and_shows_every_one() -> None:
    held = tuple(wide_grant(GrantState.LIVE, role_id=WIDE + n, ends_at=LATER) for n in range(250))
    entries = tuple(
        TimelineEntry(NOW, each, grant=wide_grant(GrantState.LIVE, ends_at=LATER) if number % 2 else None)
        for number, each in enumerate(sale() for _ in range(PER_PAGE))
    )

    card = VIEW.member(MemberPage(WIDE, entries, held, 1, 10**5), is_blocked=True)

    assert_fits_in_every_language(card)
    assert words_of(card).count(f"<t:{int(NOW.timestamp())}:d>") == PER_PAGE


def test_a_list_of_the_longest_sales_fits_and_shows_every_one() -> None:
    sales = tuple(sale() for _ in range(PER_PAGE))

    wanted = SalesFilter(WIDE, SaleStatus.SUPERSEDED)
    card = VIEW.listed(SalesPage(sales, wanted, sales[-1].reference, is_first=False))

    assert_fits_in_every_language(card)
    assert all(each.reference in words_of(card) for each in sales)


def test_what_staff_do_with_the_longest_sale_fits() -> None:
    grants = tuple(wide_grant(GrantState.LIVE, role_id=WIDE + n, ends_at=LATER) for n in range(60))
    orders = tuple(paid_order(reference=f"{n}") for n in range(60))
    facts = SaleFacts(sale(), None, None, None, (), orders, grants, {})
    details = SaleDetails(facts, None, None)

    for card in (
        VIEW.sale(details),
        VIEW.which_payment(details),
        VIEW.why_refunded(facts.sale, orders[0]),
        *(VIEW.ask_refund(facts.sale, orders[0], reason) for reason in RefundReason),
        VIEW.to_whom(facts.sale),
        VIEW.ask_move(facts.sale, WIDE + 2),
    ):
        assert_fits_in_every_language(card)
