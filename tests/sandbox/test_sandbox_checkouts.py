from datetime import timedelta
from typing import Any

import pytest

from sandbox import Coupon, CouponType, Sandbox
from tests.harness.clock import Clock
from tests.openapi import needs_the_files, specification
from tests.sandbox.calling import Caller

pytestmark = pytest.mark.specification

ADDRESS = {"line1": "1 Market St", "city": "Berlin", "state": "BE", "postal_code": "10115", "country": "DE"}
CUSTOMER = {"name": "Mina", "email": "mina@example.com", "billing": ADDRESS}
FIELD = {"key": "name", "label": {"type": "custom", "custom": "In-game name"}, "type": "text"}


async def test_a_session_is_created_with_its_page_and_lives_six_hours(api: Caller, clock: Clock):
    answer = await api.checkout(api.item("skyblock-map", 2), amount=2998, metadata={"sale": "s-1"})
    session = answer.data
    assert answer.status == 201
    assert session["id"].startswith("cs_")
    assert session["checkout_url"] == f"{api.sandbox.url}/c/{session['id']}"
    assert session["expires_at"] == (clock() + timedelta(hours=6)).timestamp() * 1000
    assert (session["amount"], session["tax_amount"], session["total_amount"]) == (2998, 0, 2998)
    assert session["metadata"] == {"sale": "s-1"}
    assert session["title"] == "Bamboo Grove"
    assert api.sandbox.sessions[session["id"]].metadata == {"sale": "s-1"}


@needs_the_files
async def test_a_session_is_described_with_nothing_undocumented(api: Caller):
    session = await api.checkout(
        api.item("grove-shirt", variant="S / Rust"),
        {"name": "Gift wrap", "amount": 150, "quantity": 2},
        title="Your order",
        description="With a bow",
        customer=CUSTOMER,
        coupon_code="WELCOME10",
        display={"fields": [FIELD]},
        return_url="https://discord.com/channels/@me",
        cancel_url="https://discord.com/channels/@me",
    )
    assert specification("checkout").body_errors("CheckoutSession", session.data) == []
    assert session.data["items"][0]["name"] == "Grove T-shirt (S / Rust)"
    estimate = await api.estimate(api.item("vip-monthly"), country="DE", coupon_code="FIVEOFF")
    assert specification("checkout").body_errors("EstimateResponse", estimate.data) == []


async def test_tax_is_added_where_the_payer_is_known(api: Caller):
    session = (await api.checkout(api.item("skyblock-map"), customer=CUSTOMER, coupon_code="FIVEOFF")).data
    # 19 % of 14.99 - 5.00
    assert (session["discount_amount"], session["tax_amount"], session["total_amount"]) == (500, 190, 1189)


async def test_the_tax_id_of_a_business_takes_the_tax_off(api: Caller):
    answer = await api.estimate(api.item("skyblock-map"), country="DE", tax_id="DE123456789")
    assert answer.data["tax"] == {"rate": 0, "amount": 0}


async def test_a_customer_is_called_by_a_name(api: Caller):
    answer = await api.checkout(api.item("skyblock-map"), customer={**CUSTOMER, "name": "mina@example.com"})
    assert answer.status == 400
    assert "customer.name" in answer.error


async def test_an_estimate_creates_nothing_and_names_the_payment_methods_of_the_country(api: Caller):
    brazil = (await api.estimate(api.item("skyblock-map"), country="BR")).data
    assert brazil["available_payment_methods"] == ["CARD", "APPLE_PAY", "GOOGLE_PAY", "PIX"]
    germany = (await api.estimate(api.item("skyblock-map"), country="DE", coupon_code="WELCOME10")).data
    assert germany["discount"] == {"code": "WELCOME10", "amount": 150, "type": "PERCENTAGE", "value": 10}
    assert germany["total"] == 1499 - 150 + germany["tax"]["amount"]
    assert api.sandbox.sessions == {}


async def test_the_payer_picks_the_price_later_so_the_session_begins_at_the_minimum(api: Caller):
    session = (await api.checkout(api.item("soundtrack", 2))).data
    assert session["amount"] == 600
    refused = await api.checkout(api.item("soundtrack"), amount=300)
    assert (refused.status, "payer chooses" in refused.error) == (400, True)


async def test_a_free_product_goes_along_with_another_but_not_alone(api: Caller):
    alone = await api.checkout(api.item("wallpapers"))
    assert (alone.status, alone.error) == (400, "The total must be at least 100, and it is 0.")
    assert (await api.checkout(api.item("wallpapers"), api.item("emote-pack"))).data["amount"] == 350


async def test_cheap_items_are_sold_by_the_handful(api: Caller):
    assert (await api.checkout(api.item("single-sticker", 2))).status == 400
    assert (await api.checkout(api.item("single-sticker", 3))).data["total_amount"] == 147


async def test_a_coupon_may_not_take_the_total_below_the_minimum(api: Caller):
    answer = await api.checkout(api.item("grove-shirt", variant="S / Rust"), coupon_code="FIVEOFF")
    assert answer.data["total_amount"] == 1900
    answer = await api.checkout(api.item("emote-pack"), coupon_code="FIVEOFF")
    assert "at least 100" in answer.error


@pytest.mark.parametrize(
    ("handle", "quantity", "said"),
    [
        ("lantern-pass", 1, "is not available yet"),
        ("spring-bundle", 1, "is no longer available"),
        ("beta-key", 1, "is out of stock"),
        ("server-setup", 3, "has only 2 left"),
        ("game-key", 3, "is limited to 2 per customer"),
        ("grove-shirt", 1, "Choose a variant"),
    ],
)
async def test_what_cant_be_bought_is_refused_with_the_reason(
    api: Caller, handle: str, quantity: int, said: str
):
    answer = await api.checkout(api.item(handle, quantity))
    assert answer.status == 400
    assert said in answer.error


async def test_availability_changes_with_the_clock(api: Caller, clock: Clock):
    clock.pass_time(days=14)
    assert (await api.checkout(api.item("lantern-pass"))).status == 201
    assert "no longer available" in (await api.checkout(api.item("weekend-skin"))).error


async def test_quantities_of_the_same_product_count_together(api: Caller):
    answer = await api.checkout(
        api.item("panda-hoodie", 2, variant="S"), api.item("panda-hoodie", 1, variant="L")
    )
    assert answer.status == 201
    answer = await api.checkout(
        api.item("panda-hoodie", 3, variant="S"), api.item("panda-hoodie", 1, variant="L")
    )
    assert "limited to 3" in answer.error
    answer = await api.checkout(
        api.item("panda-hoodie", 1, variant="L"), api.item("panda-hoodie", 1, variant="L")
    )
    assert "only 1 left" in answer.error


async def test_single_variants_sell_out(api: Caller):
    answer = await api.checkout(api.item("grove-shirt", variant="M / Bamboo"))
    assert answer.error == "“Grove T-shirt (M / Bamboo)” is out of stock."


async def test_unknown_products_and_variants_are_not_found(api: Caller):
    gone = api.item("enamel-pin")
    api.sandbox.remove_product("enamel-pin")
    assert (await api.checkout(gone)).status == 404
    assert (await api.checkout(api.item("grove-shirt") | {"variant_id": "var_000000000000"})).status == 404
    elsewhere = await api.call("POST", "/stores/shp_000000000000/checkouts", json={"items": []})
    assert elsewhere.status == 404


async def test_all_items_are_in_one_currency(api: Caller):
    answer = await api.checkout(api.item("plush"), api.item("emote-pack"))
    assert answer.error == "All items must be in one currency, not in EUR and USD."
    answer = await api.checkout(api.item("plush"), {"name": "Gift wrap", "amount": 150, "quantity": 1})
    assert "one currency" in answer.error
    assert (await api.checkout(api.item("plush"), api.item("coaching"))).data["amount"] == 6800


async def test_the_amount_guards_against_a_price_that_changed_meanwhile(api: Caller):
    api.sandbox.set_price("castle-schematic", 899)
    answer = await api.checkout(api.item("castle-schematic"), amount=799)
    assert answer.error == "The amount 799 does not match the items, which come to 899."
    # The guard is the item total: neither coupon nor tax count.
    fits = await api.checkout(
        api.item("castle-schematic"), amount=899, coupon_code="WELCOME10", customer=CUSTOMER
    )
    assert fits.status == 201


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("NOSUCH", "does not exist"),
        ("EXPIRED", "has expired"),
        ("ATOLL5", "does not apply to these items"),
        ("SOON", "is not valid yet"),
        ("GONE", "has been used up"),
        ("BIG", "needs a larger purchase"),
    ],
)
async def test_a_coupon_that_doesnt_hold_is_refused(api: Caller, clock: Clock, code: str, said: str):
    soon = clock() + timedelta(days=1)
    api.sandbox.add_coupon(Coupon(code="SOON", type=CouponType.PERCENTAGE, value=5, starts_at=soon))
    api.sandbox.add_coupon(Coupon(code="GONE", type=CouponType.PERCENTAGE, value=5, max_uses=3, times_used=3))
    api.sandbox.add_coupon(
        Coupon(code="BIG", type=CouponType.FIXED_AMOUNT, value=5, minimum_purchase=100_000)
    )
    answer = await api.checkout(api.item("castle-schematic"), coupon_code=code)
    assert answer.status == 400
    assert said in answer.error


async def test_a_coupon_for_one_product_leaves_the_others_at_their_price(api: Caller):
    session = (
        await api.checkout(api.item("skyblock-map"), api.item("castle-schematic"), coupon_code="ATOLL5")
    ).data
    assert session["coupon"] == {"code": "ATOLL5", "discount_amount": 500}
    assert session["total_amount"] == 1499 + 799 - 500


ITEM: dict[str, Any] = {"name": "Commission", "amount": 500, "quantity": 1}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"items": []}, "items"),
        ({"items": [ITEM] * 11}, "items"),
        ({"items": [{**ITEM, "quantity": 0}]}, "items[0].quantity"),
        ({"items": [{**ITEM, "quantity": 1000}]}, "items[0].quantity"),
        ({"items": [{**ITEM, "quantity": "1"}]}, "items[0].quantity"),
        ({"items": [{**ITEM, "quantity": True}]}, "items[0].quantity"),
        ({"items": [{**ITEM, "product_id": "prd_000000000000"}]}, "items[0]"),
        ({"items": [{"name": "Commission", "quantity": 1}]}, "items[0]"),
        ({"items": [{**ITEM, "name": ""}]}, "items[0].name"),
        ({"items": [{**ITEM, "name": "x" * 256}]}, "items[0].name"),
        ({"items": [{**ITEM, "amount": 99}]}, "amount of “Commission”"),
        ({"items": [{**ITEM, "amount": 1_000_001}]}, "items[0].amount"),
        ({"amount": 99}, "amount"),
        ({"amount": 1_000_001}, "amount"),
        ({"amount": 500.5}, "amount"),
        ({"title": ""}, "title"),
        ({"title": "x" * 129}, "title"),
        ({"description": "x" * 501}, "description"),
        ({"title": None}, "title"),
        ({"coupon_code": "x" * 65}, "coupon_code"),
        ({"tax_id": "x" * 33}, "tax_id"),
        ({"customer": {"name": "Mina"}}, "customer"),
        ({"customer": {**CUSTOMER, "email": "mina"}}, "customer.email"),
        ({"customer": {**CUSTOMER, "billing": ADDRESS | {"country": "Germany"}}}, "customer.billing.country"),
        ({"metadata": {str(number): "x" for number in range(21)}}, "metadata"),
        ({"metadata": {"x" * 41: "x"}}, "metadata"),
        ({"metadata": {"x": "x" * 501}}, "metadata"),
        ({"metadata": {"x": 1}}, "metadata"),
        ({"return_url": "http://example.com"}, "return_url"),
        ({"return_url": "http://127.0.0.1:8000/"}, "return_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"display": {"fields": [{**FIELD, "key": str(number)} for number in range(4)]}}, "display.fields"),
        ({"display": {"fields": [FIELD, FIELD]}}, "display.fields"),
        ({"display": {"fields": [{**FIELD, "key": "with space"}]}}, "display.fields[0].key"),
        ({"display": {"fields": [{**FIELD, "type": "date"}]}}, "display.fields[0].type"),
        ({"display": {"fields": [{**FIELD, "type": "dropdown"}]}}, "display.fields[0]"),
        ({"display": {"fields": [{**FIELD, "label": {"type": "custom", "custom": "x" * 51}}]}}, "label"),
    ],
)  # fmt: skip
async def test_a_body_that_breaks_a_documented_rule_is_refused_by_name(
    api: Caller, change: dict[str, Any], named: str
):
    path = f"/stores/{api.sandbox.store_id}/checkouts"
    answer = await api.call("POST", path, json={"items": [ITEM], **change})
    assert answer.status == 400
    assert named in answer.error
    assert answer.error.endswith(".")
    assert api.sandbox.sessions == {}


async def test_the_same_body_within_the_rules_is_taken(api: Caller):
    dropdown = {**FIELD, "key": "server", "type": "dropdown", "optional": True,
                "dropdown": {"options": [{"label": "Europe", "value": "eu"}]}}  # fmt: skip
    answer = await api.checkout(
        ITEM,
        amount=500,
        title="x" * 128,
        description="x" * 500,
        customer=CUSTOMER,
        tax_id="x" * 32,
        metadata={f"{number:040}": "x" * 500 for number in range(20)},
        return_url="https://example.com/?a=b",
        display={"fields": [FIELD, dropdown]},
    )
    assert answer.status == 201
    assert [each["key"] for each in answer.data["display"]["fields"]] == ["name", "server"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"text"'])
async def test_a_body_that_is_no_json_object_is_refused(api: Caller, body: bytes):
    answer = await api.call(
        "POST",
        f"/stores/{api.sandbox.store_id}/checkouts",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status, "JSON" in answer.error) == (400, True)


async def test_a_form_is_not_taken_for_json(api: Caller):
    answer = await api.call("POST", f"/stores/{api.sandbox.store_id}/checkouts", data={"items": "1"})
    assert (answer.status, "application/json" in answer.error) == (400, True)


async def test_one_cent_items_are_taken_where_the_changelog_is_followed(api: Caller):
    api.sandbox.store.rules.dynamic_minimum = 1
    assert (await api.checkout({"name": "Sticker", "amount": 1, "quantity": 100})).data["amount"] == 100


async def test_the_demo_may_return_to_this_machine_without_https(http, clock: Clock):
    async with Sandbox.running(clock=clock, allow_http_loopback=True) as sandbox:
        api = Caller(sandbox, http)
        assert (await api.checkout(ITEM, return_url="http://127.0.0.1:8000/done")).status == 201
        assert (await api.checkout(ITEM, return_url="http://example.com/done")).status == 400
