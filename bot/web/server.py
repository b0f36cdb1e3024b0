"""The one HTTP server of the process: webhooks, health, metrics."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.errors import BambooError
from bot.web.metrics import Metrics
from bot.web.receiver import LARGEST_BODY, Receiver

log = logging.getLogger(__name__)

WEBHOOK_PATH: Final = "/webhooks/pandabase"
_SHUTDOWN: Final = 2.0
"""Seconds that requests under way get when the process ends; the store repeats what it interrupts."""


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


def application(receiver: Receiver, metrics: Metrics, ready: Ready) -> web.Application:
    """The routes. Nothing here answers with a traceback."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(_: web.Request) -> web.Response:
        missing = await ready()
        if missing is not None:
            return web.json_response({"ok": False, "error": missing}, status=503)
        return web.json_response({"ok": True})

    async def show_metrics(_: web.Request) -> web.Response:
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
    # Bodies stay as they were sent: signatures are over those bytes, and what can't be unpacked would fail
    # in aiohttp, out of everybody's reach.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN, auto_decompress=False)
    await runner.setup()
    try:
        try:
            # A burst of deliveries waits here rather than being refused.
            await web.TCPSite(runner, host, port, backlog=2048).start()
        except OSError as error:
            raise AddressTaken(
                f"{host}:{port} can't be listened on ({error.strerror}); change web.host or web.port"
            ) from error
        bound = runner.addresses[0]
        address = f"http://{bound[0]}:{bound[1]}"
        log.info("Listening on %s", address)
        yield address
    finally:
        await runner.cleanup()


@web.middleware
async def _without_traceback(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return web.json_response({"ok": False, "error": refusal.reason}, status=refusal.status)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return web.json_response({"ok": False, "error": "Please try again later."}, status=503)
