"""What the store says of orders: in any order, repeated, early, late, and with half of it missing."""

from datetime import timedelta

import pytest

from tests.harness.books import Books, club, subscription
from tests.harness.saying import english
from tests.harness.staff_notes import NOTES


async def test_a_payment_pays_its_session_once_however_often_it_is_told(books: Books) -> None:
    sale = await books.sale()
    event = books.event("PAYMENT_COMPLETED", books.order(sale))

    await books.receive(event, event)
    again = await books.tell("PAYMENT_COMPLETED", books.order(sale))

    assert again == "known"
    assert books.heard.changes == ["paid"]
    assert (await books.session_state(sale), await books.sale_status(sale)) == ("paid", "paid")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("expired", "after their link expired"),
        ("withdrawn", "after their link was cancelled"),
        ("superseded", "with a link that had been replaced"),
        ("failed", "with a link that we thought was never made"),
    ],
)
async def test_a_payment_wins_whatever_the_session_is_and_a_late_one_is_marked(
    books: Books, state: str, said: str
) -> None:
    sale = await books.sale()
    books.pass_time(hours=7)
    async with books.database._database.writer.transaction() as connection:
        await connection.rows(f"UPDATE sessions SET state = '{state}'", {})

    await books.tell("PAYMENT_COMPLETED", books.order(sale))

    [(change, order)] = books.heard.orders
    assert (change, order.late) == ("paid", True)
    assert (await books.session_state(sale), await books.sale_status(sale)) == ("paid", "paid")
    [note] = await books.rows(f"SELECT text FROM {NOTES}")
    assert f"Someone paid {said}. The payment counts." in english(note["text"])


async def test_what_comes_before_our_own_commit_pays_the_session_that_is_being_made(books: Books) -> None:
    sale = await books.sale(made=False)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "applied"
    await books.make(sale)

    assert await books.session_state(sale) == "paid"
    assert books.heard.changes == ["paid"]


async def test_what_comes_early_without_metadata_waits_for_our_commit(books: Books) -> None:
    sale = await books.sale(made=False)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, metadata=None)) == "unmatched"
    assert await books.make(sale)
    await books.inbox.apply_due()

    assert await books.session_state(sale) == "paid"
    assert books.heard.changes == ["paid"]


async def test_a_clearing_payment_outlives_its_session_and_then_pays(books: Books) -> None:
    sale = await books.sale()
    clearing = books.order(sale, status="PENDING", payment={"status": "PROCESSING"})

    await books.tell("PAYMENT_PROCESSING", clearing)
    books.pass_time(days=3)
    await books.expire()

    assert (await books.session_state(sale), await books.sale_status(sale)) == ("open", "clearing")
    await books.tell("PAYMENT_COMPLETED", books.order(sale))
    assert books.heard.changes == ["clearing", "paid"]
    assert not books.heard.orders[-1][1].late
    assert await books.sale_status(sale) == "paid"


async def test_a_clearing_payment_that_fails_leaves_the_session_to_its_time(books: Books) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_PROCESSING", books.order(sale, status="PENDING"))

    books.pass_time(hours=1)
    await books.tell("PAYMENT_FAILED", books.order(sale, status="FAILED"))
    assert await books.sale_status(sale) == "open"

    books.pass_time(hours=6)
    await books.expire()
    assert await books.sale_status(sale) == "expired"


async def test_a_declined_payment_leaves_the_session_open(books: Books) -> None:
    sale = await books.sale()

    await books.tell("PAYMENT_FAILED", books.order(sale, id="ord_first", status="FAILED"))
    assert await books.sale_status(sale) == "open"
    await books.tell("PAYMENT_COMPLETED", books.order(sale, id="ord_second"))

    assert books.heard.changes == ["failed", "paid"]
    assert await books.money() == ["failed", "paid"]


async def test_a_refund_that_overtakes_its_payment_is_the_last_word(books: Books) -> None:
    sale = await books.sale()

    await books.tell("PAYMENT_REFUNDED", books.order(sale, status="REFUNDED", metadata=None, items=None))
    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "known"

    assert books.heard.changes == ["refunded"]
    assert (await books.session_state(sale), await books.sale_status(sale)) == ("paid", "refunded")


async def test_a_dispute_and_its_end_count_in_the_order_in_which_they_were_said(books: Books) -> None:
    sale = await books.sale()
    start = books.now
    await books.tell("PAYMENT_COMPLETED", books.order(sale))
    books.pass_time(days=30)

    bare = {"id": f"ord_{sale.session_id}", "orderNumber": sale.session_id}
    await books.tell("PAYMENT_DISPUTE_WON", bare, at=start + timedelta(days=20))
    await books.tell("PAYMENT_DISPUTED", bare, at=start + timedelta(days=10))
    assert await books.sale_status(sale) == "paid"

    await books.tell("PAYMENT_DISPUTED", bare, at=start + timedelta(days=25))
    assert await books.sale_status(sale) == "disputed"
    await books.tell("PAYMENT_DISPUTE_LOST", bare, at=start + timedelta(days=26))
    assert books.heard.changes == ["paid", "disputed", "dispute_lost"]
    assert await books.money() == ["lost"]


async def test_a_won_dispute_gives_the_sale_back(books: Books) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_COMPLETED", books.order(sale))
    await books.tell("PAYMENT_DISPUTED", books.order(sale, metadata=None))
    assert await books.sale_status(sale) == "disputed"

    await books.tell("PAYMENT_DISPUTE_WON", books.order(sale, metadata=None))

    assert books.heard.changes == ["paid", "disputed", "dispute_won"]
    assert await books.sale_status(sale) == "paid"


async def test_a_dispute_that_was_won_before_we_heard_of_the_payment_pays(books: Books) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_DISPUTED", books.order(sale))

    await books.tell("PAYMENT_DISPUTE_WON", books.order(sale))

    assert books.heard.changes == ["disputed", "paid"]


async def test_a_second_paid_session_of_a_sale_is_marked_and_staff_are_offered_a_refund(
    books: Books,
) -> None:
    sale = await books.sale()
    books.pass_time(hours=7)
    await books.expire()
    renewed = await books.next_session(sale, made=True)

    await books.tell("PAYMENT_COMPLETED", books.order(sale))
    assert await books.session_state(renewed) == "superseded"
    await books.tell("PAYMENT_COMPLETED", books.order(renewed))

    assert [(change, order.again) for change, order in books.heard.orders] == [
        ("paid", False),
        ("paid_again", True),
    ]
    notes = await books.rows(f"SELECT key, buttons FROM {NOTES} WHERE key LIKE 'again:%'")
    [second] = await books.rows("SELECT reference FROM orders WHERE id = 2")
    assert f"bamboo:refund:{second['reference']}" in notes[0]["buttons"]


@pytest.mark.parametrize("order", [None, {}, [], "x", 5, {"id": None}, {"id": 7, "orderNumber": {}}])
async def test_an_event_that_names_no_order_is_survived(books: Books, order: object) -> None:
    await books.sale()

    assert await books.tell("PAYMENT_COMPLETED", order) == "empty"


async def test_an_event_of_a_kind_that_is_new_is_kept(books: Books) -> None:
    sale = await books.sale()

    assert await books.tell("PAYMENT_SPLIT", books.order(sale)) == "ignored"

    assert books.heard.changes == []


async def test_a_sale_of_the_store_itself_is_nobodys_business(books: Books) -> None:
    sale = await books.sale()
    order = books.order(sale, id="ord_web", orderNumber="cs_of_the_website", metadata={"campaign": "spring"})

    assert await books.tell("PAYMENT_COMPLETED", order) == "unmatched"

    assert await books.reasons() == []


# --- subscriptions ------------------------------------------------------------------------------------


CLUB = club()
TRIAL = club(trial_days=14)


async def test_a_subscription_belongs_to_the_order_that_began_it_and_a_renewal_to_the_subscription(
    books: Books,
) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    books.pass_time(days=30)

    renewal = books.order(sale, id="ord_renewal", orderNumber="rnw_1", metadata=None)
    await books.tell("SUBSCRIPTION_RENEWED", subscription=subscription(books.now))
    await books.tell("PAYMENT_COMPLETED", renewal)

    assert books.heard.changes == ["paid", "renewed"]
    assert [change for change, _ in books.heard.subscriptions] == ["created", "renewed"]
    assert books.heard.subscriptions[-1][1].current_period_end.month == 7
    assert books.heard.orders[-1][1].subscription_id == "sub_1"
    assert await books.rows(f"SELECT key FROM {NOTES}") == []


async def test_a_trial_of_nothing_counts_with_its_subscription_whichever_comes_first(books: Books) -> None:
    for number in (1, 2):
        sale = await books.sale(TRIAL)
        trial = subscription(books.now, id=f"sub_{number}", status="TRIALING")
        events = [
            ("SUBSCRIPTION_CREATED", {}, trial),
            ("PAYMENT_COMPLETED", books.order(sale, amount=0), None),
        ]
        for kind, order, given in events if number == 1 else events[::-1]:
            await books.tell(kind, order, subscription=given)
        books.pass_time(hours=1)

    assert books.heard.changes == ["paid", "paid"]
    assert await books.reasons() == []
    assert await books.rows(f"SELECT * FROM {NOTES}") == []


@pytest.mark.parametrize("status", ["ACTIVE", "TRIALING"])
async def test_nothing_paid_without_a_trial_counts_for_nothing(books: Books, status: str) -> None:
    sale = await books.sale(CLUB)

    await books.begin(sale, subscription(status=status), amount=0)

    assert await books.reasons() == [["nothing_paid"]]
    assert len(await books.rows(f"SELECT * FROM {NOTES} WHERE key LIKE 'quarantine:%'")) == 1


async def test_a_subscriptions_life_is_told_and_what_comes_late_is_not(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    start = books.now
    books.pass_time(days=40)
    for days, kind in ((30, "PAST_DUE"), (33, "RENEWED"), (35, "PAUSED"), (36, "RESUMED"), (38, "CANCELLED")):
        at = start + timedelta(days=days)
        await books.tell(f"SUBSCRIPTION_{kind}", None, subscription={"id": "sub_1"}, at=at)
    late = await books.tell(
        "SUBSCRIPTION_PAST_DUE", None, subscription={"id": "sub_1"}, at=start + timedelta(days=30)
    )

    told = [change for change, _ in books.heard.subscriptions]
    assert told == ["created", "past_due", "renewed", "paused", "resumed", "cancelled"]
    assert late == "known"
    assert books.heard.subscriptions[-1][1].status == "CANCELLED"


async def test_a_subscription_that_isnt_ours_is_left_alone(books: Books) -> None:
    await books.sale(CLUB)

    foreign = {"id": "ord_x", "orderNumber": "cs_x"}
    both = {"subscription": subscription(), "beside": True}
    assert await books.tell("SUBSCRIPTION_CREATED", foreign, **both) == "unmatched"
    assert await books.tell("SUBSCRIPTION_CANCELLED", subscription=subscription()) == "unmatched"
