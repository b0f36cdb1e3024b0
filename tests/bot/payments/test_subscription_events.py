"""What the store says of subscriptions before we know whose they are."""

from datetime import timedelta
from typing import Any

import pytest

from bot.storage.values import instant
from tests.harness.books import START, Books, club, subscription
from tests.harness.saying import english
from tests.harness.staff_notes import NOTES

CLUB = club()
TRIAL = club(trial_days=7)
LATER = subscription(START + timedelta(days=30))


async def test_an_end_that_is_told_before_the_beginning_ends_it(books: Books) -> None:
    sale = await books.sale(CLUB)
    began = books.now
    books.pass_time(hours=2)
    ended = subscription(status="CANCELLED", cancelledAt=books.now.isoformat())

    assert await books.tell("SUBSCRIPTION_CANCELLED", subscription=ended) == "unmatched"
    assert await books.tell("SUBSCRIPTION_CREATED", subscription=subscription(), at=began) == "unmatched"
    await books.tell("PAYMENT_COMPLETED", books.order(sale), at=began)

    record = books.heard.subscriptions[-1][1]
    assert record.status == "CANCELLED"
    assert [change for change, _ in books.heard.subscriptions].count("cancelled") == 1
    assert record.access_until == START + timedelta(days=30)


@pytest.mark.parametrize("without", [{}, {"metadata": None}])
async def test_a_renewal_that_is_told_before_the_beginning_counts(
    books: Books, without: dict[str, Any]
) -> None:
    sale = await books.sale(CLUB)
    began = books.now
    books.pass_time(days=31)
    renewal = books.order(sale, id="ord_renewal", orderNumber="rnw_1", **without)
    renewed = began + timedelta(days=30)

    await books.tell("SUBSCRIPTION_RENEWED", subscription=LATER, at=renewed)
    await books.tell("PAYMENT_COMPLETED", renewal, at=renewed)
    await books.tell("SUBSCRIPTION_CREATED", subscription=subscription(), at=began)
    await books.tell("PAYMENT_COMPLETED", books.order(sale), at=began)

    assert sorted(books.heard.changes) == ["paid", "renewed"]
    assert await books.reasons() == []
    [row] = await books.rows("SELECT current_period_end FROM subscriptions")
    assert instant(row["current_period_end"]).date().isoformat() == "2026-07-31"


async def test_a_renewals_payment_need_not_name_its_subscription(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    books.pass_time(days=30)
    renewal = books.order(sale, id="ord_renewal", orderNumber="rnw_1")

    assert await books.tell("PAYMENT_COMPLETED", renewal) == "applied"
    assert await books.tell("SUBSCRIPTION_RENEWED", subscription=LATER) == "applied"

    assert books.heard.changes == ["paid", "renewed"]
    assert books.heard.orders[-1][1].subscription_id == "sub_1"


async def test_such_a_payment_waits_until_its_subscription_is_known(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.tell("PAYMENT_COMPLETED", books.order(sale))
    renewal = books.order(sale, id="ord_renewal", orderNumber="rnw_1")
    assert await books.tell("PAYMENT_COMPLETED", renewal) == "quarantined"

    await books.tell("SUBSCRIPTION_CREATED", subscription=subscription())

    assert books.heard.changes == ["paid", "renewed"]
    assert await books.reasons() == []


async def test_an_order_of_other_things_with_copied_metadata_renews_nothing(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    cheap = [{"productId": None, "name": "Club", "quantity": 1, "amount": 1}]
    forged = books.order(sale, id="ord_x", orderNumber="cs_x", items=cheap, amount=1)

    assert await books.tell("PAYMENT_COMPLETED", forged) == "quarantined"

    assert await books.reasons() == [["used_already"]]
    assert books.heard.changes == ["paid"]


@pytest.mark.parametrize("named", [None, subscription(id="sub_2", status="TRIALING")])
async def test_a_trial_of_nothing_with_copied_metadata_renews_nothing(
    books: Books, named: dict[str, Any] | None
) -> None:
    sale = await books.sale(TRIAL)
    await books.begin(sale, subscription(status="TRIALING"), amount=0)
    books.pass_time(hours=1)
    copied = books.order(sale, id="ord_x", orderNumber="cs_x", amount=0)

    assert await books.tell("PAYMENT_COMPLETED", copied, subscription=named, beside=True) != "applied"

    assert await books.reasons() == [["used_already"]]
    assert books.heard.changes == ["paid"]


async def test_an_order_of_another_subscription_with_copied_metadata_renews_nothing(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    copied = books.order(sale, id="ord_x", orderNumber="cs_x")

    await books.tell("PAYMENT_COMPLETED", copied, subscription=subscription(id="sub_2"), beside=True)

    assert await books.reasons() == [["used_already"]]
    assert books.heard.changes == ["paid"]


async def test_a_subscription_that_has_ended_isnt_renewed_by_a_copy_of_its_metadata(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    books.pass_time(days=1)
    ended = subscription(status="CANCELLED", cancelledAt=books.now.isoformat())
    await books.tell("SUBSCRIPTION_CANCELLED", subscription=ended)
    books.pass_time(days=30)

    copied = books.order(sale, id="ord_x", orderNumber="cs_x")
    assert await books.tell("PAYMENT_COMPLETED", copied) == "quarantined"


async def test_a_copy_of_a_sales_metadata_begins_no_second_subscription_of_it(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)

    copied = books.order(sale, id="ord_x", orderNumber="cs_x")
    await books.tell("SUBSCRIPTION_CREATED", copied, subscription=subscription(id="sub_2"), beside=True)

    assert await books.rows("SELECT subscription_id FROM subscriptions") == [{"subscription_id": "sub_1"}]


async def test_a_lost_database_finds_a_subscription_and_its_end_again(books: Books) -> None:
    sale = await books.sale(CLUB)
    began = books.now
    await books.lose()
    books.pass_time(days=2)
    ended = subscription(status="CANCELLED", cancelledAt=books.now.isoformat())

    await books.tell("SUBSCRIPTION_CANCELLED", subscription=ended)
    await books.tell("PAYMENT_COMPLETED", books.order(sale), at=began)

    assert books.heard.changes == ["paid"]
    assert books.heard.subscriptions[-1][1].status == "CANCELLED"


# --- whose it is, where webhooks alone tell -------------------------------------------------------------


async def _tied(books: Books) -> list[tuple[str, int]]:
    rows = await books.rows("SELECT subscription_id, sale_id FROM subscriptions ORDER BY id")
    return [(row["subscription_id"], row["sale_id"]) for row in rows]


async def test_what_is_told_between_two_payments_waits_for_the_second(books: Books) -> None:
    first, second = await books.sale(CLUB), await books.sale(CLUB)
    await books.tell("PAYMENT_COMPLETED", books.order(first))
    books.pass_time(seconds=20)
    of_second = subscription(books.now, id="sub_2")

    await books.tell("SUBSCRIPTION_CREATED", subscription=of_second)
    assert await _tied(books) == []
    await books.tell("PAYMENT_COMPLETED", books.order(second))
    books.pass_time(minutes=1)
    await books.inbox.apply_due()

    assert await _tied(books) == [], "either may have begun it"
    [note] = await books.rows(f"SELECT text FROM {NOTES}")
    assert "A subscription started" in english(note["text"])


async def test_an_open_link_to_the_same_delays_no_more_than_a_minute(books: Books) -> None:
    sale, _open = await books.sale(CLUB), await books.sale(CLUB)
    await books.begin(sale)
    assert await _tied(books) == []

    books.pass_time(minutes=1)
    await books.inbox.apply_due()

    assert await _tied(books) == [("sub_1", sale.sale_id)]
    assert await books.rows(f"SELECT text FROM {NOTES}") == []


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 2400},
        {"currency": "EUR"},
        {"billingInterval": "YEARLY"},
        {"status": "TRIALING"},
        {"currentPeriodStart": (START + timedelta(minutes=3)).isoformat()},
    ],
)
async def test_what_differs_is_of_nothing_that_was_sold_here(books: Books, other: dict[str, Any]) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale, subscription(**other))

    assert await _tied(books) == []


async def test_what_the_stores_own_site_sells_in_the_same_moment_is_not_taken_for_ours(books: Books) -> None:
    sale = await books.sale(CLUB)
    site = books.order(sale, id="ord_site", orderNumber="cs_site", metadata={})
    await books.tell("PAYMENT_COMPLETED", site)
    await books.begin(sale)

    assert await _tied(books) == []
    [note] = await books.rows(f"SELECT text FROM {NOTES}")
    assert "A subscription started" in english(note["text"])


async def test_where_the_store_sells_elsewhere_too_a_subscription_waits_for_a_payment_told_later(
    books: Books,
) -> None:
    """Else a stranger's subscription could keep a member's access up, or end it."""
    sale = await books.sale(CLUB)
    await books.tell("PAYMENT_COMPLETED", books.order(sale, id="ord_0", orderNumber="cs_0", metadata={}))
    books.pass_time(hours=1)
    await books.begin(sale, subscription(books.now, id="sub_site"))
    assert await _tied(books) == []

    site = books.order(sale, id="ord_site", orderNumber="cs_site", metadata={})
    await books.tell("PAYMENT_COMPLETED", site)
    books.pass_time(minutes=1)
    await books.inbox.apply_due()

    assert await _tied(books) == [], "it may be the stranger's"
    [note] = await books.rows(f"SELECT text FROM {NOTES}")
    assert "A subscription started" in english(note["text"])


async def test_staff_hear_of_a_second_one_that_fits_what_has_one(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale, subscription(id="sub_site"))
    assert await _tied(books) == [("sub_site", sale.sale_id)]

    await books.tell("SUBSCRIPTION_CREATED", subscription=subscription())

    [note] = await books.rows(f"SELECT text FROM {NOTES}")
    assert "(`sub_1`)" in english(note["text"])


async def test_a_payment_like_a_renewal_from_a_checkout_renews_nothing(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    books.pass_time(days=30)
    await books.tell("SUBSCRIPTION_RENEWED", subscription=subscription(books.now))
    for number, other in (("cs_x", {}), ("rnw_1", {"amount": 1}), ("rnw_2", {"items": None})):
        order = books.order(sale, id=number, orderNumber=number, metadata=None, **other)
        assert await books.tell("PAYMENT_COMPLETED", order) == "unmatched"

    assert books.heard.changes == ["paid"]


async def test_two_payments_that_may_be_the_same_renewal_are_taken_for_none(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    books.pass_time(days=30)
    for number in ("rnw_1", "rnw_2"):
        order = books.order(sale, id=number, orderNumber=number, metadata=None)
        await books.tell("PAYMENT_COMPLETED", order)

    assert await books.tell("SUBSCRIPTION_RENEWED", subscription=subscription(books.now)) == "applied"

    assert books.heard.changes == ["paid"]


# --- when it ends ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("behind", "days"), [(False, 60), (True, 33)])
async def test_what_is_cancelled_unpaid_ends_at_once_and_what_is_paid_with_its_period(
    books: Books,
    behind: bool,  # noqa: FBT001
    days: int,
) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    period = subscription(START + timedelta(days=30))
    books.pass_time(days=30)
    kind, status = ("PAST_DUE", "PAST_DUE") if behind else ("RENEWED", "ACTIVE")
    await books.tell(f"SUBSCRIPTION_{kind}", subscription={**period, "status": status})
    books.pass_time(days=3)

    ended = {**period, "status": "CANCELLED", "cancelledAt": books.now.isoformat()}
    await books.tell("SUBSCRIPTION_CANCELLED", subscription=ended)

    assert books.heard.subscriptions[-1][1].access_until == START + timedelta(days=days)


async def test_a_renewal_from_before_a_refund_told_late_takes_nothing_up_again(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    books.pass_time(days=31)
    await books.tell("PAYMENT_REFUNDED", books.order(sale, status="REFUNDED", metadata=None))
    renewed = START + timedelta(days=30)

    await books.tell("SUBSCRIPTION_RENEWED", subscription=subscription(renewed), at=renewed)

    [row] = await books.rows("SELECT status FROM subscriptions")
    assert row["status"] == "CANCELLED"
