"""`/store export`: what was sold, invoiced or done, as a file that only its reader sees."""

import asyncio
import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.exports import service
from bot.exports.models import Export
from bot.staff.periods import ReportPeriod
from tests.harness.grove import Grove
from tests.harness.invoicing import sent
from tests.harness.shop import text_of

pytestmark = pytest.mark.kept_shop


def file_of(grove: Grove, result: Any) -> tuple[str, bytes]:
    """Name and content of the answer's only file."""
    [attachment] = result.response.attachments
    return attachment.filename, grove.shop.env.backend.cdn.get(attachment.url) or b""


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@contextmanager
def discord_takes(size: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So many bytes in a file, beside what the request has besides."""
    with monkeypatch.context() as patch:
        write = service.Exports.write

        async def limited(self: Any, *what: Any, limit: int, by: int) -> Any:
            del limit
            return await write(self, *what, limit=size + service._SPARED, by=by)

        patch.setattr(service.Exports, "write", limited)
        yield


@pytest.mark.postgres
async def test_sales_come_with_their_payments(grove: Grove) -> None:
    order = await grove.bought("Harbour Castle schematic", quantity=2)
    await grove.till.link()

    result = await grove.store_result("export", what=Export.SALES)

    name, content = file_of(grove, result)
    assert result.ephemeral
    assert (name, content[:3]) == ("sales-2026-01-01.csv", b"\xef\xbb\xbf")
    paid, unpaid = table(content)
    [row] = grove.till.orders()
    assert paid["products"] == "2 × Harbour Castle schematic"
    assert paid["buyer"] == f"id:{grove.shop.alice.id}"
    assert (paid["order"], paid["payment"], paid["currency"]) == (order.order_number, "paid", "USD")
    assert float(paid["paid"]) * 100 == row["amount"]
    assert (unpaid["products"], unpaid["payment"], unpaid["paid"]) == ("1 × GroveGuard", "", "")
    assert "2 rows" in text_of(result.response)
    [entry] = grove.shop.rows("SELECT * FROM audit WHERE action = 'exported'")
    assert entry["actor_id"] == grove.boss.id
    assert json.loads(entry["details"]) == {"what": "sales", "period": "30", "rows": 2}


@pytest.mark.postgres
async def test_invoices_and_the_audit_are_taken_away_too(grove: Grove) -> None:
    await sent(grove.shop, grove.boss, item="=HYPERLINK(1)")
    _, content = file_of(grove, await grove.store_result("export", what=Export.INVOICES))
    [invoice] = table(content)
    assert (invoice["invoice"], invoice["state"], invoice["subtotal"]) == ("1", "open", "12.50")
    assert invoice["member"] == f"id:{grove.shop.alice.id}"
    _, content = file_of(
        grove, await grove.store_result("export", what=Export.AUDIT, period=ReportPeriod.ALL)
    )
    assert [row["action"] for row in table(content)][:2] == ["drafted", "sent"]
    assert table(content)[-1]["action"] == "exported"


@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1"])
async def test_no_cell_is_taken_for_a_formula(grove: Grove, evil: str) -> None:
    await sent(grove.shop, grove.boss)
    grove.shop.write("UPDATE invoices SET payer_name = ?, title = ?, reason = ?", evil, evil, evil)
    _, content = file_of(grove, await grove.store_result("export", what=Export.INVOICES))
    [invoice] = table(content)
    cells = [cell for cell in invoice.values() if cell]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert invoice["title"].startswith("'")


async def test_what_is_older_than_the_period_or_another_servers_stays_out(grove: Grove) -> None:
    await grove.bought()
    await grove.days(8)
    await grove.till.link("Harbour Castle schematic")
    week = await grove.store_result("export", what=Export.SALES, period=ReportPeriod.WEEK)
    recent = table(file_of(grove, week)[1])
    assert [row["products"] for row in recent] == ["1 × Harbour Castle schematic"]
    everything = await grove.store_result("export", what=Export.SALES, period=ReportPeriod.ALL)
    assert len(table(file_of(grove, everything)[1])) == 2
    grove.shop.write("UPDATE sales SET guild_id = 7")
    assert "nothing to export" in await grove.store("export", what=Export.SALES)


async def test_staff_read_in_their_log_who_took_what_away(grove: Grove) -> None:
    await grove.shop.restart(staff={"log_channel_id": grove.log_channel.id})
    await grove.shop.buy("grove-guard")
    await grove.store("stats")
    await grove.store("export", what=Export.SALES)
    await grove.shop.env.settle()
    [line] = [said for said in grove.logged() if "Exported" in said]
    assert f"Exported: Sales · by <@{grove.boss.id}>" in line
    assert [said for said in grove.logged() if "statistics" in said] == []


@pytest.mark.settings(staff={"role_ids": [1]})
async def test_only_staff_get_files(grove: Grove) -> None:
    await grove.bought()
    refused = await grove.shop.alice.slash(grove.shop.channel, "store export", what=Export.SALES)
    assert "Only staff can do this" in text_of(refused.response)
    assert not refused.response.attachments
    assert grove.shop.rows("SELECT id FROM audit WHERE action = 'exported'") == []


def many_sales(grove: Grove, number: int) -> None:
    """As many as it would take years to sell, all a second apart."""
    grove.shop.write(
        "INSERT INTO sales (reference, kind, guild_id, channel_id, buyer_id, recipient_id, lines,"
        " fingerprint, currency, subtotal, status, created_at)"
        " WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)"
        " SELECT 'r' || n, kind, guild_id, channel_id, buyer_id, recipient_id, lines, 'f' || n, currency,"
        " subtotal, 'expired', created_at - n / 2 * 1000 FROM counted, sales WHERE sales.id = 1",
        number,
    )


@pytest.mark.postgres
async def test_pages_lose_nothing_and_repeat_nothing(grove: Grove, monkeypatch: pytest.MonkeyPatch) -> None:
    await grove.bought()
    many_sales(grove, 57)
    monkeypatch.setattr(service, "ROWS_AT_ONCE", 5)
    rows = table(file_of(grove, await grove.store_result("export", what=Export.SALES))[1])
    assert len(rows) == 58
    assert len({row["purchase"] for row in rows}) == 58
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)


@pytest.mark.own_shop
async def test_what_discord_would_not_take_is_packed_and_then_refused(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    await grove.bought()
    many_sales(grove, 500)
    with discord_takes(40_000, monkeypatch):
        result = await grove.store_result("export", what=Export.SALES)
        name, content = file_of(grove, result)
        assert name == "sales-2026-01-01.zip"
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert len(table(archive.read("sales-2026-01-01.csv"))) == 501
        assert "ZIP" in text_of(result.response)
    for size in (3_000, 300):  # packed it is too large; that far beyond, nobody packs it
        with discord_takes(size, monkeypatch):
            assert "too much for one Discord file" in await grove.store("export", what=Export.SALES)
    assert len(grove.shop.rows("SELECT id FROM audit WHERE action = 'exported'")) == 1


async def test_a_hundred_thousand_sales_hold_up_nobody(grove: Grove) -> None:
    """The loop turns all the time: whoever buys meanwhile is acknowledged as at any other time."""

    await grove.bought()
    many_sales(grove, 100_000)
    stood = 0.0
    done = False

    async def turns() -> None:
        nonlocal stood
        while not done:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            stood = max(stood, time.monotonic() - began)

    watching = asyncio.create_task(turns())
    began = time.monotonic()
    exported = await grove.shop.app.bot.service(service.Exports).write(
        grove.shop.guild.id, Export.SALES, ReportPeriod.ALL, limit=8_000_000, by=grove.boss.id
    )
    took = time.monotonic() - began
    done = True
    await watching
    with exported.file:
        assert exported.rows == 100_001
        assert exported.is_zipped
    assert stood < 1.0, f"{stood:.1f} of {took:.1f} seconds"
