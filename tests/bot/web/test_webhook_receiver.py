"""`POST /webhooks/pandabase` as the store, and whoever else finds the address, uses it."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from bot.payments import webhook_inbox
from bot.web.receiver import LARGEST_BODY
from sandbox.webhooks import Endpoint
from tests.harness.interference import locked
from tests.harness.receiving import SECRET, Door, event, open_door


async def test_a_signed_event_is_kept_with_what_is_read_of_it_and_answered_with_200(door: Door) -> None:
    body = (
        b'{"id": "evt_1",  "event":"PAYMENT_COMPLETED", "data": {"order": {"orderNumber": "cs_1"}, "x": 5}}'
    )

    assert await door.deliver(body) == 200

    [kept] = await door.kept()
    assert (kept["event_id"], kept["type"], kept["order_number"]) == ("evt_1", "PAYMENT_COMPLETED", "cs_1")
    assert json.loads(kept["payload"]) == {
        "id": "evt_1",
        "event": "PAYMENT_COMPLETED",
        "data": {"order": {"orderNumber": "cs_1"}},
    }
    assert kept["due_at"] is not None


async def test_a_delivery_that_repeats_is_answered_alike_and_kept_once(door: Door) -> None:
    assert [await door.deliver(event()) for _ in range(3)] == [200, 200, 200]
    assert await door.deliver(event(kind="PAYMENT_REFUNDED")) == 200

    assert [kept["type"] for kept in await door.kept()] == ["PAYMENT_COMPLETED", "PAYMENT_REFUNDED"]


@pytest.mark.parametrize("signing", [{}, {"key": "text"}, {"version": "V1"}])
async def test_every_scheme_of_the_store_is_taken(door: Door, signing: dict[str, str]) -> None:
    assert await door.deliver(event(), **signing) == 200


async def test_both_secrets_of_a_rotation_are_taken(tmp_path: Path) -> None:
    async with open_door(tmp_path, "whsec_bmV3ZXI=", SECRET) as door:
        assert await door.deliver(event("evt_1"), secret="whsec_bmV3ZXI=") == 200
        assert await door.deliver(event("evt_2"), secret=SECRET) == 200
        assert await door.deliver(event("evt_3"), secret="whsec_b2xkZXI=") == 401


async def test_without_a_secret_there_is_no_such_address(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        for secret in (SECRET, "whsec_", "whsec_AA=="):
            assert await door.deliver(event(), secret=secret) == 404
        assert await door.kept() == []


@pytest.mark.parametrize("kind", ["PAYMENT_TELEPORTED", "", None, 7, "x" * 500, "\ud800"])
async def test_a_kind_of_event_that_is_new_is_kept(door: Door, kind: Any) -> None:
    assert await door.deliver(event(kind=kind)) == 200

    await door.books.inbox.apply_due()
    [kept] = await door.kept()
    assert kept["outcome"] == "ignored"


@pytest.mark.parametrize("identity", [None, 7, "", "x" * 5000, "\ud800", {}])
async def test_an_event_without_an_id_of_its_own_is_known_by_the_signed_one(
    door: Door, identity: Any
) -> None:
    assert await door.deliver(event(identity)) == 200
    assert await door.deliver(event(identity)) == 200

    assert len(await door.kept()) == 1


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b'"text"', b"null", b"7", b"{", b'{"a":' * 5000, b"[" * 50_000, b"1" * 5000]
)
async def test_what_isnt_a_json_object_is_a_400(door: Door, body: bytes) -> None:
    assert await door.deliver(body) == 400

    assert await door.kept() == []


async def test_bytes_that_arent_text_cant_be_signed(door: Door) -> None:
    assert await door.deliver(b'{"id": "\xff"}') == 401


@pytest.mark.parametrize("given", [{}, {"data": None}, {"data": []}, {"id": "evt", "data": {"order": 7}}])
async def test_an_event_with_most_of_it_missing_is_kept(door: Door, given: Any) -> None:
    assert await door.deliver(given) == 200

    await door.books.inbox.apply_due()
    [kept] = await door.kept()
    assert kept["error"] is None


async def test_a_body_that_is_too_large_is_a_413(door: Door) -> None:
    assert await door.deliver(b'{"x": "' + b"y" * LARGEST_BODY + b'"}') == 413

    async def pieces() -> Any:
        for _ in range(64):
            yield b"y" * 16384

    url = f"{door.url}/webhooks/pandabase"
    async with door.http.post(url, data=pieces()) as answer:
        assert answer.status == 413
    assert await door.kept() == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, identity", "x"])
async def test_a_body_that_claims_to_be_packed_is_a_415_and_nothing_in_the_log(
    door: Door, encoding: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps(event()).encode()
    signed = Endpoint("", SECRET).headers("msg_1", body, door.books.now.timestamp())

    status, _ = await door.post(body, {**signed, "Content-Encoding": encoding})

    assert status == 415
    assert await door.kept() == []
    assert "Traceback" not in caplog.text
    assert "415" in (await door.get("/metrics"))[1]


async def test_a_body_that_says_it_is_as_it_is_is_taken(door: Door) -> None:
    body = json.dumps(event()).encode()
    signed = Endpoint("", SECRET).headers("msg_1", body, door.books.now.timestamp())

    assert (await door.post(body, {**signed, "Content-Encoding": "identity"}))[0] == 200


async def test_the_subscription_that_an_event_names_is_kept_beside_it(door: Door) -> None:
    await door.deliver(event(subscription={"id": "sub_1"}))

    [kept] = await door.kept()
    assert kept["subscription_id"] == "sub_1"


async def test_a_database_that_is_away_is_a_503_and_the_store_tries_again(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_inbox, "KEEP_WITHIN", 0.3)
    with locked(tmp_path / "bamboo.db"):
        assert await door.deliver(event()) == 503

    assert await door.deliver(event()) == 200
    assert len(await door.kept()) == 1


async def test_a_database_without_its_tables_is_a_503(door: Door) -> None:
    async with door.books.database._database.writer.transaction() as connection:
        await connection.rows("ALTER TABLE events RENAME TO elsewhere", {})

    assert await door.deliver(event()) == 503


async def test_other_methods_and_addresses_are_told_so_in_json(door: Door) -> None:
    for path, status in (("/webhooks/pandabase", 405), ("/webhooks", 404), ("/", 404), ("/%00", 404)):
        found, body = await door.get(path)
        assert (found, json.loads(body)["ok"]) == (status, False)


async def test_health_says_yes_and_readiness_says_what_is_missing(door: Door) -> None:
    assert await door.get("/healthz") == (200, '{"ok": true}')
    assert (await door.get("/readyz"))[0] == 200

    door.missing.append("The bot isn't connected to Discord.")
    status, body = await door.get("/readyz")
    assert (status, json.loads(body)["error"]) == (503, "The bot isn't connected to Discord.")


async def test_metrics_count_answers(door: Door) -> None:
    await door.deliver(event())
    await door.deliver(event(), secret="whsec_d3Jvbmc=")

    status, body = await door.get("/metrics")
    assert status == 200
    assert 'bamboo_webhooks_total{status="200"} 1.0' in body
    assert 'bamboo_webhooks_total{status="401"} 1.0' in body


async def test_of_hundreds_of_forged_and_tampered_deliveries_none_is_taken(door: Door) -> None:
    dice = random.Random(5)
    body = json.dumps(event(), ensure_ascii=False).encode()
    answers: dict[int, int] = {}

    def tampered() -> tuple[bytes, dict[str, str]]:
        version = dice.choice(["V1", "V2"])
        now = door.books.now.timestamp()
        right = Endpoint("", SECRET, version).headers("msg_1", body, now)
        position = dice.randrange(len(body))
        flipped = bytes([*body[:position], body[position] ^ dice.randint(1, 127), *body[position + 1 :]])
        name = dice.choice(list(right))
        value = right[name]
        place = dice.randrange(len(value))
        changed = value[:place] + dice.choice("abcXYZ019+/=-") + value[place + 1 :]
        forged = Endpoint("", f"whsec_{dice.randbytes(24).hex()}", version, "text")
        stale = dice.choice([-1, 1]) * dice.randint(301, 10**6)
        return dice.choice(
            [
                (flipped, right),
                (body + b" ", right),
                (body, {k: v for k, v in right.items() if k != name}),
                (body, {**right, name: changed if changed.rstrip("=") != value.rstrip("=") else "x"}),
                (body, forged.headers("msg_1", body, now)),
                (body, Endpoint("", SECRET, version).headers("msg_1", body, now + stale)),
                (body, {}),
            ]
        )

    for _ in range(20):
        batch = [tampered() for _ in range(25)]
        for status, _answer in await asyncio.gather(*(door.post(*one) for one in batch)):
            answers[status] = answers.get(status, 0) + 1

    assert answers == {401: 500}
    assert await door.kept() == []


async def test_many_at_once_are_all_answered_and_all_applied(door: Door) -> None:
    sales = [await door.books.sale() for _ in range(30)]
    events = [event(f"evt_{number}", order=door.books.order(sale)) for number, sale in enumerate(sales)]

    answers = await asyncio.gather(*(door.deliver(one) for one in events * 4))
    await door.books.inbox.apply_due()

    assert answers == [200] * 120
    assert door.books.heard.changes == ["paid"] * 30
    assert {row["outcome"] for row in await door.kept()} == {"applied"}
