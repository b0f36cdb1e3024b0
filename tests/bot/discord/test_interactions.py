"""Whatever goes wrong behind a command, its person gets a private sentence, and the log has the rest."""

import re
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import pytest_asyncio
from discord import app_commands, ui
from discord.ext import commands

from bot.catalog.refusals import OutOfStock
from bot.discord.interactions import Interaction, at_once, choices, private_answer
from tests.harness.shop import Shop, buttons_of, text_of

pytestmark = pytest.mark.kept_shop


class Troubles(commands.Cog):
    """Commands that go wrong in every way that a body can."""

    @app_commands.command()
    async def form(self, interaction: Interaction, what: str) -> None:
        """Ask by a form, as the storefront does."""
        async with at_once(interaction):
            if what == "breaks before":
                raise ValueError(what)
            await interaction.response.send_modal(Question())
            if what == "breaks after":
                raise ValueError(what)

    @form.autocomplete("what")
    @choices
    async def _suggest(self, _interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        if current == "breaks":
            raise ValueError(current)
        return [app_commands.Choice(name="works", value="works")]

    @app_commands.command()
    async def answer(self, interaction: Interaction, what: str) -> None:
        """Answer privately."""
        async with private_answer(interaction):
            raise OutOfStock(what) if what == "product" else ValueError(what)

    @app_commands.command()
    async def bare(self, _interaction: Interaction) -> None:
        """Outside of every wrapper."""
        raise ValueError("bare")


class Question(ui.Modal, title="A question"):
    field: ui.TextInput[Any] = ui.TextInput(label="Which?")


@pytest_asyncio.fixture(loop_scope="module")
async def troubled(shop: Shop) -> AsyncIterator[Shop]:
    bot = shop.app.bot
    guild = discord.Object(shop.guild.id)
    with shop.env.time_context():
        await bot.add_cog(Troubles())
        bot.tree.copy_global_to(guild=guild)
        await bot.tree.sync(guild=guild)
    yield shop
    with shop.env.time_context():
        await bot.remove_cog(Troubles.__cog_name__)


def assert_reference_is_in_the_log(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert answer.ephemeral
    found = re.search(r"Reference for staff: (\w{6})$", text_of(answer))
    assert found is not None
    [record] = [record for record in caplog.records if found[1] in record.getMessage()]
    assert record.exc_info
    assert text_of(answer).removeprefix("⚠️ ").startswith("Something went wrong on our side.")


async def test_a_form_that_works_is_all_that_one_sees(troubled: Shop) -> None:
    result = await troubled.alice.slash(troubled.channel, "form", what="works")

    assert result.modal["title"] == "A question"
    assert result.response is None


async def test_a_form_that_cant_be_shown_is_answered_instead(
    troubled: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    result = await troubled.alice.slash(troubled.channel, "form", what="breaks before")

    assert result.modal is None
    assert_reference_is_in_the_log(result.response, caplog)


async def test_what_breaks_behind_a_form_is_told_below_it(
    troubled: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    result = await troubled.alice.slash(troubled.channel, "form", what="breaks after")

    assert result.modal is not None
    [answer] = result.followups
    assert_reference_is_in_the_log(answer, caplog)


async def test_a_list_of_choices_that_cant_be_made_is_empty_and_in_the_log(
    troubled: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(troubled.env.http_requests)
    for typed in ("w", "breaks"):
        await troubled.alice.autocomplete(troubled.channel, "form", "what", typed)

    good, bad = [
        request.json["data"]["choices"]
        for request in troubled.env.http_requests[before:]
        if request.path.endswith("/callback")
    ]
    assert [choice["name"] for choice in good] == ["works"]
    assert bad == []
    assert "ValueError: breaks" in caplog.text


async def test_a_refusal_is_a_sentence_and_nothing_for_the_log(
    troubled: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    result = await troubled.alice.slash(troubled.channel, "answer", what="product")

    assert text_of(result.response) == "⚠️ product is sold out right now."
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]


async def test_a_failure_gets_a_reference_that_the_log_has(
    troubled: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    result = await troubled.alice.slash(troubled.channel, "answer", what="secret")

    assert_reference_is_in_the_log(result.response, caplog)
    assert "secret" not in text_of(result.response)


async def test_two_failures_have_two_references(troubled: Shop) -> None:
    answers = [await troubled.alice.slash(troubled.channel, "answer", what="x") for _ in range(2)]

    assert len({text_of(result.response) for result in answers}) == 2


async def test_what_fails_outside_of_every_wrapper_is_answered_all_the_same(
    troubled: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    result = await troubled.alice.slash(troubled.channel, "bare")

    assert_reference_is_in_the_log(result.response, caplog)
    assert troubled.env.errors


async def test_an_answer_that_discord_refuses_is_in_the_log(
    troubled: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    troubled.env.inject_error("PATCH", "/webhooks/*", status=503, times=None)

    await troubled.alice.slash(troubled.channel, "answer", what="product")

    assert "/answer: the answer did not arrive" in caplog.text


async def test_nothing_that_is_shown_can_call_anybody(shop: Shop) -> None:
    """Names come from the store and from people: an @everyone in one must stay text."""
    shop.sandbox.product("grove-guard").title = "@everyone <@1> <@&2>"
    await shop.buy("grove-guard")
    await shop.buy("beta-key")
    await shop.pass_time(hours=6)
    [message] = shop.dms(shop.alice)
    assert "Get a new link" in buttons_of(message)

    shown = [
        request.json
        for request in shop.env.http_requests
        if isinstance(request.json, dict) and "components" in request.json
    ]

    assert len(shown) >= 4
    assert all(body["allowed_mentions"] == {"parse": []} for body in shown)
