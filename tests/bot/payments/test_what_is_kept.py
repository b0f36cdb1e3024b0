"""Of what the store tells, the file holds what is needed: no payer's email or address, no key, no token."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop

EMAIL = "alice@example.com"
ADDRESS = "203.0.113.77"
KEY = "GROVE-KEY-1234"


def files_of(database: Path) -> bytes:
    """All that is on the disk of it, what was deleted included."""
    return b"".join(part.read_bytes() for part in database.parent.glob(f"{database.name}*"))


async def deliver(grove: Grove, kind: str, identity: str, order: dict[str, Any]) -> int:
    """An event with all that the store knows of a payer."""
    customer = {"id": "cus_1", "email": EMAIL, "name": "Alice Payer", "ip": ADDRESS}
    data = {"order": {"customer": customer, **order}, "customer": customer, "geo": {"ip": ADDRESS}}
    body = json.dumps({"event": kind, "id": identity, "data": data}).encode()
    webhooks = grove.shop.sandbox.webhooks
    assert webhooks.endpoint is not None
    headers = webhooks.endpoint.headers(identity, body, grove.shop.clock().timestamp())
    status = await webhooks.post(webhooks.endpoint.url, body, headers)
    await grove.till.settled()
    return status


async def test_no_file_ever_holds_who_paid(grove: Grove) -> None:
    await grove.bought()
    strange = {"id": "ord_1", "orderNumber": "cs_1", "metadata": {"contact": EMAIL, "discord_user_id": "5"}}
    license_ = {"licenses": [{"key": KEY}]}
    assert await deliver(grove, "PAYMENT_COMPLETED", "evt_1", {**strange, **license_}) == 200
    assert await deliver(grove, "SOMETHING_NEW", "evt_2", strange) == 200
    held = {**strange, "status": "COMPLETED", "amount": 100}
    held["metadata"] = {"contact": EMAIL, "source": "discord", "signature": "forged", "sale": "a" * 10}
    assert await deliver(grove, "PAYMENT_COMPLETED", "evt_3", held) == 200

    assert len(grove.till.quarantine()) == 1
    for secret in (EMAIL, ADDRESS, "Alice Payer", KEY):
        assert secret.encode() not in files_of(grove.shop.database)
    [unknown] = grove.shop.rows("SELECT * FROM events WHERE event_id = 'evt_2'")
    assert (unknown["type"], unknown["order_number"]) == ("SOMETHING_NEW", "cs_1")


@pytest.mark.sqlite
async def test_a_token_that_discord_no_longer_takes_is_gone_from_the_file(grove: Grove) -> None:
    shop = grove.shop
    shop.close_dms()
    shop.env.inject_error("PATCH", "/webhooks/*/*/messages/*", status=500)
    await shop.buy("grove-guard")
    [row] = shop.rows("SELECT reply FROM jobs WHERE lane = 'people' AND reply IS NOT NULL")
    token = json.loads(row["reply"])["token"].encode()
    assert token in files_of(shop.database)

    shop.write("UPDATE jobs SET next_attempt_at = NULL")  # nothing else comes by
    await shop.pass_time(minutes=31)

    assert shop.rows("SELECT id FROM jobs WHERE lane = 'people' AND reply IS NOT NULL") == []
    with closing(sqlite3.connect(shop.database, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert token not in files_of(shop.database)
