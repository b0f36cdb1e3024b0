"""A catalog file is all that a language takes: what people see is in it from the first word to the last."""

from pathlib import Path
from typing import Any

import pytest

from bot.texts.language import Languages
from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import PRODUCT, Grove
from tests.harness.invoicing import click, draft, number_of, staff_member
from tests.harness.network import broken_connection
from tests.harness.pseudo import bracketed, pseudo, untranslated
from tests.harness.shop import Shop, buttons_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop

PORTAL = "https://mypandabase.com"
TITLES = ("Bamboo Quest game key", "VIP membership", "Bamboo Grove", PORTAL)
TOKEN = {"api_token": DEMO_TOKEN.secret}


async def test_what_was_bought_is_listed_in_the_readers_language(shop: Shop, tmp_path: Path) -> None:
    shop.app.bot.languages = pseudo(tmp_path / "languages")
    await shop.buy("game-key", quantity=2)
    await shop.pass_time(hours=7)
    await shop.buy("vip-monthly")

    visitor = await Visitor(shop).open_purchases()

    assert untranslated(visitor.page.components, *TITLES) == []
    assert bracketed("Show payment link") in visitor.enabled
    assert [found for dm in shop.dms(shop.alice) for found in untranslated(dm.components, *TITLES)] == []


# --- invoices -----------------------------------------------------------------------------------------

INVOICED = ("Bamboo Grove", "Logo", "Thanks", "alice", "bo")


async def test_an_invoice_is_drafted_and_read_in_the_readers_language(shop: Shop, tmp_path: Path) -> None:
    shop.app.bot.languages = pseudo(tmp_path / "languages")
    boss = staff_member(shop, "bo")

    shown = await draft(shop, boss, quantity=2, due="3d", note="Thanks", description="Logo")
    assert untranslated(shown.response.components, *INVOICED) == []
    for opens in ("Add item", "Add product", "Edit title and description", "Coupon", "Due date"):
        form = await boss.click(shown.response, label=bracketed(opens))
        assert untranslated(form.modal, *INVOICED) == []
    removing = await click(boss, shown, bracketed("Remove"))
    assert untranslated(removing.response.components, *INVOICED) == []
    back = await click(boss, removing, bracketed("Back"))
    sent = await click(boss, back, bracketed("Send"))

    assert untranslated(sent.response.components, *INVOICED) == []
    [dm] = shop.dms(shop.alice)
    assert untranslated(dm.components, *INVOICED) == []
    form = await shop.alice.user.click(dm, label=bracketed("Decline"))
    assert untranslated(form.modal) == []
    await shop.alice.user.submit_modal(form, {"reason": "Thanks"})
    assert untranslated(shop.dms(shop.alice)[0].components, *INVOICED) == []


@pytest.mark.own_shop
async def test_staff_read_an_invoice_and_its_history_in_their_language(shop: Shop, tmp_path: Path) -> None:
    boss = staff_member(shop, "bo")
    await click(boss, await draft(shop, boss, note="Thanks", description="Logo"), "Send")
    shop.app.bot.languages = pseudo(tmp_path / "languages")

    file = await boss.slash(shop.channel, "invoice show", number=number_of(shop))
    pages = [
        file,
        await boss.slash(shop.channel, "invoice list"),
        await boss.slash(shop.channel, "invoice resend", number=number_of(shop)),
        await boss.slash(shop.channel, "invoice cancel", number=number_of(shop), reason="Thanks"),
        await boss.slash(shop.channel, "store settings"),
    ]

    endonyms = sorted((each.endonym for each in shop.app.bot.languages.all), key=len, reverse=True)
    names = (*INVOICED, *endonyms)
    assert [found for page in pages for found in untranslated(page.response.components, *names)] == []
    assert bracketed("Cancel invoice") in buttons_of(file.response)


# --- what payments earn, and what staff read of it ----------------------------------------------------

GROVE = (PRODUCT, "VIP", "Bamboo Grove", "Hello", "Put the key into plugins", "config.yml")


@pytest.mark.settings(pandabase=TOKEN)
async def test_a_receipt_and_what_became_of_it_are_in_the_readers_language(
    grove: Grove, tmp_path: Path
) -> None:
    await grove.keep_log()
    await grove.benefit(days=30, message="Hello {member}")
    grove.shop.app.bot.languages = pseudo(tmp_path / "languages")

    order = await grove.bought()
    receipt = grove.shop.dms(grove.shop.alice)[-1]
    revealed = await grove.shop.alice.user.click(receipt, label=bracketed("Show key"))
    await grove.at_the_store("refund", order)

    seen = [*grove.shop.dms(grove.shop.alice), revealed.response, *grove.messages(grove.log_channel)]
    assert len(grove.shop.dms(grove.shop.alice)) == 3  # the receipt, what it opened, and the notice
    assert [found for message in seen for found in untranslated(message.components, *GROVE)] == []


@pytest.mark.own_shop
async def test_staff_set_up_what_is_earned_in_their_language(grove: Grove, tmp_path: Path) -> None:
    await grove.bought()
    grove.shop.app.bot.languages = pseudo(tmp_path / "languages")

    async def asked(command: str, **options: Any) -> list[str]:
        answer = await grove.store_result(command, **options)
        return untranslated(answer.response.components, *GROVE, "sales-log")

    adding = {"product": grove.till.product(PRODUCT).id, "role": grove.role, "message": "Hello"}
    assert await asked("benefit add", **adding, days=30, keep_after_refund=True) == []
    assert await asked("benefit add", **adding) == []
    assert await asked("benefit list") == []
    [found] = await grove.boss.autocomplete(grove.shop.channel, "store benefit remove", "benefit", "")
    assert await asked("benefit remove", benefit=found["value"]) == []
    assert await asked("benefit list") == []
    assert await asked("saleslog") == []
    assert await asked("saleslog", channel=grove.log_channel) == []
    assert await asked("saleslog") == []
    assert await asked("saleslog", off=True) == []


@pytest.mark.own_shop
async def test_a_payment_in_quarantine_is_shown_in_the_language_of_staff(
    grove: Grove, tmp_path: Path
) -> None:
    session = await grove.till.link()
    payment = grove.shop.sandbox.store.begin_payment(session.id)
    payment.quote.lines[0].unit_amount = 1
    grove.shop.sandbox.ledger.clear(payment)
    await grove.till.settled()
    grove.shop.app.bot.languages = pseudo(tmp_path / "languages")

    waiting = await grove.store_result("quarantine")
    assert untranslated(waiting.response.components, *GROVE) == []
    await grove.boss.click(waiting.response, label=bracketed("Dismiss"))

    nothing = await grove.store_result("quarantine")
    assert untranslated(nothing.response.components) == []


@pytest.mark.own_shop
async def test_a_message_of_unknown_fate_is_found_in_whatever_language_it_was_sent(
    grove: Grove, tmp_path: Path
) -> None:
    session = await grove.till.link()
    grove.shop.app.bot.languages = pseudo(tmp_path / "languages")
    grove.shop.env.inject_error("GET", "/channels/*/messages", status=503)
    with broken_connection("POST", "/channels/*/messages", arrived=True):
        await grove.till.pay_on_page(session)

    grove.shop.app.bot.languages = Languages("en_GB", folder=tmp_path / "languages")
    await grove.shop.pass_time(hours=1)

    assert [outcome["outcome"] for outcome in grove.steps("receipt")] == ["dm"]
    assert len([told for told in grove.told() if "Purchase" in told]) == 1


# --- the shop, and what it refuses --------------------------------------------------------------------


async def test_the_shop_and_its_refusals_are_read_in_the_readers_language(shop: Shop, tmp_path: Path) -> None:
    shop.app.bot.languages = pseudo(tmp_path / "languages")

    visitor = await Visitor(shop).open()
    await visitor.look_at("game-key")

    assert untranslated(visitor.page.components, *TITLES, *_described(shop)) == []

    refused = await shop.alice.slash(shop.channel, "buy", product="no such thing")
    assert untranslated(refused.response.components, *TITLES, "no such thing") == []


def _described(shop: Shop) -> list[str]:
    """What the store says of the product itself."""
    product = shop.sandbox.product("game-key")
    said = (product.title, product.subtitle, product.description, *(each.title for each in product.variants))
    return [each for each in said if each]


# --- whose language it is -----------------------------------------------------------------------------

GERMAN = "de"


def _words(message: Any) -> list[str]:
    return untranslated(message.components, *TITLES, *INVOICED)


async def test_a_direct_message_is_in_the_language_in_which_its_reader_was_last_seen(
    shop: Shop, tmp_path: Path
) -> None:
    """Also when it is written by a later process, long after they asked for anything."""
    shop.app.bot.languages = pseudo(tmp_path / "languages", GERMAN)
    shop.env.speaks(shop.alice.id, GERMAN)
    bob = shop.member("bob")
    await shop.buy("vip-monthly")
    await shop.buy("vip-monthly", bob)
    assert _words(shop.dms(shop.alice)[-1]) == []
    assert _words(shop.dms(bob)[-1]) != []

    await shop.restart()
    shop.app.bot.languages = pseudo(tmp_path / "later", GERMAN)
    await shop.pass_time(hours=7)

    assert bracketed("Get a new link") in buttons_of(shop.dms(shop.alice)[-1])
    assert _words(shop.dms(shop.alice)[-1]) == []
    assert "Get a new link" in buttons_of(shop.dms(bob)[-1])


async def test_who_was_never_seen_reads_the_language_of_the_server(shop: Shop, tmp_path: Path) -> None:
    shop.app.bot.languages = pseudo(tmp_path / "languages", GERMAN)
    boss = staff_member(shop, "bo")
    await shop.choose_language(boss, GERMAN)

    sent = await click(boss, await draft(shop, boss), "Send")

    assert _words(sent.response) != []
    assert _words(shop.dms(shop.alice)[-1]) == []


async def test_what_discord_shows_of_commands_is_in_its_languages(shop: Shop, tmp_path: Path) -> None:
    bot = shop.app.bot
    bot.languages = pseudo(tmp_path / "languages", GERMAN)
    translator = bot.tree.translator
    assert translator is not None

    shown = {
        command.name: await command.get_translated_payload(bot.tree, translator)
        for command in bot.tree.get_commands()
    }

    described = shown["buy"]["description_localizations"]
    assert described == {GERMAN: bracketed(shown["buy"]["description"])}
    assert "name_localizations" not in shown["buy"] or shown["buy"]["name_localizations"] == {}
    assert shown["Create invoice"]["name_localizations"] == {GERMAN: bracketed("Create invoice")}


# --- carts and billing details ------------------------------------------------------------------------


async def test_a_cart_and_billing_details_are_read_in_the_readers_language(
    shop: Shop, tmp_path: Path
) -> None:
    shop.app.bot.languages = pseudo(tmp_path / "languages")
    names = ("GroveGuard", "Bamboo Grove", "CODE")
    page = await Visitor(shop).look_at("grove-guard")
    await page.click(bracketed("Add to cart"))
    assert untranslated(page.last.response.components, *names) == []

    cart = await Visitor(shop).open_cart()
    assert untranslated(cart.page.components, *names) == []
    for opens in ("Change", "Coupon"):
        assert untranslated((await cart.click(bracketed(opens))).last.modal, *names) == []
    billing = await shop.alice.slash(shop.channel, "billing")
    assert untranslated(billing.response.components) == []
    for opens in ("Name, email, country", "Address"):
        form = await shop.alice.click(billing.response, label=bracketed(opens))
        assert untranslated(form.modal) == []
    asked = await shop.alice.click(billing.response, label=bracketed("Delete my data"))
    assert untranslated(asked.response.components) == []
    await shop.alice.click(asked.response, label=bracketed("Delete my data"))
    assert untranslated(asked.response.components) == []
