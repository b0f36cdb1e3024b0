"""`/purchases` of a shop that can't see payments: what is open, what became of the rest, turning pages."""

import json
from datetime import timedelta

import pytest

from tests.harness.shop import START, Shop, link_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


AT_SIX = int((START + timedelta(hours=6)).timestamp())
UNTIL_SIX = f"until <t:{AT_SIX}:t> (<t:{AT_SIX}:R>)"
TODAY = f"<t:{int(START.timestamp())}:d>"
EXPIRED = f"Expired · {TODAY}; payments don't show up here: contact staff if you paid"
GIVE_UP = "Cancel purchase"


async def bought(shop: Shop, *handles: str) -> None:
    for handle in handles:
        await shop.buy(handle)


# --- the list -----------------------------------------------------------------------------------------


async def test_who_bought_nothing_is_told_where_to_begin(shared_shop: Shop) -> None:
    visitor = await Visitor(shared_shop).open_purchases()

    assert visitor.page.ephemeral
    assert visitor.text == "### No purchases yet\nBrowse with /shop."
    assert visitor.enabled == ["Open the shop"]


async def test_an_open_link_is_listed_with_what_it_costs_and_how_long_it_is_open(shared_shop: Shop) -> None:
    await shared_shop.buy("game-key", quantity=2)

    visitor = await Visitor(shared_shop).open_purchases()

    assert visitor.text == (
        f"### `TEST` Your purchases\n2 × **Bamboo Quest game key**: $25.98\n-# Open {UNTIL_SIX}"
    )
    assert visitor.enabled == ["Show payment link", GIVE_UP]
    assert shared_shop.public_messages() == []


async def test_the_list_itself_holds_no_link(shared_shop: Shop) -> None:
    await shared_shop.buy("grove-guard")

    visitor = await Visitor(shared_shop).open_purchases()

    assert "/c/cs_" not in str(visitor.page.components)


@pytest.mark.own_shop
async def test_an_expired_link_stays_in_the_history(shop: Shop) -> None:
    await shop.buy("vip-monthly")
    await shop.pass_time(hours=7)

    visitor = await Visitor(shop).open_purchases()

    assert visitor.text.endswith(
        f"**VIP membership**: 7 days free, then $9.99\u00a0/\u00a0month\n-# {EXPIRED}"
    )
    assert visitor.enabled == ["Get a new link"]


@pytest.mark.own_shop
async def test_what_was_paid_says_so(shop: Shop) -> None:
    await shop.buy("grove-guard")
    shop.write("UPDATE sessions SET state = 'paid'")
    shop.write("UPDATE sales SET status = 'paid'")

    visitor = await Visitor(shop).open_purchases()

    assert visitor.text.endswith(f"**GroveGuard**: $24.99\n-# Paid · {TODAY}")
    assert visitor.buttons == {}


async def test_a_link_that_is_being_made_offers_nothing_yet(shop: Shop) -> None:
    await shop.buy("grove-guard")
    shop.write("UPDATE sessions SET state = 'creating', url = NULL, expires_at = NULL")

    visitor = await Visitor(shop).open_purchases()

    assert visitor.text.endswith("-# Your payment link is on its way")
    assert visitor.buttons == {}


async def test_what_never_got_a_link_is_not_listed(shop: Shop) -> None:
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    await shop.buy("grove-guard")

    visitor = await Visitor(shop).open_purchases()

    assert "No purchases yet" in visitor.text


async def test_what_the_payer_prices_has_no_price_in_the_list(shared_shop: Shop) -> None:
    await shared_shop.buy("soundtrack")

    visitor = await Visitor(shared_shop).open_purchases()

    assert "**Sounds of the Grove**: you choose the price" in visitor.text


async def test_titles_are_shown_harmlessly(shared_shop: Shop) -> None:
    await shared_shop.buy("markdown-shader")

    visitor = await Visitor(shared_shop).open_purchases()

    assert "**\\*\\*Bold\\*\\* shader \\[free?\\](https\\://example.com) @\u200beveryone" in visitor.text


async def test_nobody_sees_anothers_purchases(shared_shop: Shop) -> None:
    await shared_shop.buy("grove-guard")

    visitor = await Visitor(shared_shop, shared_shop.member("bob")).open_purchases()

    assert "No purchases yet" in visitor.text


async def test_of_a_sale_with_many_lines_the_first_are_named(shop: Shop) -> None:
    await shop.buy("grove-guard")
    [sale] = shop.rows("SELECT lines FROM sales")
    shop.write("UPDATE sales SET lines = ?", json.dumps(json.loads(sale["lines"]) * 4))

    visitor = await Visitor(shop).open_purchases()

    assert visitor.text.count("**GroveGuard**: $24.99") == 2
    assert "\nand 2 more\n" in visitor.text


# --- paging -------------------------------------------------------------------------------------------

MANY = (
    "grove-guard",
    "skyblock-map",
    "castle-schematic",
    "lobby-pack",
    "emote-pack",
    "cyrillic-textures",
    "emoji-bundle",
    "supporter-badge",
    "founder-rank",
    "server-setup",
    "weekend-skin",
)


async def test_open_links_come_first_and_then_the_newest(shop: Shop) -> None:
    await bought(shop, "grove-guard", "skyblock-map")
    await shop.pass_time(hours=7)
    await bought(shop, "emote-pack")
    await shop.pass_time(hours=1)
    await bought(shop, "lobby-pack")
    await bought(shop, "castle-schematic")
    shop.write("UPDATE sales SET status = 'paid' WHERE id = 5")
    shop.write("UPDATE sessions SET state = 'paid' WHERE sale_id = 5")

    visitor = await Visitor(shop).open_purchases()

    titles = [line.split("**")[1] for line in visitor.text.splitlines() if line.startswith("**")]
    assert titles == [
        "Lobby pack",
        "Panda emote pack",
        "Harbour Castle schematic",
        "Skyblock Atoll",
        "GroveGuard",
    ]


async def test_many_purchases_are_paged_and_every_one_is_there_once(shop: Shop) -> None:
    await bought(shop, *MANY)
    visitor = await Visitor(shop).open_purchases()
    assert visitor.buttons["Previous"]["disabled"]
    seen = visitor.text.count("-# Open until")

    for number in ("2 / 3", "3 / 3"):
        await visitor.click("Next")
        assert number in visitor.buttons
        seen += visitor.text.count("-# Open until")

    assert seen == len(MANY)
    assert visitor.buttons["Next"]["disabled"]
    await visitor.click("Previous")
    assert "2 / 3" in visitor.buttons


async def test_the_buttons_work_after_a_restart(shop: Shop) -> None:
    await bought(shop, *MANY)
    visitor = await Visitor(shop).open_purchases()
    await shop.restart()

    await visitor.click("Next")
    assert "2 / 3" in visitor.buttons
    await visitor.click("Show payment link", position=0)
    assert link_of(visitor.last.response) == shop.pages[5]
    await visitor.click(GIVE_UP, position=0)
    assert "2 / 3" in visitor.buttons
    [given_up] = shop.rows("SELECT lines FROM sales WHERE status = 'withdrawn'")
    assert "Набор текстур" in str(json.loads(given_up["lines"]))


async def test_a_page_that_there_is_no_more_shows_the_last(shop: Shop) -> None:
    await bought(shop, *MANY)
    visitor = await Visitor(shop).open_purchases()
    await visitor.click("Next")
    shop.write("UPDATE sales SET status = 'failed' WHERE id > 3")
    shop.write("UPDATE sessions SET state = 'failed', url = NULL WHERE sale_id > 3")

    await visitor.click("Next")

    assert visitor.text.count("-# Open until") == 3
    assert "Next" not in visitor.buttons
