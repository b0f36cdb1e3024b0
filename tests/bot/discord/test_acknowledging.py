"""Every interaction is acknowledged before anything else happens, and in the end everyone has an answer."""

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import pytest

from tests.harness.interference import locked
from tests.harness.network import around_requests, broken_connection
from tests.harness.shop import Shop, link_of, text_of, until

pytestmark = pytest.mark.kept_shop


CALLBACK = ("POST", "/interactions/*/callback")


def callbacks(shop: Shop) -> list[dict[str, Any]]:
    return [request.json for request in shop.env.http_requests if request.path.endswith("/callback")]


# --- first of all -------------------------------------------------------------------------------------


async def buy(shop: Shop) -> None:
    await shop.buy("skyblock-map")


async def click_new_link(shop: Shop) -> None:
    [message] = shop.dms(shop.alice)
    await shop.alice.user.click(message, label="Get a new link")


@pytest.mark.parametrize("act", [buy, click_new_link])
async def test_it_comes_before_every_other_request(shop: Shop, act: Callable[[Shop], Any]) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6)
    order: list[str] = []
    at_the_store = len(shop.sandbox.requests)

    def note(send: Callable[[], Any], method: str, path: str) -> Any:
        order.extend("store" for _ in shop.sandbox.requests[at_the_store + order.count("store") :])
        order.append("acknowledgement" if path.endswith("/callback") else "discord")
        return send()

    with around_requests(note):
        await act(shop)

    assert order[0] == "acknowledgement"
    assert order.count("acknowledgement") == 1
    assert "store" in order


@pytest.mark.parametrize("act", [buy, click_new_link])
async def test_it_doesnt_wait_for_a_database_that_somebody_else_holds(
    shop: Shop, act: Callable[[Shop], Any]
) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6)
    acknowledged = len(callbacks(shop))
    with locked(shop.database):
        acting = asyncio.create_task(act(shop))
        await until(lambda: len(callbacks(shop)) > acknowledged)
        assert len(shop.pages) == 1
    await acting

    assert len(shop.pages) == 2


@pytest.mark.own_shop
async def test_it_is_private_from_the_start(shop: Shop) -> None:
    await shop.buy("grove-guard")

    [callback] = callbacks(shop)
    assert callback["type"] == discord.InteractionResponseType.deferred_channel_message.value
    assert callback["data"]["flags"] & discord.MessageFlags(ephemeral=True).value


# --- it gets lost -------------------------------------------------------------------------------------


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "did not arrive"])
async def test_a_connection_that_breaks_once_costs_nobody_the_purchase(shop: Shop, *, arrived: bool) -> None:
    with broken_connection(*CALLBACK, arrived=arrived):
        result = await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert [link_of(message)] == shop.pages
    assert "as a direct message" in text_of(result.response)


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "did not arrive"])
async def test_a_click_whose_acknowledgement_was_lost_goes_on_too(shop: Shop, *, arrived: bool) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6)

    with broken_connection(*CALLBACK, arrived=arrived):
        await click_new_link(shop)

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]


async def test_a_connection_that_stays_broken_ends_it_before_anything_is_bought(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with broken_connection(*CALLBACK, arrived=False, times=3):
        await shop.buy("grove-guard")

    assert shop.bodies == []
    assert shop.rows("SELECT * FROM sales") == []
    assert "/buy: the answer did not arrive" in caplog.text
    assert shop.env.errors


async def test_an_interaction_that_discord_has_forgotten_ends_there(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.env.inject_error(*CALLBACK, status=404, code=10062, message="Unknown interaction", times=None)

    await shop.buy("grove-guard")

    assert shop.bodies == []
    assert shop.rows("SELECT * FROM sales") == []
    assert "/buy: the answer did not arrive" in caplog.text
    assert shop.env.errors


async def test_a_click_that_discord_has_forgotten_ends_there(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6)
    shop.env.inject_error(*CALLBACK, status=404, code=10062, message="Unknown interaction", times=None)

    await click_new_link(shop)

    assert len(shop.pages) == 1


async def test_an_interaction_that_another_process_has_is_left_to_it(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.env.inject_error(*CALLBACK, status=400, code=40060, message="Already acknowledged")

    await shop.buy("grove-guard")

    assert shop.bodies == []
    assert "another process of this bot has it" in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
