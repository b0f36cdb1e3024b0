"""Billing details: given in two forms, shown masked, kept sealed, sent when one buys, and deleted."""

import logging
import stat
from typing import Any

import pytest

from tests.harness.billing import (
    CUSTOMER,
    MINA,
    SECRETS,
    billing,
    estimates,
    typed,
    with_country,
    with_details,
)
from tests.harness.database import tables_of
from tests.harness.grove import PRODUCT, Grove
from tests.harness.shop import Shop, buttons_of, link_of, text_of, walk
from tests.harness.trips import trips_counted
from tests.harness.trouble import dying_process, leases_run_out
from tests.harness.visitor import Visitor

pytestmark = [pytest.mark.specification, pytest.mark.kept_shop]
SEPARATOR, CONTAINER = 14, 17
"""Kinds of components."""

# --- given, shown, deleted ----------------------------------------------------------------------------


async def test_who_has_given_nothing_reads_what_it_is_for(shop: Shop) -> None:
    page = await billing(shop)

    assert "Nothing saved yet." in page.text
    assert "Optional." in page.text
    assert page.enabled == ["Name, email, country", "Address", "Delete my data"]


async def test_what_was_given_is_shown_masked_and_kept_sealed(shop: Shop) -> None:
    page = await with_details(shop, tax_id="DE129273398")

    assert "Name: M••• T•••\nEmail: m•••@e•••" in page.text
    assert "Optional." not in page.text
    assert "Country: Germany\nTax ID (VAT number): DE•••" in page.text
    assert "Still needed" not in page.text
    assert not any(secret in page.text for secret in SECRETS)
    [row] = shop.rows("SELECT * FROM billing")
    assert not any(secret in str(row) for secret in SECRETS)


async def test_it_says_which_fields_are_still_needed_apart_from_what_is_there(shop: Shop) -> None:
    page = await with_details(shop, address=False)

    needed = "Still needed to fill in the payment page for you: Street and number, Postal code, City."
    assert needed in page.text
    [facts] = [part for part in walk(page.page.components) if part["type"] == CONTAINER]
    kinds = [part["type"] for part in facts["components"]]
    between = kinds.index(SEPARATOR)
    before, after = facts["components"][between - 1], facts["components"][between + 1]
    assert "Country: Germany" in before["content"]
    assert after["content"].startswith(needed)


async def test_an_empty_field_stays_and_a_dash_removes(shop: Shop) -> None:
    page = await with_details(shop, tax_id="DE129273398")

    await typed(page, "Name, email, country", {**dict.fromkeys(MINA, ""), "tax_id": "-"})

    assert "Tax ID" not in page.text
    assert "Name: M••• T•••" in page.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "mina@example.com", "Type your name there, not your email address."),
        ("email", "mina", "That isn't an email address."),
        ("country", "Atlantis", "We don't know the country “Atlantis”."),
    ],
)
async def test_what_cant_be_is_refused_and_offered_again_as_it_was(
    shop: Shop, field: str, value: str, said: str
) -> None:
    page = await typed(await billing(shop), "Name, email, country", {**MINA, field: value})

    assert said in page.answer
    assert shop.rows("SELECT * FROM billing") == []
    [refused] = page.last.followups
    form = await shop.alice.click(refused, label="Try again")
    values = [label["component"].get("value") for label in (form.modal or {})["components"]]
    assert value in values
    page.last = await shop.alice.submit_modal(form, MINA)
    assert len(shop.rows("SELECT * FROM billing")) == 1


async def test_they_are_deleted_by_one_click(shop: Shop) -> None:
    page = await with_details(shop)

    await page.click("Delete billing details")

    assert "Deleted. Nothing is saved anymore.\nOptional." in page.text
    assert shop.rows("SELECT * FROM billing") == []
    await shop.buy("grove-guard")
    assert "customer" not in shop.bodies[-1]


async def test_forms_and_buttons_outlive_the_process(shop: Shop) -> None:
    page = await billing(shop)
    form = (await page.click("Name, email, country")).last
    await shop.restart()
    page.last = await shop.alice.submit_modal(form, MINA)
    assert "Country: Germany" in page.text

    await shop.restart()
    await page.click("Delete billing details")
    assert shop.rows("SELECT * FROM billing") == []


# --- sent when one buys -------------------------------------------------------------------------------


async def test_a_whole_bill_is_sent_and_the_link_says_the_tax(shop: Shop) -> None:
    await with_details(shop)

    await shop.buy("grove-guard")

    [body] = shop.bodies
    assert body["customer"] == CUSTOMER
    assert "tax_id" not in body
    assert estimates(shop) == [], "the page itself knows the tax"
    [message] = shop.dms(shop.alice)
    assert "Tax: $4.75\nTo pay: **$29.74**" in text_of(message)
    assert "Pay $29.74" in buttons_of(message)
    assert "Plus tax" not in text_of(message)


async def test_a_country_alone_is_enough_to_know_the_tax_by_an_estimate(shop: Shop) -> None:
    await with_country(shop)

    await shop.buy("grove-guard", coupon="WELCOME10")

    assert "customer" not in shop.bodies[-1]
    [asked] = estimates(shop)
    assert (asked["country"], asked["coupon_code"]) == ("DE", "WELCOME10")
    [message] = shop.dms(shop.alice)
    assert "Tax: $4.27\nTo pay: **$26.76**" in text_of(message)
    shown = shop.rows("SELECT amount, discount, tax, total FROM sessions")
    assert shown == [{"amount": 2499, "discount": 250, "tax": 427, "total": 2676}]


async def test_a_tax_id_is_sent_and_takes_the_tax_off(shop: Shop) -> None:
    await with_country(shop, tax_id="DE129273398")

    await shop.buy("grove-guard")

    assert shop.bodies[-1]["tax_id"] == estimates(shop)[0]["tax_id"] == "DE129273398"
    [message] = shop.dms(shop.alice)
    assert "No tax for your country (set in /billing)." in text_of(message)


async def test_where_prices_include_tax_it_is_said_to_be_in_them(shop: Shop) -> None:
    shop.sandbox.store.rules.prices_include_tax = True
    await with_country(shop)

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert "Includes $3.99 tax" in text_of(message)
    assert "Pay $24.99" in buttons_of(message)


@pytest.mark.parametrize("fault", [{"status": 503}, {"refuse": True}, {"malformed": True}, {"status": 400}])
async def test_an_estimate_that_fails_holds_up_no_purchase(shop: Shop, fault: dict[str, Any]) -> None:
    await with_country(shop)
    shop.sandbox.fail_next("POST", "*/checkouts/estimate", times=9, **fault)

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[0]
    assert "Plus tax, if any" in text_of(message)


async def test_without_billing_details_nothing_more_is_asked_of_anybody(shop: Shop) -> None:
    friend = shop.member("friend")
    await shop.buy("grove-guard")
    before = len(shop.sandbox.requests)

    with trips_counted() as trips:
        await friend.slash(shop.channel, "buy", product=shop.sandbox.product("grove-guard").id)
        await shop.env.settle()

    assert [request.method for request in shop.sandbox.requests[before:]] == ["POST"]
    assert trips.are_few(to_a_file=10, to_a_server=15), trips.made


async def test_with_them_a_purchase_costs_no_more_trips(shop: Shop) -> None:
    await with_details(shop)
    await shop.buy("game-key")
    before = len(shop.sandbox.requests)

    with trips_counted() as trips:
        await shop.buy("game-key", quantity=2)
        await shop.env.settle()

    assert [request.method for request in shop.sandbox.requests[before:]] == ["POST"]
    assert trips.are_few(to_a_file=10, to_a_server=15), trips.made


async def test_who_has_given_some_hears_where_to_change_them_when_the_store_refuses(shop: Shop) -> None:
    await with_details(shop)
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)

    refused = await shop.buy("grove-guard")

    assert "The service failed on purpose" in text_of(refused.response)
    assert "change or delete them with /billing." in text_of(refused.response)


async def test_a_cart_shows_the_tax_before_it_is_checked_out(shop: Shop) -> None:
    await with_country(shop)
    await (await Visitor(shop).look_at("grove-guard")).click("Add to cart")

    cart = await Visitor(shop).open_cart()

    assert "Total: **$24.99**\nTax: $4.75\nTo pay: **$29.74**" in cart.text
    assert "Check out for $29.74" in cart.enabled


async def test_a_free_trial_promises_no_tax_of_today(shop: Shop) -> None:
    await with_country(shop)

    await shop.buy("vip-monthly")

    [message] = shop.dms(shop.alice)
    assert "Plus tax, if any" in text_of(message)
    assert "Start free trial" in buttons_of(message)


async def test_killed_while_the_link_is_made_the_next_process_sends_them_too(shop: Shop) -> None:
    await with_details(shop)
    with dying_process(shop):
        await shop.buy("grove-guard")
    assert not any(secret in str(shop.rows("SELECT request FROM sessions")) for secret in SECRETS)

    await shop.restart()
    await leases_run_out(shop)

    assert [body["customer"] for body in shop.bodies] == [CUSTOMER, CUSTOMER]


async def test_a_lost_key_costs_the_details_and_nothing_else(shop: Shop) -> None:
    await with_details(shop)
    key = shop.database.with_suffix(".billing-key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()
    await shop.restart()

    await shop.buy("grove-guard")

    assert "customer" not in shop.bodies[-1]
    assert "Nothing saved yet." in (await billing(shop)).text


@pytest.mark.own_shop
async def test_a_payment_with_tax_delivers_as_any_other(grove: Grove) -> None:
    await grove.benefit(PRODUCT)
    await with_details(grove.shop)
    session = await grove.till.link(PRODUCT)

    await grove.till.pay_on_page(session, country="DE")

    assert grove.roles() == {"VIP"}
    assert grove.till.quarantine() == []


async def test_nothing_of_it_is_in_the_log_the_audit_or_any_other_table(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    await with_details(shop, tax_id="DE129273398")
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    await shop.buy("grove-guard")
    await shop.buy("game-key")

    assert not any(secret in caplog.text for secret in SECRETS)
    for table in tables_of(shop.database):
        assert not any(secret in str(shop.rows(f"SELECT * FROM {table}")) for secret in SECRETS), table
