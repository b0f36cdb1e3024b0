"""Every page of `/purchases`, and of the receipts below it, stays within Discord's limits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.availability import Line
from bot.catalog.models import BillingInterval, PricingModel, ProductType
from bot.checkout.models import Basket, Charge, CustomLine, Sale, Session
from bot.checkout.states import SETTLED, MoneyState, SaleStatus, SessionState
from bot.discord.cards import Picture
from bot.discord.components import Card, Stack
from bot.discord.localized import localized
from bot.fulfilment.deliverables import OrderContents
from bot.fulfilment.models import Benefit, Terms
from bot.fulfilment.receipts import ReceiptsOfSale
from bot.fulfilment.states import GrantState
from bot.invoices.models import LONGEST_REASON, Invoice, Person
from bot.invoices.states import InvoiceState
from bot.jobs.models import JobKind, JobRecord, Outcome
from bot.payments.models import OrderRecord
from bot.purchases.history import HistoryPage, Purchase
from bot.purchases.repository import Payment
from bot.texts import Language
from cogs.checkout.view import SaleView
from cogs.fulfilment.text import Earned
from cogs.fulfilment.view import FulfilmentView
from cogs.purchases.receipts import MOST, receipt_page
from cogs.purchases.status_text import GIFT, INVOICE, PURCHASE
from cogs.purchases.view import PurchaseView
from tests.harness.catalogs import NOW, amounts, assert_discord_takes, texts
from tests.harness.longest import WIDE, longest_line, paid_order, wide_grant

LOCALES = ["en_US", "de_DE", "ar_EG", "ja_JP"]
languages = st.sampled_from(LOCALES).map(Language)
moments = st.one_of(st.none(), st.just(NOW + timedelta(hours=6)), st.just(NOW - timedelta(days=9000)))


def long_line(**changes: Any) -> Line:
    return longest_line(**{"unit_amount": 10**11, "currency": "USD", "trial_days": 99_999, **changes})


@st.composite
def lines(draw: st.DrawFn) -> Line | CustomLine:
    title, quantity = draw(texts), draw(st.integers(1, 999))
    if draw(st.booleans()):
        return CustomLine(title, draw(st.integers(1, 10**9)), quantity, "USD")
    return Line(
        product_id="prd_1",
        variant_id=None,
        title=title,
        unit_amount=draw(st.one_of(st.none(), amounts)),
        quantity=quantity,
        currency="USD",
        product_type=ProductType.SUBSCRIPTION,
        pricing_model=PricingModel.STANDARD,
        billing_interval=draw(st.one_of(st.none(), st.sampled_from(BillingInterval))),
        trial_days=draw(st.integers(0, 9999)),
    )


def step(number: int, kind: JobKind, target: str, outcome: Outcome | None) -> JobRecord:
    return JobRecord(number, 1, kind, target, NOW, outcome, None, None)


@st.composite
def entries(draw: st.DrawFn) -> Purchase:
    """A purchase, a gift from either side, or an invoice, in whatever state, however odd."""
    kind = draw(st.sampled_from(["purchase", "given", "got", "invoice"]))
    charge = Charge(10**9, WIDE) if kind == "invoice" else None
    sold = tuple(draw(st.lists(lines(), min_size=1, max_size=10)))
    basket = Basket(sold, draw(st.one_of(st.none(), st.just("*" * 64))), WIDE + 1, charge)
    if kind in ("purchase", "invoice"):
        basket = Basket(sold, basket.coupon, None, charge)
    session = Session(
        9,
        draw(st.sampled_from(SessionState)),
        NOW,
        "cs_1",
        "https://pandabase.io/c/cs_1",
        draw(amounts),
        draw(st.one_of(st.none(), amounts)),
        draw(moments),
    )
    sale = Sale(1, "reference1", WIDE, WIDE, WIDE, basket, draw(st.sampled_from(SaleStatus)), session)
    payments = tuple(
        Payment(1, money, draw(moments)) for money in draw(st.lists(st.sampled_from(MoneyState), max_size=3))
    )
    outcome = draw(st.sampled_from([Outcome.UNDELIVERED, Outcome.DIRECT_MESSAGE, None]))
    messages = (step(1, JobKind.RECEIPT, "1", outcome), step(2, JobKind.LINK, "9", outcome))
    return Purchase(
        sale,
        WIDE + 1 if kind == "got" else WIDE,
        invoice(draw(st.sampled_from(InvoiceState)), draw(moments)) if charge else None,
        payments,
        messages[: draw(st.integers(0, 2))],
    )


def invoice(state: InvoiceState, due_at: Any) -> Invoice:
    return Invoice(
        id=1,
        reference="abcdefghjk",
        number=10**9,
        guild_id=WIDE,
        guild_name="*" * 100,
        channel_id=WIDE,
        issuer=Person(WIDE, "*" * 32),
        payer=Person(WIDE, "*" * 32),
        lines=(long_line(),),
        currency="USD",
        state=state,
        created_at=NOW,
        due_at=due_at,
        reason="*" * LONGEST_REASON,
    )


def told_apart(listed: list[Purchase]) -> tuple[Purchase, ...]:
    """As different sales, for a message's buttons are."""
    return tuple(
        replace(
            entry,
            sale=replace(entry.sale, reference=f"reference{number}"),
            invoice=entry.invoice and replace(entry.invoice, reference=f"reference{number}"),
        )
        for number, entry in enumerate(listed)
    )


@given(languages, st.lists(entries(), max_size=5), st.integers(0, 10**6), st.integers(0, 9))
def test_every_page_of_purchases_stays_within_discords_limits(
    language: Language, listed: list[Purchase], waiting: int, number: int
) -> None:
    page = HistoryPage(told_apart(listed), number, 10, waiting, NOW)

    assert_discord_takes(
        localized(PurchaseView(SaleView(test=True, sees_payments=False)).page(page), language)
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", ["withdrawn", "gift", "invoice", "declined"])
def test_five_of_the_longest_purchases_stay_within_discords_limits(kind: str, locale: str) -> None:
    evening = NOW + timedelta(hours=6)
    charge = Charge(10**9, WIDE) if kind in ("invoice", "declined") else None
    state = SessionState.EXPIRED if kind == "invoice" else SessionState.WITHDRAWN
    session = Session(9, state, NOW, "cs_1", "https://pandabase.io/c", 10**12, 1, evening)
    gift_to = WIDE + 1 if kind == "gift" else None
    basket = Basket((long_line(),) * 10, "*" * 64, gift_to, charge)
    sale = Sale(1, "reference1", WIDE, WIDE, WIDE, basket, SaleStatus(state.value), session)
    asked = InvoiceState.OVERDUE if kind == "invoice" else InvoiceState.DECLINED
    told = (JobKind.LINK, "9") if charge else (JobKind.RECEIPT, "1")
    messages = (step(1, *told, Outcome.UNDELIVERED),)
    entry = Purchase(sale, WIDE, invoice(asked, evening) if charge else None, (), messages)

    page = HistoryPage(told_apart([entry] * 5), 3, 10, 99_999, NOW)
    card = PurchaseView(SaleView(test=True)).page(page)

    assert_discord_takes(localized(card, Language(locale)))


def test_there_are_words_for_every_state() -> None:
    assert set(PURCHASE) == set(SaleStatus)
    assert set(INVOICE) == set(InvoiceState)
    assert set(GIFT) == set(SETTLED)


# --- receipts -----------------------------------------------------------------------------------------


def numbered_order(row: int, money: MoneyState, amount: int) -> OrderRecord:
    return paid_order(id=row, reference=f"abcdef{row:04}", money=money, amount=amount, currency="USD")


@st.composite
def receipts(draw: st.DrawFn) -> Card:
    sold = tuple(draw(st.lists(lines(), min_size=1, max_size=10)))
    session = Session(9, SessionState.PAID, NOW, "cs_1", None, draw(amounts), 0)
    sale = Sale(1, "reference1", WIDE, WIDE, WIDE, Basket(sold), SaleStatus.PAID, session)
    benefit = Benefit(1, "abcdefghjk", WIDE, "prd_1", None, draw(texts), Terms(WIDE, message=draw(texts)))
    earned = [
        Earned(wide_grant(state), benefit, draw(texts), draw(texts))
        for state in draw(st.lists(st.sampled_from(GrantState), max_size=4))
    ]
    shown = FulfilmentView(SaleView(test=True), lambda: NOW).receipt
    order = numbered_order(draw(st.integers(1, WIDE)), draw(st.sampled_from(MoneyState)), draw(amounts))
    return shown(
        sale,
        order,
        earned,
        contents=draw(
            st.sampled_from(
                [OrderContents(), OrderContents(keys=True), OrderContents(message=True, emailed=True)]
            )
        ),
    )


@pytest.mark.parametrize(("start", "below"), [(1, 0), (0, 1)])
async def test_the_most_receipts_with_all_that_they_can_have_are_not_too_many_components(
    start: int, below: int
) -> None:
    """A first answer may get a line below; one that was turned may lead both ways."""
    picture = Picture("https://pictures.example/a.png", "A picture")
    card = FulfilmentView(SaleView(test=True, picture_of=lambda _basket: picture), lambda: NOW).receipt
    session = Session(9, SessionState.PAID, NOW, "cs_1", None, 1, 0)
    sale = Sale(
        1, "reference1", WIDE, WIDE, WIDE, Basket((long_line(title="A title"),)), SaleStatus.PAID, session
    )
    steps = tuple(step(number, JobKind.RECEIPT, str(number), None) for number in range(MOST + 2))

    async def card_of(_sale: Sale, which: JobRecord) -> Card:
        return card(sale, numbered_order(which.id, MoneyState.PAID, 1), [], contents=OrderContents(keys=True))

    page = await receipt_page(ReceiptsOfSale(sale, steps), start, card_of)
    for _ in range(below):
        page.message.add_item(ui.TextDisplay("-# A message is waiting for you."))

    assert len(page.receipts) == MOST
    assert_discord_takes(page.message)


@given(st.lists(receipts(), min_size=1, max_size=7, unique_by=str), st.integers(0, 9))
async def test_as_many_receipts_as_fit_stand_in_one_message(made: list[Card], start: int) -> None:
    sale = Sale(1, "reference1", WIDE, WIDE, WIDE, Basket((long_line(),)), SaleStatus.PAID, NO_SESSION)
    steps = tuple(step(number, JobKind.RECEIPT, str(number), None) for number in range(len(made)))

    async def card_of(_sale: Sale, which: JobRecord) -> Card:
        return made[which.id]

    page = await receipt_page(ReceiptsOfSale(sale, steps), start, card_of)

    assert_discord_takes(page.message)
    first = min(start, len(made) - 1)
    assert [each.id for each in page.receipts] == list(range(first, first + len(page.receipts)))
    assert 1 <= len(page.receipts) <= MOST


async def test_short_receipts_share_a_message_and_long_ones_do_not() -> None:
    sale = Sale(1, "reference1", WIDE, WIDE, WIDE, Basket((long_line(),)), SaleStatus.PAID, NO_SESSION)
    steps = tuple(step(number, JobKind.RECEIPT, str(number), None) for number in range(7))

    async def written(length: int) -> list[int]:
        async def card_of(_sale: Sale, _step: JobRecord) -> Card:
            return Card(ui.TextDisplay("x" * length))

        page = await receipt_page(ReceiptsOfSale(sale, steps), 0, card_of)
        assert isinstance(page.message, Stack)
        return [each.id for each in page.receipts]

    assert await written(300) == [0, 1, 2, 3]
    assert await written(1500) == [0, 1]
    assert await written(3900) == [0]


NO_SESSION = Session(1, SessionState.PAID, NOW)
