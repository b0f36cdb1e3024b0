"""`python -m sandbox --port 8020`: the sandbox as a process of its own."""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager
from typing import Annotated

import typer

from sandbox.catalog import generate_products
from sandbox.models import utc_now
from sandbox.server import GENEROUS_RATE_LIMIT, Sandbox


def main(  # noqa: PLR0917 - typer reads the options from here
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8020,
    public_url: Annotated[str, typer.Option(help="Where browsers reach it, if it is elsewhere.")] = "",
    products: Annotated[int, typer.Option(help="Generate so many products instead of the catalog.")] = 0,
    latency: Annotated[float, typer.Option(help="Seconds that every answer of the API takes longer.")] = 0.0,
    rate_limit: Annotated[int, typer.Option(help="Requests a minute before 429.")] = GENEROUS_RATE_LIMIT,
) -> None:
    """A simulated Pandabase store, with its API, its payment page and a page for its owner."""
    serving = Sandbox.running(
        host=host,
        port=port,
        public_url=public_url,
        products=generate_products(products, utc_now()) if products else None,
        rate_limit=rate_limit,
        allow_http_loopback=True,
    )
    asyncio.run(_serve(serving, latency))


async def _serve(serving: AbstractAsyncContextManager[Sandbox], latency: float) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serving as sandbox:
        sandbox.set_latency(latency)
        # One line each, so that another process can read them.
        typer.echo(f"API {sandbox.base_url}")
        typer.echo(f"Store {sandbox.store_id}")
        typer.echo(f"Owner {sandbox.url}/owner")
        await stopped.wait()


if __name__ == "__main__":
    typer.run(main)
