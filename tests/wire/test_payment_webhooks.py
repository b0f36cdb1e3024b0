"""Webhooks that nobody can take, or nobody should."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.wire.earning import THANKS, Benefits

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_webhook_that_comes_while_nobody_listens_is_repeated_and_counts(benefits: Benefits) -> None:
    buyer = await benefits.buyer()
    await benefits.shop.bot.kill()
    buyer.pay()
    await asyncio.sleep(0.3)

    await benefits.shop.bot.start()

    await benefits.shop.settled()
    buyer.assert_holds_it(told=[THANKS])


async def test_a_bad_signature_over_the_wire_is_a_401(benefits: Benefits) -> None:
    endpoint = benefits.shop.sandbox.webhooks.endpoint
    assert endpoint is not None
    async with (
        aiohttp.ClientSession() as http,
        http.post(endpoint.url, data=b"{}", headers={"Webhook-Signature": "v1,AAAA"}) as answer,
    ):
        assert answer.status == 401
        assert "Traceback" not in await answer.text()
