"""The gateway is where Discord says it is, which need not be where REST is: also when a session is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.wire.gateway import Gateway
    from tests.wire.shop_process import ShopProcess


async def forgotten(gateway: Gateway) -> None:
    """Resuming fails: Discord no longer knows the session."""
    await gateway.disconnect(resumable=False)


async def timed_out(gateway: Gateway) -> None:
    await gateway.disconnect(code=4009, resumable=False)


async def ended_well(gateway: Gateway) -> None:
    await gateway.disconnect(code=1000, resumable=False)


async def invalidated(gateway: Gateway) -> None:
    gateway.invalidate()


@pytest.mark.parametrize("lose", [forgotten, timed_out, ended_well, invalidated])
async def test_a_lost_session_is_begun_anew_where_the_gateway_is(
    shop: ShopProcess, lose: Callable[[Gateway], Awaitable[None]]
) -> None:
    gateway = shop.discord.gateway
    assert gateway.url.split("/")[2] != shop.discord.base_url.split("/")[2]

    await lose(gateway)
    await shop.discord.until(lambda: gateway.identified == 2, within=60, what="a new session")

    await shop.bought()
