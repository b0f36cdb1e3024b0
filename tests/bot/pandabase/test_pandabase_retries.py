"""What is tried again, how often, and what is known when it fails for good. The waits are the real ones."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.errors import RateLimited, Unavailable
from bot.pandabase.client import PandabaseClient
from bot.pandabase.schemas import CatalogItem, CheckoutRequest, EstimateRequest
from bot.pandabase.transport import ATTEMPTS, store_connections
from tests.harness.patience import PATIENCE
from tests.harness.scripted_store import (
    STORE_ID,
    Script,
    ScriptedStore,
    answers,
    breaks_off,
    data_of,
    hangs_up,
    refuses,
    says,
    scripted_store,
    session,
    shop,
    waits,
)
from tests.harness.shop import until

PLAN = CheckoutRequest(items=(CatalogItem(product_id="prd_1"),))
ESTIMATE = EstimateRequest(items=PLAN.items, country="FR")
CREATED = answers(session(), status=201)
GARBAGE = b"this is not HTTP\r\n\r\n"


def utc_now() -> datetime:
    return datetime.now(UTC)


def client_over(http: aiohttp.ClientSession, store: ScriptedStore) -> PandabaseClient:
    return PandabaseClient(STORE_ID, store.base_url, clock=utc_now, http=http)


@pytest.fixture
async def impatient(store: ScriptedStore) -> AsyncIterator[PandabaseClient]:
    """A client that doesn't wait long for an answer."""
    timeout = aiohttp.ClientTimeout(connect=PATIENCE, sock_read=0.3)
    async with store_connections(store.base_url, at_once=1, timeout=timeout) as http:
        yield client_over(http, store)


@pytest.mark.parametrize("loss", [hangs_up, breaks_off], ids=["hung up", "broke off"])
async def test_a_create_whose_answer_was_lost_is_repeated_once(
    loss: Script, client: PandabaseClient, store: ScriptedStore
):
    store.then(loss, CREATED)
    assert (await client.create_checkout(PLAN)).id == "cs_1"
    assert [seen.body for seen in store.requests] == [PLAN.body()] * 2


@pytest.mark.parametrize("loss", [hangs_up, breaks_off], ids=["hung up", "broke off"])
async def test_a_create_whose_answer_was_lost_twice_is_given_up(
    loss: Script, client: PandabaseClient, store: ScriptedStore
):
    store.then(loss, loss, CREATED)
    with pytest.raises(Unavailable) as away:
        await client.create_checkout(PLAN)
    assert away.value.sent
    assert len(store.requests) == 2


async def test_a_create_that_is_not_answered_in_time_is_repeated_once(
    impatient: PandabaseClient, store: ScriptedStore
):
    store.then(waits(1, CREATED), waits(1, CREATED), CREATED)
    with pytest.raises(Unavailable) as away:
        await impatient.create_checkout(PLAN)
    assert away.value.sent
    assert len(store.requests) == 2


async def test_a_create_on_a_connection_that_the_store_closed_meanwhile_arrives(
    client: PandabaseClient, store: ScriptedStore
):
    async def last_on_this_connection(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        asyncio.get_running_loop().call_later(0.05, request.transport.close)
        return data_of(shop())

    store.then(last_on_this_connection, CREATED)
    await client.store()
    await asyncio.sleep(0.1)
    assert (await client.create_checkout(PLAN)).id == "cs_1"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_create_that_the_store_failed_at_is_not_repeated(
    status: int, client: PandabaseClient, store: ScriptedStore
):
    store.then(says("<html>Bad gateway</html>", status=status), CREATED)
    with pytest.raises(Unavailable) as away:
        await client.create_checkout(PLAN)
    assert away.value.sent
    assert str(status) in str(away.value)
    assert len(store.requests) == 1


@pytest.mark.parametrize(
    "failure", [hangs_up, breaks_off, refuses(503, "Try later"), says("<html>", status=502)]
)
@pytest.mark.parametrize("call", ["store", "estimate"])
async def test_what_changes_nothing_is_asked_again_until_it_is_answered(
    failure: Script, call: str, client: PandabaseClient, store: ScriptedStore
):
    store.then(failure, failure)
    if call == "store":
        assert (await client.store()).id == STORE_ID
    else:
        store.then(answers({"subtotal": 5, "tax": {"rate": 0, "amount": 0}, "total": 5}))
        assert (await client.estimate(ESTIMATE)).total == 5
    assert len(store.requests) == 3


async def test_a_read_is_given_up_after_a_few_attempts(client: PandabaseClient, store: ScriptedStore):
    store.always = refuses(500, "Oops")
    with pytest.raises(Unavailable):
        await client.store()
    assert len(store.requests) == ATTEMPTS


@pytest.mark.parametrize("call", [lambda client: client.store(), lambda client: client.create_checkout(PLAN)])
async def test_a_request_that_never_left_is_sent_as_soon_as_somebody_listens(
    call: Callable[[PandabaseClient], Awaitable[object]],
):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}/v2"
    async with PandabaseClient.open(STORE_ID, base_url, clock=utc_now) as client:
        asked = asyncio.create_task(call(client))
        await asyncio.sleep(0.05)
        async with scripted_store(port) as store:
            store.always = answers(shop() | session(), status=200)
            assert await asked
    assert len(store.requests) == 1


async def test_a_create_that_never_left_is_known_to_have_had_no_effect():
    async with PandabaseClient.open(STORE_ID, "http://127.0.0.1:1", clock=utc_now) as client:
        with pytest.raises(Unavailable) as away:
            await client.create_checkout(PLAN)
    assert not away.value.sent


async def test_a_create_that_was_lost_and_then_never_left_may_still_have_had_an_effect():
    async with (
        scripted_store() as store,
        PandabaseClient.open(STORE_ID, store.base_url, clock=utc_now) as client,
    ):

        async def closes_for_good(request: web.Request) -> web.StreamResponse:
            await store.stop_listening()
            return await hangs_up(request)

        store.then(closes_for_good)
        with pytest.raises(Unavailable) as away:
            await client.create_checkout(PLAN)
    assert away.value.sent
    assert len(store.requests) == 1


async def test_garbage_instead_of_http_is_a_lost_answer():
    received = []

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(GARBAGE)
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, PandabaseClient.open(STORE_ID, f"http://127.0.0.1:{port}", clock=utc_now) as client:
        with pytest.raises(Unavailable) as away:
            await client.create_checkout(PLAN)
    assert away.value.sent
    assert len(received) == 2


@pytest.mark.parametrize("call", [lambda client: client.store(), lambda client: client.create_checkout(PLAN)])
async def test_too_many_requests_wait_until_the_store_takes_them_again(
    call: Callable[[PandabaseClient], Awaitable[object]], store: ScriptedStore
):
    # The header has whole seconds, so the clock is set to just before one.
    started = time.monotonic()
    noon = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC) - timedelta(seconds=0.3)

    def clock() -> datetime:
        return noon + timedelta(seconds=time.monotonic() - started)

    reset = str(int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()))
    store.then(
        refuses(429, "Slow down", headers={"X-RateLimit-Reset": reset}),
        answers(shop() | session(), status=201),
    )
    async with PandabaseClient.open(STORE_ID, store.base_url, clock=clock) as client:
        assert await call(client)
    assert time.monotonic() - started >= 0.3
    assert len(store.requests) == 2


async def test_a_long_wait_for_the_store_is_not_waited_for(client: PandabaseClient, store: ScriptedStore):
    reset = int(time.time()) + 60
    store.then(refuses(429, "Slow down", headers={"X-RateLimit-Reset": str(reset), "X-Request-ID": "req_9"}))
    with pytest.raises(RateLimited) as busy:
        await client.create_checkout(PLAN)
    assert busy.value.retry_at == datetime.fromtimestamp(reset, UTC)
    assert busy.value.request_id == "req_9"
    assert len(store.requests) == 1


@pytest.mark.parametrize("reset", [None, "soon", "1e400", "nan", "-1", "9" * 30])
async def test_too_many_requests_without_a_time_are_tried_again_a_few_times(
    reset: str | None, client: PandabaseClient, store: ScriptedStore
):
    store.then(refuses(429, "Slow down", headers={"X-RateLimit-Reset": reset} if reset else None))
    assert (await client.store()).id == STORE_ID
    assert len(store.requests) == 2


async def test_a_caller_who_gives_up_ends_the_call(client: PandabaseClient, store: ScriptedStore):
    store.always = waits(5, CREATED)
    creating = asyncio.create_task(client.create_checkout(PLAN))
    await until(lambda: bool(store.requests))
    creating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creating
    await asyncio.sleep(0.2)
    assert len(store.requests) == 1


async def test_fifty_creates_at_once_go_out_together(client: PandabaseClient, store: ScriptedStore):
    store.always = waits(0.2, CREATED)
    await asyncio.gather(*(client.create_checkout(PLAN) for _ in range(50)))
    assert store.busiest == 50
