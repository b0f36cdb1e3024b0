"""`bamboo demo`: everything in one process, for one visitor and their browser."""

import asyncio
import errno
import gc
import signal
import socket
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import simcord
import typer
from aiohttp import web
from simcord.backend.cdn import CDN_BASE

from bot.app import wall_clock
from bot.errors import BambooError
from sandbox import pictures
from sandbox.demo.pages import BACK, DemoPages
from sandbox.demo.relay import LONGEST_ACTION, Relay
from sandbox.demo.shop_setup import (
    buy_on_website,
    leave_something_to_decide,
    sell_to_some_only,
    set_up_shop,
)
from sandbox.demo.stage import Pictures, Stage, rooms_of
from sandbox.demo.world import World, open_world

HOST: Final = "127.0.0.1"
SHUTDOWN_TIMEOUT: Final = 0.2
"""Seconds that requests under way get when the demo ends."""


class DemoCannotStart(BambooError):
    """The machine lacks something that the demo needs."""


@dataclass(frozen=True, slots=True)
class Demo:
    """`address` is the start page's."""

    address: str
    stage: Stage


def serve_demo(port: int, *, open_browser: bool) -> None:
    """Serve until Ctrl-C or SIGTERM. Port 0 takes a free one. Raises DemoCannotStart."""
    if open_browser:
        _require_browser(port)
    listener = listen(port)
    with tempfile.TemporaryDirectory(prefix="bamboo-demo-") as folder:
        asyncio.run(_serve(listener, Path(folder), open_browser=open_browser))
    # Python would now look through everything once more for what to free: up to a second on a busy machine.
    gc.freeze()


async def _serve(listener: socket.socket, folder: Path, *, open_browser: bool) -> None:
    serving = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows, where asyncio itself cancels on Ctrl-C
            loop.add_signal_handler(ending, lambda: serving.cancel() if serving else None)
    # Asked to end: everything is closed in order, and the exit code is 0.
    with suppress(asyncio.CancelledError):
        async with running_demo(listener, folder) as demo:
            typer.echo(f"Bamboo demo: {demo.address}")
            typer.echo("Ctrl-C ends it.")
            if open_browser:
                # A browser that stays in the foreground must hold up neither the demo nor its end.
                threading.Thread(target=webbrowser.open, args=(demo.address,), daemon=True).start()
            await loop.create_future()


@asynccontextmanager
async def running_demo(listener: socket.socket, folder: Path) -> AsyncIterator[Demo]:
    """The demo, with its database in the folder, until the block is left. Raises DemoCannotStart."""
    origin = f"http://{HOST}:{listener.getsockname()[1]}"
    async with AsyncExitStack() as stack:
        stack.enter_context(listener)
        world = await stack.enter_async_context(
            open_world(folder, start=wall_clock(), home_url=f"{origin}{BACK}")
        )
        await set_up_shop(world)
        await sell_to_some_only(world)
        await leave_something_to_decide(world)
        await buy_on_website(world)
        drawn = await asyncio.to_thread(_draw, world)
        stage = Stage(world, rooms_of(world), drawn, wall_clock)
        stack.push_async_callback(stage.close)
        try:
            await stage.show(stage.rooms[0])
        except simcord.SetupError as error:
            raise DemoCannotStart(f"The demo needs its extra: {error}") from error
        client = await stack.enter_async_context(
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=LONGEST_ACTION)
            )
        )
        pages = DemoPages(stage, Relay(stage, client))
        runner = web.AppRunner(pages.application(), access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        living = asyncio.create_task(stage.live())
        stack.push_async_callback(_cancel, living)
        yield Demo(f"{origin}/", stage)


def _draw(world: World) -> Pictures:
    """Every picture that the store's catalog names, and the bot's own, by their addresses."""
    store, bot_user, logo = world.sandbox, world.env.backend.bot_user, pictures.logo()
    drawn = {
        f"{store.url}/pictures/logo.png": ("logo.png", logo),
        f"{CDN_BASE}/avatars/{bot_user.id}/{bot_user.avatar}.png": ("bamboo.png", logo),
    }
    for product in store.products.values():
        png = pictures.picture(product.handle, pictures.emblem_of(product))
        drawn[f"{store.url}/pictures/{product.id}.png"] = (f"{product.handle}.png", png)
    return drawn


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


def listen(port: int) -> socket.socket:
    """A socket on this machine's own address; port 0 takes a free one. Raises DemoCannotStart."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise DemoCannotStart(
                f"Port {port} is taken by another program. Choose another one: bamboo demo --port {port + 1}"
            ) from error
        raise DemoCannotStart(f"The demo can't use port {port}: {error.strerror}") from error


def _require_browser(port: int) -> None:
    try:
        webbrowser.get()
    except webbrowser.Error:
        raise DemoCannotStart(
            f"No browser was found here. Run: bamboo demo --no-browser, and open http://{HOST}:{port}/ in one"
        ) from None
