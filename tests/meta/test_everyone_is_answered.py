"""Whatever breaks, whoever used a command or clicked a button hears of it, privately and in plain words.

Commands and buttons are found by themselves. A new command with options that have to be given says how it
is called in `OPTIONS`.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import discord
import pytest
from discord import app_commands, ui
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.undelivered_hint import UndeliveredHint
from bot.jobs.waiting import WaitingAnswers
from tests.harness.database import on_a_server, run, tables_of
from tests.harness.shop import Shop, text_of, walk
from tests.meta.source import classes

OPTIONS: dict[str, dict[str, Any]] = {
    "buy": {"product": "GroveGuard"},
}
"""By a command's whole name: options that it can be called with, at least those that have to be given."""

FORMS: dict[str, tuple[str, str]] = {
    "QuestionForm": ("shop", "bamboo:form:"),
    "BillingForm": ("billing", "bamboo:billing:ask:"),
}
"""By a form's class: the command whose answer has a button for it, and how that one's `custom_id` begins."""

SAID_FROM_MEMORY = ("MyData", "KeepMyData")
"""Buttons whose answer needs no service: nothing of theirs can break."""

ANSWERS_WITH_A_FORM = ("OtherCoupon", "WriteGiftNote", "CartForm", "AskBilling")
"""Buttons that ask nothing before they open theirs; who may send it is looked at then."""

WITH_A_TOKEN = ("ClaimForm",)
"""Forms that open only where the store can be asked: what becomes of them is in the tests beside them."""

FOR_STAFF = ("invoice", "store", "Create invoice", "Purchases")
"""Commands that Alice may not use: what they say when something breaks is in the tests beside them."""
STAFFS_OWN = (
    "cogs.invoices.",
    "cogs.staff.",
    "cogs.members.",
    "cogs.giving.forms.",
    "cogs.website_purchases.commands.Assign",
    "cogs.fulfilment.buttons.",
    "cogs.purchases.buttons.Decline",
)
"""How the names of buttons and forms begin that are staff's, or belong to what staff sent."""

NEEDED_TO_ANSWER = (UndeliveredHint, WaitingAnswers)
"""Services that answers themselves rest on; they bear with a broken database and a full disk."""

CLICK_ME = "A message with a button."
SECRET = "hunter2: the text of an exception"
REFERENCE = re.compile(r"-# Reference for staff: ([0-9A-F]{6})$")
NOT_FOR_PEOPLE = re.compile(
    rf"{SECRET}|Traceback|\w(Error|Exception)\b|sqlite|no such table|SELECT |0x[0-9a-f]{{6}}"
    r"|\bbot\.|127\.0\.0\.1"
)


class Broken:
    """In place of a service: whatever it is asked for fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(SECRET)


@pytest.fixture
async def broken(shop: Shop) -> Shop:
    """A shop in which nothing works."""
    break_everything(shop)
    return shop


def break_everything(shop: Shop) -> None:
    """All services fail, the database has no table, and the store is away."""
    bot = shop.app.bot
    for cog in bot.cogs.values():
        for name in vars(cog):
            if not name.startswith("__"):
                setattr(cog, name, Broken())
    bot._services = {
        kind: service if kind in NEEDED_TO_ANSWER else Broken() for kind, service in bot._services.items()
    }
    break_database_and_store(shop)


def break_database_and_store(shop: Shop) -> None:
    for table in tables_of(shop.database):
        run(shop.database, f"DROP TABLE {table} CASCADE" if on_a_server() else f"DROP TABLE {table}")
    shop.sandbox.fail_next(refuse=True, times=1000)


async def test_every_command_answers_when_its_services_fail(
    broken: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    for command in commands_of(broken.app.bot):
        caplog.clear()
        told = await use(broken, command)
        assert_told(told, caplog, command.qualified_name)


async def test_every_autocomplete_answers_when_its_services_fail(broken: Shop) -> None:
    suggesting = [
        (command, parameter.name)
        for command in commands_of(broken.app.bot)
        if isinstance(command, app_commands.Command)
        for parameter in command.parameters
        if parameter.autocomplete
    ]
    assert suggesting
    for command, option in suggesting:
        assert await broken.alice.autocomplete(broken.channel, command.qualified_name, option, "gro") == []


async def test_every_button_answers_when_its_services_fail(
    broken: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    for item in items_of(broken.app.bot):
        if item.__name__ in SAID_FROM_MEMORY:
            continue
        caplog.clear()
        told = await click(broken, item)
        assert_told(told, caplog, item.__name__)


async def test_every_form_answers_when_its_services_fail(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    found = [each for each in classes(ui.Modal) if not each.__subclasses__()]
    forms = [form.__name__ for form in found if not is_staffs_own(form) and form.__name__ not in WITH_A_TOKEN]
    opened = {name: await open_form(shop, name) for name in forms}
    assert opened
    break_everything(shop)
    for name, form in opened.items():
        caplog.clear()
        fields = [label["component"]["custom_id"] for label in form.modal["components"]]
        told = answers_of(await shop.alice.submit_modal(form, dict.fromkeys(fields, "7")))
        assert_told(told[-1:], caplog, name)  # below the page, which stays as it is


async def open_form(shop: Shop, name: str) -> Any:
    assert name in FORMS, f"say in FORMS how {name} is opened"
    command, beginning = FORMS[name]
    page = (await shop.alice.slash(shop.channel, command)).response
    custom_ids = [str(part.get("custom_id")) for part in walk(page.components)]
    opening = next(custom_id for custom_id in custom_ids if custom_id.startswith(beginning))
    opened = await shop.alice.click(page, custom_id=opening)
    assert opened.modal is not None
    return opened


async def test_every_command_and_button_answers_without_database_and_store(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """What can be said from memory may be said; what can't is told, under a reference."""
    break_database_and_store(shop)
    caplog.clear()
    for command in commands_of(shop.app.bot):
        assert_human(await use(shop, command), command.qualified_name)
    for item in items_of(shop.app.bot):
        assert_human(await click(shop, item), item.__name__)
    assert shop.env.errors == []


def commands_of(bot: ShopBot) -> Iterator[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    for kind in discord.AppCommandType:
        for command in bot.tree.walk_commands(type=kind):
            root = command.qualified_name.split()[0]
            for_staff = root in FOR_STAFF or command.qualified_name in FOR_STAFF
            if not isinstance(command, app_commands.Group) and not for_staff:
                yield command


def items_of(bot: ShopBot) -> list[type[ui.DynamicItem[Any]]]:
    answering = [item for item in bot._items if item.__name__ not in ANSWERS_WITH_A_FORM]
    assert len(answering) == len(bot._items) - len(ANSWERS_WITH_A_FORM)
    return [item for item in answering if not is_staffs_own(item)]


def is_staffs_own(item: type[Any]) -> bool:
    return f"{item.__module__}.{item.__name__}".startswith(STAFFS_OWN)


async def use(
    shop: Shop, command: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu
) -> list[Any]:
    """What Alice is told when she uses the command, and everybody who may."""
    name = command.qualified_name
    if isinstance(command, app_commands.ContextMenu):
        target = await shop.alice.send(shop.channel, "hello") if command.type.value == 3 else shop.alice
        return answers_of(await shop.alice.context_menu(shop.channel, name, target))
    options = OPTIONS.get(name, {})
    missing = [each.name for each in command.parameters if each.required and each.name not in options]
    assert not missing, f"say in OPTIONS how /{name} is called: it needs {', '.join(missing)}"
    return answers_of(await shop.alice.slash(shop.channel, name, **options))


async def click(shop: Shop, item: type[ui.DynamicItem[Any]]) -> list[Any]:
    """What Alice is told when she clicks a button with a `custom_id` that is the item's."""
    custom_id = a_custom_id_of(item)
    channel = shop.app.bot.get_channel(shop.channel.id)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send(view=card_with(custom_id))
    result = await shop.alice.click(message, custom_id=custom_id)
    changed = [] if text_of(result.response) == CLICK_ME else [result.response]
    return answers_of(result) or changed


def card_with(custom_id: str) -> Card:
    return Card(ui.TextDisplay(CLICK_ME), ui.ActionRow(ui.Button[Any](label="click", custom_id=custom_id)))


@cache
def a_custom_id_of(item: type[ui.DynamicItem[Any]]) -> str:
    """The simplest that the item's template takes."""
    fitting = st.from_regex(item.__discord_ui_compiled_template__, fullmatch=True)
    quickly = settings(phases=[Phase.generate, Phase.shrink], database=None)
    return find(fitting, lambda _id: True, settings=quickly)


def answers_of(result: Any) -> list[Any]:
    """All that is shown to whoever used it, and to nobody else."""
    shown = [result.response, *result.followups] if result.response else result.followups
    return [message for message in shown if message.ephemeral]


def assert_told(told: list[Any], caplog: pytest.LogCaptureFixture, what: str) -> None:
    """There is one private answer, in a person's words, and the log has the rest under its reference."""
    text = assert_human(told, what)
    reference = REFERENCE.search(text)
    assert reference, f"{what} gave no reference: {text}"
    [logged] = [record for record in caplog.records if f"[{reference[1]}]" in record.getMessage()]
    assert logged.levelno == logging.ERROR
    assert logged.exc_info is not None
    assert str(logged.exc_info[1]) == SECRET, f"{what} failed for another reason"


def assert_human(told: list[Any], what: str) -> str:
    assert len(told) == 1, f"{what} was answered with {[text_of(each) for each in told]}"
    text = text_of(told[0])
    assert re.search(r"\w+ \w+", text), f"{what}: {text!r}"
    assert not NOT_FOR_PEOPLE.search(text), f"{what}: {text}"
    return text
