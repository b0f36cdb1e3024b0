"""The one HTTP server of the process: webhooks, health, metrics."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, cast

from aiohttp import web

from bot.errors import BambooError
from bot.logs import ThrottledLog
from bot.web.connections import ACCEPTED_AT_ONCE, Connections, affordable_connections
from bot.web.metrics import Measure, Metrics
from bot.web.receiver import LARGEST_BODY, Receiver

log = logging.getLogger(__name__)
often = ThrottledLog(log)

WEBHOOK_PATH: Final = "/webhooks/pandabase"
_SHUTDOWN: Final = 2.0
"""Seconds that requests under way get when the process ends; the store repeats what it interrupts."""
_QUEUE: Final = 2048
"""Connections that wait to be accepted."""


class AddressTaken(BambooError):
    """The server can't listen where the settings say."""


Ready = Callable[[], Awaitable[str | None]]
"""What isn't ready yet, in a few words; None when all is."""


def what_to_enter(public_url: str | None) -> str:
    """What the owner does in the store's dashboard to have webhooks sent here."""
    if public_url is not None:
        return f"Enter in Pandabase: {public_url}{WEBHOOK_PATH}"
    return (
        f"Enter in Pandabase: https://…{WEBHOOK_PATH}, at the address under which it reaches this bot "
        "(web.public_url, which is not set)"
    )


def application(
    receiver: Receiver, metrics: Metrics, ready: Ready, measure: Measure | None = None
) -> web.Application:
    """The routes. Nothing here answers with a traceback."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(_: web.Request) -> web.Response:
        missing = await ready()
        if missing is not None:
            return web.json_response({"ok": False, "error": missing}, status=503)
        return web.json_response({"ok": True})

    async def show_metrics(_: web.Request) -> web.Response:
        if measure is not None:
            try:
                metrics.set(await measure())
            except BambooError:  # what is scraped then says so
                metrics.cannot_measure()
        return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.content_type})

    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_without_traceback])
    app.router.add_post(WEBHOOK_PATH, receiver.post)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", show_metrics)
    return app


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve until the block is left; gives the address. Raises AddressTaken."""
    connections = Connections(affordable_connections())
    app.middlewares.insert(0, connections.middleware)
    # Bodies stay as they were sent: signatures are over those bytes, and what can't be unpacked would fail
    # in aiohttp, out of everybody's reach.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN, auto_decompress=False)
    await runner.setup()
    handler = cast(web.Server, runner.server)  # None only before `setup`
    loop = asyncio.get_running_loop()
    try:
        with _few_lines_of_full_tables(loop):
            try:
                server = await loop.create_server(
                    lambda: connections.guarded(handler()), host, port, backlog=ACCEPTED_AT_ONCE
                )
            except OSError as error:
                raise AddressTaken(
                    f"{host}:{port} can't be listened on ({error.strerror}); change web.host or web.port"
                ) from error
            async with server:
                for listener in server.sockets:
                    # A burst of deliveries waits here rather than being refused. asyncio would accept as many
                    # at once, before any is counted, so the queue gets its length from here.
                    with socket.socket(fileno=os.dup(listener.fileno())) as same:
                        same.listen(_QUEUE)
                bound = server.sockets[0].getsockname()
                address = f"http://{bound[0]}:{bound[1]}"
                log.info("Listening on %s", address)
                yield address
                server.close()
                await runner.cleanup()  # which ends the connections that `server` waits for
    finally:
        await runner.cleanup()


@contextmanager
def _few_lines_of_full_tables(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """When no descriptor is left, asyncio tells of each connection that it can't take, with a traceback."""
    former = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and "accept" in context.get("message", ""):
            often.error("The web server can't take connections for the moment (%s)", error.strerror)
        elif former is not None:
            former(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(former)


@web.middleware
async def _without_traceback(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return web.json_response({"ok": False, "error": refusal.reason}, status=refusal.status)
    except (ConnectionError, web.RequestPayloadError) as error:
        often.warning("A request's body didn't come whole (%s)", type(error).__name__)
        return web.json_response({"ok": False, "error": "The body didn't come whole."}, status=400)
    except Exception:  # noqa: BLE001 -- it is logged
        often.error("%s %s failed", request.method, request.path, exc_info=True)
        return web.json_response({"ok": False, "error": "Please try again later."}, status=503)
