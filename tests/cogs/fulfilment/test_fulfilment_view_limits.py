"""However much a sale holds, Discord takes what is told of it: 4,000 characters and 40 components."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.checkout.models import Basket, Charge, Sale, Session
from bot.checkout.states import MoneyState, SaleStatus, SessionState
from bot.discord.cards import Picture
from bot.fulfilment.custom_message import LONGEST_MESSAGE
from bot.fulfilment.deliverables import OrderContents, Revealed
from bot.fulfilment.models import Benefit, Terms
from bot.fulfilment.notices import LABELS, Audience, Notice, NoticeKind
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.receipt import PAYERS
from bot.jobs.models import JobKind, JobRecord, Outcome
from bot.money import MAXIMUM_TOTAL
from bot.pandabase.schemas.requests import MAXIMUM_ITEMS
from bot.references import new_reference
from bot.texts import markdown
from cogs.checkout.view import SaleView
from cogs.fulfilment.text import Earned, Facts
from cogs.fulfilment.view import FulfilmentView, revealed_card
from cogs.staff.sales_log import log_card
from tests.harness.catalogs import written_once
from tests.harness.longest import PERSIAN, WIDE, assert_fits, longest_line, paid_order, wide_grant, words_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
NUMBER = "abcdefghjk-123456"
PICTURE = Picture("https://pictures.example/a.png", "A picture")
FULFILMENT = FulfilmentView(
    SaleView(test=True, picture_of=lambda _basket: PICTURE, portal="https://a.example"), lambda: NOW
)
SESSION = Session(
    id=1, state=SessionState.PAID, created_at=NOW, amount=10 * MAXIMUM_TOTAL, discount=MAXIMUM_TOTAL
)


@pytest.fixture(autouse=True, scope="module")
def _every_text_and_amount_is_written_once() -> Iterator[None]:
    with written_once():
        yield


def sale_of_ten(*, gift_to: int | None = None) -> Sale:
    basket = Basket((longest_line(),) * MAXIMUM_ITEMS, "*" * 64, gift_to, Charge(10**6, WIDE))
    return Sale(1, new_reference(), WIDE, WIDE, WIDE, basket, SaleStatus.PAID, SESSION)


def earned(state: GrantState, count: int) -> list[Earned]:
    terms = Terms(WIDE, message="{role} {server} {product} " + "_" * LONGEST_MESSAGE)
    benefit = Benefit(1, "abcdefghjk", WIDE, "prd_1", None, "*" * 300, terms)
    grant = wide_grant(state, days=30, ends_at=LATER)
    return [Earned(grant, benefit, "*" * 100, "*" * 100)] * count


@pytest.mark.parametrize("state", GrantState)
@pytest.mark.parametrize("money", MoneyState)
def test_receipts_of_ten_longest_lines_with_ten_roles_fit(money: MoneyState, state: GrantState) -> None:
    sale, gift, roles = sale_of_ten(), sale_of_ten(gift_to=WIDE), earned(state, MAXIMUM_ITEMS)

    for session_id in (1, None):
        paid = paid_order(money=money, session_id=session_id)
        assert_fits(FULFILMENT.receipt(sale, paid, roles, contents=OrderContents(message=True, emailed=True)))
        assert_fits(FULFILMENT.gift_for_payer(gift, paid))
        assert_fits(
            FULFILMENT.gift_for_recipient(
                gift, paid, roles, contents=OrderContents(message=True, emailed=True)
            )
        )


def test_a_role_is_named_also_where_its_message_has_no_room() -> None:
    card = FULFILMENT.receipt(
        sale_of_ten(),
        paid_order(),
        earned(GrantState.LIVE, 2),
        contents=OrderContents(message=True, emailed=True),
    )

    assert words_of(card).count("You now have the") == 2


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("kind", NoticeKind)
def test_notices_of_ten_longest_lines_fit(kind: NoticeKind, audience: Audience) -> None:
    facts = Facts(
        role=markdown("*" * 200),
        after=[markdown("*" * 5000)],
        again=markdown("again" * 10),
        earned=markdown("*" * 5000),
    )
    for sale in (sale_of_ten(), sale_of_ten(gift_to=WIDE)):
        assert_fits(FULFILMENT.notice(sale, kind, audience, facts, is_over=True))


@pytest.mark.parametrize("given_up", [True, False])
def test_the_log_of_ten_longest_lines_over_years_fits_and_says_how_each_step_stands(
    given_up: bool,  # noqa: FBT001
) -> None:
    steps = [
        JobRecord(
            id=number,
            sale_id=1,
            kind=step,
            key=_key(step, number),
            created_at=NOW,
            outcome=None if given_up and step != JobKind.KEYS else _OUTCOMES[step],
            next_attempt=None,
            done_at=None if given_up else NOW,
        )
        for step in _OUTCOMES
        for number in range(1, 61)
    ]

    card = log_card(FULFILMENT.sales, sale_of_ten(gift_to=WIDE), [paid_order()] * 60, steps, set())

    assert_fits(card)
    assert ("Role: **failed** (× 60)" if given_up else "Role: given (× 60)") in words_of(card)


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_log_says_what_each_message_was_about(kind: NoticeKind) -> None:
    key = Notice(kind, Audience.PAYER, 1, NOW).key
    sent = JobRecord(1, 1, JobKind.NOTICE, key, NOW, Outcome.DIRECT_MESSAGE, None, NOW)

    card = log_card(FULFILMENT.sales, sale_of_ten(), [paid_order()], [sent], set())

    assert f"{LABELS[kind]!s}: sent" in words_of(card)


_OUTCOMES = {
    JobKind.ROLE: Outcome.GIVEN,
    JobKind.RECEIPT: Outcome.UNKNOWN,
    JobKind.KEYS: Outcome.READY,
    JobKind.NOTICE: Outcome.UNDELIVERED,
}


def _key(step: JobKind, number: int) -> str:
    if step == JobKind.NOTICE:
        return Notice(NoticeKind.PAST_DUE, Audience.PAYER, number, NOW).key
    return f"{number}{PAYERS}" if step == JobKind.RECEIPT else str(number)


@pytest.mark.parametrize("keys", [None, (), ("`" * 60,) * 70, ("k" * 60,) * 999])
@pytest.mark.parametrize("messages", [("x",), ("*" * 5000,), ("https://x.example/" + "a" * 4000,) * 10])
def test_what_is_revealed_fits(keys: tuple[str, ...] | None, messages: tuple[str, ...]) -> None:
    card, files = revealed_card(Revealed(sale_of_ten(), 1, keys, messages), PERSIAN)

    assert_fits(card)
    shown = words_of(card) + "".join(file.fp.read().decode() for file in files)
    assert all(key in shown for key in keys or ())
    assert len(files) <= 1
