"""`bamboo run` and `bamboo demo`."""

import asyncio
import gc
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import ConfigPath, settings_of
from bot.errors import BambooError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config import Settings


def run(config: ConfigPath = None) -> None:
    """Serve your Discord server until Ctrl-C or SIGTERM."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings_of(config, quiet=False)))


def demo(
    *,
    tour: Annotated[bool, typer.Option("--tour", help="Play a purchase in the terminal and exit.")] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the demo is served; 0: any free one.")
    ] = 8400,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Try it all on this machine: a simulated Discord and a simulated store, no token and no account."""
    try:
        from sandbox.demo.serve import serve_demo
        from sandbox.demo.tour import play_tour
    except ModuleNotFoundError as error:
        raise BambooError(
            f"The demo needs its extra ({error.name} is missing); in Bamboo's folder: pip install '.[demo]'"
        ) from error
    if tour:
        play_tour()
    else:
        serve_demo(port, open_browser=not no_browser)


def _loop_factory() -> "Callable[[], asyncio.AbstractEventLoop] | None":
    """uvloop's, which takes less CPU; None, which is Python's own, where there is no uvloop (on Windows)."""
    try:
        import uvloop
    except ModuleNotFoundError:
        return None
    return uvloop.new_event_loop


async def _serve(settings: "Settings") -> None:
    gc.disable()  # next to nothing of what a start makes is garbage; `serve` enables it once all is built
    from bot.app import serve
    from bot.web.connections import raise_descriptor_limit

    raise_descriptor_limit()
    serving = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows, where asyncio itself cancels on Ctrl-C
            loop.add_signal_handler(ending, lambda: serving.cancel() if serving else None)
    # Asked to end: everything is closed in order, and the exit code is 0.
    with suppress(asyncio.CancelledError):
        await serve(settings)
