import io
import re
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox import OrderStatus, Refused, Sandbox
from tests.harness.clock import Clock
from tests.sandbox.calling import Caller

NICK = {
    "key": "nick",
    "label": {"type": "custom", "custom": "In-game name"},
    "type": "text",
    "text": {"minimum_length": 3, "maximum_length": 16},
}
NUMBER = {
    "key": "player",
    "label": {"type": "custom", "custom": "Player number"},
    "type": "numeric",
    "optional": True,
}
SERVER = {
    "key": "server",
    "label": {"type": "custom", "custom": "Server"},
    "type": "dropdown",
    "dropdown": {"options": [{"label": "Europe", "value": "eu"}, {"label": "America", "value": "us"}]},
}


class Page:
    """A payment page as a browser without scripts would use it."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url

    @property
    def session_id(self) -> str:
        return self.url.rpartition("/")[2]

    async def open(self, ending: str = "") -> tuple[int, str]:
        async with self.http.get(self.url + ending) as response:
            return response.status, await response.text()

    async def submit(self, action: str = "pay", **fields: str) -> tuple[int, str]:
        form = {"email": "mina@example.com", "country": "US", **fields, "action": action}
        async with self.http.post(self.url, data=form) as response:
            return response.status, await response.text()


async def page_of(api: Caller, *items: dict[str, Any], **fields: Any) -> Page:
    return Page(api.http, (await api.checkout(*items, **fields)).data["checkout_url"])


def shown_total(text: str) -> str:
    found = re.search(r'name="shown_total" value="(\d+)"', text)
    assert found, text
    return found[1]


async def test_the_page_shows_what_is_bought_and_that_it_is_a_test(api: Caller):
    page = await page_of(
        api,
        api.item("grove-shirt", 2, variant="L / Rust"),
        {"name": "Gift wrap", "amount": 150, "quantity": 1},
        title="For Mina",
        description="With a bow",
        coupon_code="FIVEOFF",
    )
    status, text = await page.open()
    assert status == 200
    for shown in (
        "Bamboo Grove", "TEST", "For Mina", "With a bow", "Grove T-shirt (L / Rust)", "2 × $24.00", "$48.00",
        "Gift wrap", "FIVEOFF", "−$5.00", "Tax, United States", "$44.50", "Pay $44.50",
    ):  # fmt: skip
        assert shown in text


async def test_paying_completes_an_order_named_after_the_session(api: Caller):
    page = await page_of(
        api, api.item("skyblock-map"), metadata={"sale": "s-1"}, return_url="https://discord.com/channels/@me"
    )
    _, text = await page.open()
    status, text = await page.submit(shown_total=shown_total(text))
    assert status == 200
    assert "Payment received" in text
    assert "mina@example.com" in text
    assert 'href="https://discord.com/channels/@me"' in text
    assert "The download link is on its way" in text
    (order,) = api.sandbox.orders
    assert order.status is order.payment_status is OrderStatus.COMPLETED
    assert (order.order_number, order.due, order.email) == (page.session_id, 1499, "mina@example.com")
    assert order.metadata == {"sale": "s-1"}


async def test_a_paid_session_cant_be_paid_again(api: Caller):
    page = await page_of(api, api.item("skyblock-map"))
    await page.submit()
    for text in ((await page.open())[1], (await page.submit())[1], (await page.submit("decline"))[1]):
        assert "already paid" in text
    assert len(api.sandbox.orders) == 1


async def test_a_declined_card_leaves_the_page_payable_with_what_was_typed(api: Caller):
    page = await page_of(api, api.item("skyblock-map"))
    status, text = await page.submit("decline", country="DE", email="other@example.com")
    assert status == 402
    assert "Your card was declined" in text
    assert 'value="other@example.com"' in text
    assert '<option value="DE" selected>' in text
    assert "Payment received" in (await page.submit())[1]
    assert [order.status for order in api.sandbox.orders] == [OrderStatus.FAILED, OrderStatus.COMPLETED]
    assert {order.order_number for order in api.sandbox.orders} == {page.session_id}


async def test_tax_is_shown_before_it_is_paid(api: Caller):
    page = await page_of(api, api.item("skyblock-map"))
    _, text = await page.open()
    # Without scripts the page still says the total of another country; the payer has to see the right one.
    status, text = await page.submit(country="DE", shown_total=shown_total(text))
    assert status == 409
    assert "The total has changed" in text
    assert "Tax, Germany (19 %)" in text
    assert api.sandbox.orders == []
    await page.submit(country="DE", shown_total=shown_total(text))
    assert api.sandbox.orders[0].due == 1499 + 285


async def test_the_totals_follow_the_country_and_the_chosen_price(api: Caller):
    page = await page_of(api, api.item("soundtrack"))
    _, text = await page.open("/totals?country=DE&price-0=10")
    assert 'data-due="1190"' in text
    assert 'data-button="Pay $11.90"' in text


async def test_the_payer_picks_a_price_from_the_minimum_up(api: Caller):
    page = await page_of(api, api.item("soundtrack"), api.item("emote-pack"))
    assert 'value="8.00"' in (await page.open())[1]
    for typed in ("2.99", "much", "-5", "4.999", "1e999"):
        status, text = await page.submit(**{"price-0": typed})
        assert status == 400
        assert "price-0" in text
    assert api.sandbox.orders == []
    await page.submit(**{"price-0": "12,50"})
    assert api.sandbox.orders[0].due == 1250 + 350


async def test_custom_fields_are_asked_for_and_kept_with_the_order(api: Caller):
    page = await page_of(api, api.item("emote-pack"), display={"fields": [NICK, NUMBER, SERVER]})
    status, text = await page.submit(
        **{"field-nick": "Mi", "field-player": "12a", "field-server": "asia", "email": "mina"}
    )
    assert status == 400
    for said in ("Use 3 to 16 characters.", "Use digits only.", "Choose one of the list.", "Enter an email"):
        assert said in text
    assert 'aria-describedby="wrong-field-nick"' in text
    assert api.sandbox.orders == []
    await page.submit(**{"field-nick": "Mina", "field-server": "eu"})
    assert api.sandbox.orders[0].custom_fields == {"nick": "Mina", "server": "eu"}


async def test_a_trial_costs_nothing_today(api: Caller):
    page = await page_of(api, api.item("vip-monthly"))
    _, text = await page.open()
    assert "7 days free, then $9.99 a month" in text
    assert "Start the free trial" in text
    await page.submit()
    (order,) = api.sandbox.orders
    assert (order.due, order.quote.total) == (0, 999)


async def test_an_expired_session_says_so_and_takes_no_money(api: Caller, clock: Clock):
    page = await page_of(api, api.item("skyblock-map"), cancel_url="https://example.com/shop")
    clock.pass_time(hours=6)
    for status, text in (await page.open(), await page.submit()):
        assert status == 410
        assert "This payment link has expired" in text
        assert 'href="https://example.com/shop"' in text
    assert api.sandbox.orders == []


async def test_an_unknown_session_is_not_found_on_any_of_its_pages(api: Caller):
    page = Page(api.http, f"{api.sandbox.url}/c/cs_000000000000")
    answers = [await page.open(ending) for ending in ("", "/done", "/left", "/totals")]
    for status, text in [*answers, await page.submit()]:
        assert status == 404
        assert "no such checkout" in text


async def test_leaving_leads_back_to_the_shop_or_says_that_nothing_was_charged(api: Caller):
    page = await page_of(api, api.item("skyblock-map"), cancel_url="https://example.com/shop?a=1&b=2")
    assert 'href="https://example.com/shop?a=1&amp;b=2"' in (await page.open())[1]
    page = await page_of(api, api.item("skyblock-map"))
    assert f'href="/c/{page.session_id}/left"' in (await page.open())[1]
    assert "Nothing was charged" in (await page.open("/left"))[1]
    assert "Payment received" in (await page.submit())[1]


async def test_while_a_payment_clears_no_page_says_that_nothing_was_charged(api: Caller, clock: Clock):
    page = await page_of(api, api.item("skyblock-map"))
    api.sandbox.ledger.pay_slowly(page.session_id)
    for hours in (0, 7):
        clock.pass_time(hours=hours)
        for ending in ("", "/left"):
            status, text = await page.open(ending)
            assert status == 200
            assert "Your payment is on its way" in text
            assert "Nothing was charged" not in text
            assert "shown_total" not in text


async def test_what_sold_out_meanwhile_is_not_charged(api: Caller):
    first = await page_of(api, api.item("server-setup", 2))
    second = await page_of(api, api.item("server-setup"))
    await first.submit()
    status, text = await second.submit()
    assert status == 409
    assert "sold out in the meantime" in text
    assert len(api.sandbox.orders) == 1
    assert api.sandbox.product("server-setup").stock == 0


async def test_lines_of_the_same_product_draw_on_the_same_stock(api: Caller):
    page = await page_of(api, api.item("panda-hoodie", variant="S"), api.item("panda-hoodie", variant="S"))
    api.sandbox.set_stock("panda-hoodie", 1, variant="S")
    status, _ = await page.submit()
    assert (status, api.sandbox.variant("panda-hoodie", "S").stock) == (409, 1)
    api.sandbox.set_stock("panda-hoodie", 2, variant="S")
    assert "Payment received" in (await page.submit())[1]
    assert api.sandbox.variant("panda-hoodie", "S").stock == 0


async def test_a_test_pays_without_the_page_under_the_same_rules(api: Caller, clock: Clock):
    session_id = (await api.checkout(api.item("skyblock-map"))).data["id"]
    store = api.sandbox.store
    assert store.decline(session_id).status is OrderStatus.FAILED
    clock.pass_time(hours=6)
    for pay in (store.pay, store.decline):
        with pytest.raises(Refused, match="has expired"):
            pay(session_id)
        with pytest.raises(KeyError):
            pay("cs_000000000000")
    clock.pass_time(minutes=-1)
    assert store.pay(session_id, email="mina@example.com", country="DE").due == 1499 + 285
    with pytest.raises(Refused, match="already been paid"):
        store.pay(session_id)


async def test_names_from_outside_are_shown_not_run(api: Caller):
    evil = "<script>alert(1)</script>\"'"
    field = {**NICK, "label": {"type": "custom", "custom": "<b>nick</b>"}}
    page = await page_of(
        api,
        {"name": evil, "amount": 500, "quantity": 1},
        title=evil,
        description=evil,
        metadata={"<i>": evil},
        display={"fields": [field]},
    )
    _, shown = await page.open()
    _, again = await page.submit(**{"field-nick": '"><script>'})
    await page.submit(**{"field-nick": "<script>"})
    async with api.http.get(f"{api.sandbox.url}/owner") as response:
        owner = await response.text()
    for text in (shown, again, owner, (await page.open())[1]):
        assert "<script>" not in text
        assert "<b>" not in text
        assert "<i>" not in text
    assert "&lt;script&gt;alert(1)" in shown


async def test_pages_are_neither_cached_nor_told_to_other_sites(api: Caller):
    page = await page_of(api, api.item("skyblock-map"))
    async with api.http.get(page.url) as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_the_redirect_address_leads_to_the_same_page(api: Caller):
    session = (await api.checkout(api.item("skyblock-map"))).data
    async with api.http.get(session["pay_redirect_url"]) as response:
        assert str(response.url) == session["checkout_url"]


@pytest.mark.parametrize("handle", ["japanese-artbook", "arabic-fonts", "markdown-shader", "server-suite"])
async def test_every_kind_of_product_has_a_page(api: Caller, handle: str):
    page = await page_of(api, api.item(handle))
    status, text = await page.open()
    assert status == 200
    assert {"japanese-artbook": "¥2,800", "arabic-fonts": "KWD\xa012.500"}.get(handle, "$1") in text


async def test_every_product_has_a_picture(sandbox: Sandbox, http: aiohttp.ClientSession):
    names = [sandbox.product(each).id for each in ("vip-monthly", "skyblock-map", "grove-shirt")]
    seen = set()
    for name in [*names, "logo"]:
        async with http.get(f"{sandbox.url}/pictures/{name}.png") as response:
            png = await response.read()
        assert Image.open(io.BytesIO(png)).size == (512, 512)
        seen.add(png)
    assert len(seen) == 4
    async with http.get(f"{sandbox.url}/pictures/prd_000000000000.png") as response:
        assert response.status == 404


async def test_the_owner_sees_checkouts_newest_first_with_their_states(api: Caller, clock: Clock):
    old = await page_of(api, api.item("emote-pack"))
    clock.pass_time(hours=7)
    declined = await page_of(api, api.item("skyblock-map"))
    await declined.submit("decline")
    paid = await page_of(api, api.item("castle-schematic"), metadata={"sale": "s-9"})
    await paid.submit()
    async with api.http.get(f"{api.sandbox.url}/owner/activity") as response:
        text = await response.text()
    places = [text.index(each.session_id) for each in (paid, declined, old)]
    assert places == sorted(places)
    states = re.findall(r'<span class="pill (\w+)">', text)
    assert states == ["paid", "open", "out", "expired"]
    assert "s-9" in text


async def test_the_owner_sees_who_bought_in_discord_and_for_whom(api: Caller):
    api.sandbox.names.update({"11": "Alice", "12": "Mia"})
    for metadata in ({"discord_user_id": "11", "discord_recipient_id": "12"}, {"discord_user_id": "13"}, {}):
        await page_of(api, api.item("emote-pack"), metadata=metadata)

    async with api.http.get(f"{api.sandbox.url}/owner/activity") as response:
        text = await response.text()

    assert re.findall(r'<span class="note" dir="auto">([^<]*)</span>', text) == [
        "13",
        "Alice, a gift for Mia",
    ]


async def test_a_renewal_is_no_checkout_that_was_paid(api: Caller):
    page = await page_of(api, api.item("sprout-weekly"))
    await page.submit()
    [subscription] = api.sandbox.ledger.subscriptions.values()
    api.sandbox.ledger.renew(subscription)
    async with api.http.get(f"{api.sandbox.url}/owner/activity") as response:
        assert "1 created, 1 paid" in await response.text()


async def test_the_owner_changes_prices_and_stock(api: Caller):
    sandbox = api.sandbox
    castle, shirt = sandbox.product("castle-schematic"), sandbox.product("grove-shirt")
    rust = sandbox.variant("grove-shirt", "S / Rust")

    async def post(path: str, **form: str) -> int:
        async with api.http.post(f"{sandbox.url}/owner/products/{path}", data=form) as response:
            return response.status

    assert await post(f"{castle.id}/price", price="8.49") == 200
    assert castle.price == 849
    assert await post(f"{shirt.id}/price", price="19.00", variant=rust.id) == 200
    assert (rust.price, shirt.price) == (1900, 1900)
    assert await post(f"{castle.id}/stock", stock="none") == 200
    assert not castle.in_stock
    assert await post(f"{castle.id}/stock", stock="any") == 200
    assert castle.in_stock
    assert await post(f"{castle.id}/price", price="cheap") == 400
    assert await post("prd_000000000000/price", price="1") == 404
    assert await post(f"{shirt.id}/price", price="1", variant="var_000000000000") == 404
    assert (castle.price, shirt.price) == (849, 1900)
