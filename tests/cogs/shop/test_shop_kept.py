"""The store is away when the bot starts: the catalog of before is shown, with its age."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.shop import START, Shop, text_of
from tests.harness.visitor import Visitor

AWAY = "The shop is offline right now"


def catalog_file(shop: Shop) -> Path:
    return shop.database.with_suffix(".catalog")


def store_goes_away(shop: Shop) -> None:
    shop.sandbox.fail_next(refuse=True, times=100_000)


def about_the_file(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "bot.catalog.kept"]


async def suggested(shop: Shop, typed: str) -> list[str]:
    await shop.alice.autocomplete(shop.channel, "buy", "product", typed)
    [*_, request] = [one for one in shop.env.http_requests if one.path.endswith("/callback")]
    return [choice["name"] for choice in request.json["data"]["choices"]]


async def test_the_catalog_of_before_is_shown_and_how_old_it_is(shop: Shop) -> None:
    store_goes_away(shop)
    await shop.pass_time(hours=2)

    await shop.restart()

    visitor = await Visitor(shop).open("castle")
    assert visitor.titles == ["Harbour Castle schematic"]
    assert visitor.text.endswith(f"-# {AWAY}. This is from <t:{int(START.timestamp())}:R>.")
    assert await suggested(shop, "castle") == ["Harbour Castle schematic · $7.99"]


async def test_nothing_is_charged_from_it_while_the_store_is_away(shop: Shop) -> None:
    store_goes_away(shop)
    await shop.restart()

    result = await shop.buy("grove-guard")

    assert "The store isn't answering. You haven't been charged" in text_of(result.response)
    assert shop.rows("SELECT * FROM sales") == []


async def test_a_price_that_changed_meanwhile_is_what_the_store_is_asked_for(shop: Shop) -> None:
    store_goes_away(shop)
    await shop.restart()
    shop.sandbox.stop_failing()
    shop.sandbox.product("grove-guard").price = 2999

    await shop.buy("grove-guard")

    [body] = shop.bodies
    assert body["amount"] == 2999


async def test_the_store_has_the_last_word_as_soon_as_it_is_back(shop: Shop) -> None:
    shop.sandbox.product("castle-schematic").price = 1999
    await shop.restart()

    assert await suggested(shop, "castle") == ["Harbour Castle schematic · $19.99"]


async def test_it_is_written_only_when_something_has_changed(shop: Shop) -> None:
    written = catalog_file(shop).stat()
    assert written.st_mode & 0o777 == 0o600
    await shop.pass_time(minutes=16)
    assert catalog_file(shop).stat().st_ino == written.st_ino

    shop.sandbox.product("grove-guard").title = "GroveGuard II"
    await shop.pass_time(minutes=16)

    assert catalog_file(shop).stat().st_ino != written.st_ino
    assert "GroveGuard II" in catalog_file(shop).read_text()
    assert catalog_file(shop).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in shop.database.parent.glob(".*")] == []


async def test_what_a_process_left_that_died_over_writing_it_goes_at_the_next_start(shop: Shop) -> None:
    shop.database.with_name(f".{catalog_file(shop).name}.0badcafe").write_text("{")
    await shop.restart()
    assert [path.name for path in shop.database.parent.glob(".*")] == []


async def test_what_is_said_of_its_age_is_at_most_an_hour_too_much(shop: Shop) -> None:
    await shop.pass_time(hours=3)
    store_goes_away(shop)

    await shop.restart()

    kept = json.loads(catalog_file(shop).read_text())["fetched_at"]
    assert kept >= "2026-01-01T02:00"


def damaged(kept: dict[str, Any]) -> str:
    return json.dumps(kept)[:-100]


def of_another_store(kept: dict[str, Any]) -> str:
    return json.dumps(kept | {"store_id": "shp_another"})


def of_another_host(kept: dict[str, Any]) -> str:
    return json.dumps(kept | {"base_url": "https://elsewhere.example"})


def from_the_future(kept: dict[str, Any]) -> str:
    return json.dumps(kept | {"fetched_at": "2036-01-01T00:00:00Z"})


def of_something_else(_kept: dict[str, Any]) -> str:
    return "[]"


@pytest.mark.parametrize(
    "spoil", [damaged, of_another_store, of_another_host, from_the_future, of_something_else]
)
async def test_a_file_that_cant_be_used_is_ignored_with_one_line(
    shop: Shop, caplog: pytest.LogCaptureFixture, spoil: Any
) -> None:
    file = catalog_file(shop)
    file.write_text(spoil(json.loads(file.read_text())))
    store_goes_away(shop)

    await shop.restart()

    visitor = await Visitor(shop).open()
    assert visitor.text == f"### ⚠️ `TEST` {AWAY}\nTry again in a few minutes."
    assert len(about_the_file(caplog)) == 1


async def test_without_a_place_for_it_the_shop_works_all_the_same(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    catalog_file(shop).unlink()
    catalog_file(shop).mkdir()
    shop.sandbox.product("grove-guard").title = "GroveGuard II"

    await shop.pass_time(minutes=16)

    assert await suggested(shop, "groveguard ii") == ["GroveGuard II · $24.99"]
    assert len(about_the_file(caplog)) == 1


async def test_who_types_before_anything_is_known_gets_choices_a_moment_later(shop: Shop) -> None:
    catalog_file(shop).unlink()
    shop.sandbox.fail_next("GET", "*/products", delay=1.0)
    restarting = shop.restart()
    await restarting

    assert await suggested(shop, "castle") == ["Harbour Castle schematic · $7.99"]
