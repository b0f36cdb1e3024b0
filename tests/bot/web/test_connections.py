"""Who may stay connected to the web server, how long, and how many."""

import asyncio
import errno
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.web import connections
from bot.web.connections import counted_address
from tests.harness.receiving import SECRET, Door, event, open_door

HEAD = b"POST /webhooks/pandabase HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.4)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    monkeypatch.setattr(connections, "FEWEST_CONNECTIONS", 3)
    return


async def connected(door: Door) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    at = urlsplit(door.url)
    return await asyncio.open_connection(at.hostname, at.port)


async def end_of(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("said", [b"", b"POST /webhooks", HEAD, HEAD + b"\r\n", HEAD + b"\r\n{"])
async def test_who_does_not_finish_a_request_is_hung_up_on(door: Door, said: bytes) -> None:
    reader, writer = await connected(door)
    writer.write(said)
    assert await end_of(reader) == b""
    writer.close()
    assert await door.deliver(event()) == 200


@pytest.mark.usefixtures("impatient")
async def test_who_sends_a_byte_now_and_then_is_hung_up_on_all_the_same(door: Door) -> None:
    reader, writer = await connected(door)
    gone = asyncio.create_task(end_of(reader))
    writer.write(HEAD + b"\r\n")
    while not gone.done():
        writer.write(b"{")
        await asyncio.sleep(0.05)
    assert await gone == b""
    writer.close()


@pytest.mark.usefixtures("impatient")
async def test_a_connection_may_wait_for_its_next_request(door: Door) -> None:
    assert (await door.get("/healthz"))[0] == 200
    await asyncio.sleep(0.6)
    reader, writer = await connected(door)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
    assert (await reader.readuntil(b'{"ok": true}')).startswith(b"HTTP/1.1 200")
    await asyncio.sleep(0.6)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
    assert (await reader.readuntil(b'{"ok": true}')).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.usefixtures("few")
async def test_a_body_that_comes_after_the_answer_takes_no_place_from_others(tmp_path: Path) -> None:
    async with open_door(tmp_path, SECRET) as door:
        late = [await connected(door) for _ in range(3)]
        for reader, writer in late:
            writer.write(b"POST /nothing HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n")
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 404")
            writer.write(b"{}")
        await asyncio.sleep(0.1)
        assert await door.deliver(event()) == 200
        for _, writer in late:
            writer.close()


@pytest.mark.usefixtures("few")
async def test_when_all_places_are_taken_the_longest_silent_one_makes_room(tmp_path: Path) -> None:
    async with open_door(tmp_path, SECRET) as door:
        silent = [await connected(door) for _ in range(5)]
        assert await door.deliver(event()) == 200
        assert [await end_of(reader) for reader, _ in silent[:3]] == [b""] * 3
        assert not silent[4][0].at_eof()
        for _, writer in silent:
            writer.close()


async def test_one_public_address_has_a_share_of_the_places_only(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_PER_ADDRESS", 2)
    monkeypatch.setattr(connections, "counted_address", lambda _peer: "203.0.113.7")
    silent = [await connected(door) for _ in range(3)]
    assert await end_of(silent[0][0]) == b""
    assert await door.deliver(event()) == 200
    for _, writer in silent:
        writer.close()


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        (("8.8.8.8", 5), "8.8.8.8"),
        (("::ffff:8.8.8.8", 5, 0, 0), "8.8.8.8"),
        (("2606:4700:1:2:3:4:5:6", 5, 0, 0), "2606:4700:1:2::/64"),
        (("127.0.0.1", 5), None),
        (("172.18.0.2", 5), None),
        (("fe80::1%eth0", 5, 0, 2), None),
        ("", None),
        (None, None),
    ],
)
def test_a_proxy_in_the_same_network_is_not_limited(peer: object, counted: str | None) -> None:
    assert counted_address(peer) == counted


async def test_connections_that_cannot_be_taken_are_one_line(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    error = OSError(errno.EMFILE, "Too many open files")
    context = {"message": "socket.accept() out of system resource", "exception": error}
    for _ in range(100):  # as asyncio tells of them
        asyncio.get_running_loop().call_exception_handler(context)
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in lines] == [
        "The web server can't take connections for the moment (Too many open files)"
    ]
    assert lines[0].exc_info is None
