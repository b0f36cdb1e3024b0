"""Which payments count: ours, for what was sold, at the price that was asked for."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.checkout.signing import Signer, new_nonce
from bot.payments.matching import SaleMatching
from bot.payments.quarantine_repository import QuarantineRepository
from tests.harness.books import ALICE, KEY, SHOP, Books, line, open_books
from tests.harness.properties import run_in_loop
from tests.harness.saying import english
from tests.harness.staff_notes import NOTES

PAY_WHAT_YOU_WANT = line(unit_amount=None, minimum=300, quantity=1)


def item(**changes: Any) -> dict[str, Any]:
    return {
        "productId": "prd_guard",
        "variantId": None,
        "name": "GroveGuard",
        "quantity": 2,
        "amount": 2500,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 4999}, "amount_too_small"),
        ({"amount": 1}, "amount_too_small"),
        ({"amount": 5001}, "amount_too_large"),
        ({"amount": 0}, "nothing_paid"),
        ({"amount": -5000}, "amount_missing"),
        ({"amount": None}, "amount_missing"),
        ({"amount": "5000"}, "amount_missing"),
        ({"amount": True}, "amount_missing"),
        ({"amount": 2**70}, "amount_missing"),
        ({"currency": "JPY"}, "other_currency"),
        ({"items": None}, "items_missing"),
        ({"items": []}, "items_missing"),
        ({"items": [item(quantity=1)]}, "items_differ"),
        ({"items": [item(quantity=None)]}, "items_differ"),
        ({"items": [item(productId="prd_other")]}, "items_differ"),
        ({"items": [item(variantId="var_other")]}, "items_differ"),
        ({"items": [item(), item(productId="prd_other")]}, "items_differ"),
        ({"items": [item(quantity=3), item(quantity=-1)]}, "items_differ"),
        ({"items": [item(), None]}, "items_missing"),
    ],
)
async def test_a_payment_of_our_session_that_doesnt_fit_waits_for_staff(
    books: Books, changes: dict[str, Any], reason: str
) -> None:
    sale = await books.sale()

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, **changes)) == "quarantined"

    assert await books.reasons() == [[reason]]
    assert books.heard.changes == []
    assert await books.sale_status(sale) == "open"
    [note] = await books.rows(f"SELECT text FROM {NOTES}")
    assert "/store quarantine" in english(note["text"])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"amount": 5000.0},
        {"metadata": None, "customFields": []},
        {"currency": None},
        {"items": [item(quantity=1), item(quantity=1)]},
        {"amount": 4500, "payment": {"discountAmount": 500}},
        {"amount": 5950, "payment": {"taxAmount": 950}},
        {"amount": 5450, "payment": {"discountAmount": 500, "taxAmount": 950}},
        {"amount": 5000, "payment": {"taxAmount": 950, "totalAmount": 5950}},
    ],
)
async def test_a_payment_that_fits_counts_however_the_store_words_it(
    books: Books, changes: dict[str, Any]
) -> None:
    sale = await books.sale()

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, **changes)) == "applied"

    assert books.heard.changes == ["paid"]


async def test_the_discount_of_our_own_session_needs_no_naming(books: Books) -> None:
    sale = await books.sale(coupon="LEAF10", discount=500)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=4500)) == "applied"


@pytest.mark.parametrize(("amount", "outcome"), [(299, "quarantined"), (300, "applied"), (9900, "applied")])
async def test_a_payer_who_picks_the_price_gives_at_least_the_minimum(
    books: Books, amount: int, outcome: str
) -> None:
    sale = await books.sale(PAY_WHAT_YOU_WANT)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=amount)) == outcome


# --- forged claims ------------------------------------------------------------------------------------


async def test_metadata_copied_from_our_sale_into_another_session_counts_for_nothing(books: Books) -> None:
    sale = await books.sale()
    copied = books.order(sale, id="ord_copy", orderNumber="cs_copy")

    assert await books.tell("PAYMENT_COMPLETED", copied) == "quarantined"

    assert await books.reasons() == [["used_already"]]
    assert await books.sale_status(sale) == "open"


@pytest.mark.parametrize(
    "changes",
    [
        {"discord_user_id": "666"},
        {"discord_guild_id": "666"},
        {"discord_recipient_id": "666"},
        {"signature": "0" * 64},
        {"signature": ""},
        {"signature": "\ud800"},
        {"discord_user_id": "9" * 5000},
        {"sale": "aaaaaaaaaa"},
        {"sale": "'; DROP TABLE"},
        {"signature": "v2." + "n" * 22 + "." + "0" * 64},
    ],
)
async def test_changed_metadata_counts_for_nothing(books: Books, changes: dict[str, str]) -> None:
    sale = await books.sale(made=False)
    order = books.order(sale, metadata={**sale.metadata, **changes})

    assert await books.tell("PAYMENT_COMPLETED", order) == "quarantined"

    assert await books.reasons() == [["not_signed"]]
    assert books.heard.changes == []


@pytest.mark.parametrize("kind", ["PAYMENT_PENDING", "PAYMENT_PROCESSING", "PAYMENT_FAILED"])
async def test_only_a_payment_that_is_there_is_worth_staffs_time(books: Books, kind: str) -> None:
    sale = await books.sale()
    copied = books.order(sale, id="ord_copy", orderNumber="cs_copy", status="PENDING")

    assert await books.tell(kind, copied) == "unmatched"

    assert await books.reasons() == []


async def test_a_dismissed_payment_stays_dismissed(books: Books) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=1))
    async with books.database.write() as tx:
        await QuarantineRepository(tx).decide(1, "dismissed", by=1, now=books.now)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "dismissed"

    assert books.heard.changes == []


async def test_a_payment_that_fits_on_a_second_look_counts(books: Books) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_COMPLETED", books.order(sale, items=None))

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "applied"

    assert await books.reasons() == []
    assert books.heard.changes == ["paid"]


async def test_a_refund_ends_what_waits_for_staff(books: Books) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=1))

    await books.tell("PAYMENT_REFUNDED", books.order(sale, amount=1))

    assert await books.reasons() == []
    assert books.heard.changes == []


# --- a lost database ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines", [(line(),), (line(), line(product_id="prd_b", variant_id="var_b")), (PAY_WHAT_YOU_WANT,)]
)
async def test_after_a_lost_database_our_signature_brings_the_sale_back_once(
    books: Books, lines: tuple[Any, ...]
) -> None:
    sale = await books.sale(*lines)
    order = books.order(sale)
    order["items"].reverse()
    if order["amount"] == 0:
        order["amount"] = order["items"][0]["amount"] = 700
    await books.lose()

    assert await books.tell("PAYMENT_COMPLETED", order) == "applied"
    assert await books.tell("PAYMENT_COMPLETED", order) == "known"
    twin = {**order, "id": "ord_twin", "orderNumber": "cs_twin"}
    assert await books.tell("PAYMENT_COMPLETED", twin) == "quarantined"

    [row] = await books.rows("SELECT * FROM sales")
    assert (row["reference"], row["buyer_id"]) == (
        sale.metadata["sale"],
        int(sale.metadata["discord_user_id"]),
    )
    assert (row["guild_id"], row["status"]) == (SHOP.guild_id, "paid")
    assert books.heard.changes == ["paid"]


@pytest.mark.parametrize("field", ["amount", "price"])
@pytest.mark.parametrize("per", ["unit", "line"])
async def test_a_lines_amount_is_read_for_one_unit_or_for_all_by_what_was_signed(
    books: Books, field: str, per: str
) -> None:
    sale = await books.sale(line(quantity=3), line(product_id="prd_b", unit_amount=1000, quantity=2))
    order = books.order(sale)
    for each in order["items"]:
        each[field] = each.pop("amount") * (each["quantity"] if per == "line" else 1)
    await books.lose()

    assert await books.tell("PAYMENT_COMPLETED", order) == "applied"

    [row] = await books.rows("SELECT subtotal FROM sales")
    assert row["subtotal"] == 3 * 2500 + 2 * 1000
    [kept] = await books.rows("SELECT items FROM orders")
    assert [each["price"] for each in json.loads(kept["items"])] == [2500, 1000]


@pytest.mark.parametrize(
    "changes",
    [
        {"items": [item(amount=1)], "amount": 2},
        {"items": [item(amount=1250)]},
        {"items": [item(amount=10000)], "amount": 10000},
        {"items": [item(productId="prd_other")]},
        {"amount": 4000},
        {"currency": "EUR"},
        {"items": None},
    ],
)
async def test_after_a_lost_database_what_our_signature_doesnt_cover_counts_for_nothing(
    books: Books, changes: dict[str, Any]
) -> None:
    sale = await books.sale()
    await books.lose()

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, **changes)) == "quarantined"

    assert await books.rows("SELECT * FROM sales") == []
    assert books.heard.changes == []


async def test_another_key_signs_nothing_of_ours(books: Books) -> None:
    sale = await books.sale()
    await books.lose()
    books.payments.matching = SaleMatching(Signer("another-key-of-another-shop"), books.clock)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "quarantined"

    assert await books.rows("SELECT * FROM sales") == []


def test_a_signature_covers_each_of_its_facts() -> None:
    from bot.checkout.models import Basket

    signer, basket = Signer(KEY), Basket((line(),))
    metadata = signer.metadata("abcdefghjk", ALICE, SHOP, basket, new_nonce())

    assert signer.verifies(metadata, basket)
    for key in set(metadata) - {"signature"}:
        assert not signer.verifies({**metadata, key: "changed"}, basket), key
        assert not signer.verifies({k: v for k, v in metadata.items() if k != key}, basket), key
    for changed in (line(quantity=1), line(unit_amount=1), line(variant_id="v"), line(currency="EUR")):
        assert not signer.verifies(metadata, Basket((changed,))), changed


# --- by the hundred -----------------------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["id", "orderNumber", "status", "amount", "currency", "customFields", "metadata", "items", "payment"]
)
_KINDS = st.sampled_from(
    [
        "PAYMENT_PENDING",
        "PAYMENT_PROCESSING",
        "PAYMENT_COMPLETED",
        "PAYMENT_FAILED",
        "PAYMENT_REFUNDED",
        "PAYMENT_DISPUTED",
        "PAYMENT_DISPUTE_WON",
        "PAYMENT_DISPUTE_LOST",
        "PAYMENT_DISPUTE_PREVENTED",
        "SUBSCRIPTION_CREATED",
        "SUBSCRIPTION_RENEWED",
    ]
)


async def test_no_mangled_order_counts_and_none_stops_the_inbox(tmp_path: Any) -> None:
    """Orders of which some fields are replaced by anything at all."""
    async with open_books(tmp_path) as books:
        tried = 0

        @settings(suppress_health_check=list(HealthCheck))
        @given(_KINDS, st.dictionaries(_FIELDS, _JSON, min_size=1, max_size=4), _JSON)
        async def mangle(kind: str, changes: dict[str, Any], subscription: Any) -> None:
            nonlocal tried
            tried += 1
            sale = await books.sale()
            # An order must not become right by leaving out what isn't needed.
            changes = {**changes, "amount": changes.get("amount", 1)}
            if changes["amount"] == 5000:
                return
            order = books.order(sale, **changes)
            before = len(books.heard.orders)
            outcome = await books.tell(kind, order, subscription=subscription, beside=True)
            told = [change for change, _ in books.heard.orders[before:]]
            assert outcome != "None", await books.rows("SELECT error FROM events ORDER BY id DESC LIMIT 1")
            assert not {"paid", "renewed", "paid_again"}.intersection(told), (kind, order)
            assert await books.sale_status(sale) != "paid", (kind, json.dumps(order))

        await run_in_loop(mangle)
        assert tried >= settings().max_examples
