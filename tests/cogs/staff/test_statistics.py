"""`/store stats`: what was sold, in words and as a picture."""

import asyncio
import io
import json
import threading
from datetime import date
from typing import Any

import pytest
from PIL import Image

from bot.money import Money
from bot.staff.periods import ReportPeriod
from bot.statistics import chart
from bot.statistics.chart import BarChart
from bot.statistics.models import Revenue, Summary
from bot.texts import SOURCE, Languages
from cogs.staff import statistics
from tests.harness.grove import Grove
from tests.harness.shop import text_of, walk

pytestmark = pytest.mark.kept_shop


def picture_in(grove: Grove, result: Any) -> Image.Image | None:
    """The picture of the answer, if it has one."""
    message = result.response
    shown = [part for part in walk(message.components) if part["type"] == 12]
    if not shown:
        return None
    [attachment] = message.attachments
    return Image.open(io.BytesIO(grove.shop.env.backend.cdn.get(attachment.url) or b""))


async def test_an_empty_shop_says_what_to_do(grove: Grove) -> None:
    result = await grove.store_result("stats")
    assert "Nothing was sold in this time." in text_of(result.response)
    assert "Sales · Last 30 days" in text_of(result.response)
    assert picture_in(grove, result) is None


@pytest.mark.postgres
async def test_what_was_paid_refunded_and_not_paid_is_added_up(grove: Grove) -> None:
    await grove.bought()
    order = await grove.bought("Harbour Castle schematic", quantity=2)
    await grove.till.link()
    await grove.at_the_store("refund", order)
    await grove.benefit("Lobby pack")
    await grove.store("give", product=grove.till.product("Lobby pack").id, member=grove.shop.alice)
    await grove.till.settled()

    shown = await grove.store("stats", period=ReportPeriod.WEEK)

    paid = sum(row["amount"] for row in grove.till.orders())
    [back] = [row["amount"] for row in grove.till.orders() if row["money"] == "refunded"]
    assert f"**{Money(paid, 'USD').format('en_US')}** from 2 payments" in shown
    assert f"Given back: {Money(back, 'USD').format('en_US')}, 1 payment" in shown
    assert "3 payment links, 67% paid" in shown
    assert "1. " in shown
    assert "GroveGuard: $" in shown
    assert "sold 2 times" in shown
    assert "Lobby pack" not in shown, "what staff gave was not sold"
    assert shown.count("\n- ") == 7, "each of the seven days"
    assert "Best day" not in shown
    [entry] = grove.shop.rows("SELECT * FROM audit WHERE action = 'statistics'")
    assert (entry["actor_id"], json.loads(entry["details"])) == (grove.boss.id, {"period": "7"})


@pytest.mark.postgres
async def test_subscriptions_that_run_are_counted(grove: Grove) -> None:
    await grove.bought("Sprout membership")
    assert "1 subscription running now" in await grove.store("stats")
    await grove.at_the_store("cancel", grove.subscription, immediate=True)
    assert "running now" not in await grove.store("stats")


async def test_what_was_before_the_period_is_not_in_it(grove: Grove) -> None:
    await grove.bought()
    await grove.days(8)
    assert "Nothing was sold" in await grove.store("stats", period=ReportPeriod.WEEK)
    longer = await grove.store("stats", period=ReportPeriod.MONTH)
    assert "from 1 payment" in longer
    assert "Per day on average: $" in longer
    assert "Best day: Jan 1, $" in longer


@pytest.mark.settings(display={"timezone": "Asia/Kolkata"})
async def test_a_day_is_one_of_the_shops_time_zone(grove: Grove) -> None:
    await grove.bought()
    order = grove.till.orders()[0]
    # 18:45 UTC is a quarter past midnight there.
    moved = (order["paid_at"] // 86_400_000) * 86_400_000 + 18 * 3_600_000 + 45 * 60_000
    grove.shop.write("UPDATE orders SET paid_at = ?", moved)
    await grove.days(2)
    shown = await grove.store("stats", period=ReportPeriod.WEEK)
    assert f"- Jan 2: {Money(order['amount'], 'USD').format('en_US')}" in shown
    assert "(Asia/Kolkata)" in shown


@pytest.mark.settings(staff={"role_ids": [1]})
async def test_only_staff_see_figures_and_of_their_own_server(grove: Grove) -> None:
    await grove.bought()
    refused = await grove.shop.alice.slash(grove.shop.channel, "store stats")
    assert "Only staff can do this" in text_of(refused.response)
    assert "GroveGuard" not in text_of(refused.response)
    grove.shop.write("UPDATE sales SET guild_id = 7")
    assert "Nothing was sold" in await grove.store("stats")


# --- the picture --------------------------------------------------------------------------------------


async def test_the_picture_is_drawn_beside_the_event_loop(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    drawn_by: list[int] = []

    def draw(panels: list[BarChart]) -> bytes:
        drawn_by.append(threading.get_ident())
        return chart.draw(panels)

    monkeypatch.setattr(statistics, "draw", draw)
    await grove.bought()
    result = await grove.store_result("stats")

    picture = picture_in(grove, result)
    assert picture is not None
    assert picture.size == (800, 280)
    assert drawn_by != [threading.get_ident()]


async def test_without_the_extra_it_is_said_in_words_alone(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "can_draw", lambda: False)
    await grove.bought()
    result = await grove.store_result("stats")
    assert picture_in(grove, result) is None
    assert "from 1 payment" in text_of(result.response)


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [each / 255 for each in colour]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, "contrast ratio"."""
    bright, dark = sorted(
        (luminance(tuple(bytes.fromhex(each[1:]))) for each in (one, other)),  # type: ignore[arg-type]
        reverse=True,
    )
    return (bright + 0.05) / (dark + 0.05)


async def test_the_picture_reads_on_dark_and_light_as_it_brings_its_own_ground() -> None:
    pytest.importorskip("matplotlib")
    panel = BarChart("USD", [f"Nov {day}" for day in range(1, 31)], [day * 100 for day in range(30)], str)
    png = await asyncio.to_thread(chart.draw, [panel, panel])
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    assert picture.size == (800, 560)
    assert {picture.getpixel(each) for each in ((0, 0), (799, 0), (0, 559), (799, 559))} == {
        (*bytes.fromhex(chart.GROUND[1:]), 255)
    }
    assert contrast(chart.WRITING, chart.GROUND) > 7
    assert contrast(chart.BARS, chart.GROUND) > 4.5
    colours = {colour for _, colour in picture.getcolors(1_000_000) or []}
    assert (*bytes.fromhex(chart.BARS[1:]), 255) in colours


def test_a_year_is_drawn_by_weeks_and_in_the_readers_language() -> None:
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    revenue = Revenue("EUR", 2, 3000, 0, 0, {date(2025, 1, 2): 1000, date(2025, 1, 9): 2000})
    summary = Summary(ReportPeriod.YEAR, first, last, (revenue,), (), 2, 2, 0, 0)
    [panel] = statistics.panels(summary, SOURCE)
    assert (len(panel.labels), sum(panel.amounts), panel.amounts[:2]) == (53, 3000, [1000, 2000])
    german = Languages().of("de")
    [panel] = statistics.panels(summary, german)
    assert panel.written(1000) == german.money(Money(1000, "EUR"))
    assert panel.labels[0] == "1. Jan."
