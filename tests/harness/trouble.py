"""A process that dies in the middle of a purchase, and a store that fails: what must be so all the same."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import Any, Final

import aiohttp
import pytest
import simcord

from bot.checkout.claiming import MAKING_LEASE
from tests.harness.network import around_requests
from tests.harness.shop import Shop, text_of

CHECKOUTS: Final = "*/checkouts"
INTERRUPTED: Final = "We restarted while creating your payment link"


@contextmanager
def dying_process(shop: Shop, *, at: tuple[str, str] | None = None, arrived: bool = True) -> Iterator[None]:
    """The process dies when it sends a request to Discord, else when the store has made the session.

    A dead process says nothing more to Discord; whether its last request arrived is `arrived`.
    """
    dead = False

    def die() -> None:
        nonlocal dead
        dead = True
        for task in asyncio.all_tasks():
            if task.get_name().startswith(("CommandTree-invoker", "discord-ui-dynamic-item")):
                task.cancel()

    def wrapper(send: Callable[[], Any], method: str, path: str) -> Any:
        if not dead and at is not None and method == at[0] and fnmatch(path, at[1]):
            if arrived:
                send()
            die()
        if dead:
            raise aiohttp.ServerDisconnectedError
        return send()

    make_session = shop.sandbox.store.open_session

    def make_and_die(body: Any) -> Any:
        session = make_session(body)
        die()
        return session

    with around_requests(wrapper), pytest.MonkeyPatch.context() as patch:
        if at is None:
            patch.setattr(shop.sandbox.store, "open_session", make_and_die)
        yield
    assert dead, "the process was still alive"


async def leases_run_out(shop: Shop) -> None:
    await shop.pass_time(seconds=MAKING_LEASE.total_seconds() + 1)


async def assert_nothing_sold(shop: Shop, result: simcord.InteractionResult | None = None) -> None:
    """Alice has no link, the answer that she got stands, and nothing is left to be done."""
    answer = text_of(result.response) if result else ""
    await shop.pass_time(minutes=2)
    assert shop.dms(shop.alice) == []
    assert (text_of(result.response) if result else "") == answer
    of_alice = "FROM {} JOIN sales ON sales.id = sale_id WHERE buyer_id = " + str(shop.alice.id)
    assert shop.rows(f"SELECT DISTINCT state, status {of_alice.format('sessions')}") in (
        [],
        [{"state": "failed", "status": "failed"}],
    )
    assert (
        shop.rows(
            "SELECT * FROM jobs WHERE lane = 'people' AND (next_attempt_at IS NOT NULL OR reply IS NOT NULL)"
        )
        == []
    )
