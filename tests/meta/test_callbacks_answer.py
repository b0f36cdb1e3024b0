"""Every callback runs inside one of the wrappers that answer whatever happens.

discord.py only logs what a `DynamicItem` raises, and takes an exception in `interaction_check` as "no": a
callback outside a wrapper would leave its person with "thinking…".
"""

import ast
import inspect
import re
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from discord import AppCommandType, app_commands, ui
from discord.ext import commands

from bot.app import build
from bot.discord import interactions
from bot.discord.client import ShopBot
from bot.discord.forms import PersistentForm, answers_form
from bot.jobs.worker import Worker
from tests.harness.shop import Clock, settings_for
from tests.meta.source import classes, modules

WRAPPERS = (interactions.private_answer, interactions.update_in_place, interactions.at_once)
VIEWS = (ui.View, ui.LayoutView, ui.Modal)
SWALLOWED_BY_DISCORD = ("interaction_check", "on_error", "on_timeout")
"""What a view or an item may not do in ways of its own: discord.py keeps what goes wrong there to itself."""

Function = Callable[..., Any]


@pytest.fixture
async def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ShopBot]:
    """The real bot with all that it serves, not connected."""
    monkeypatch.setattr(Worker, "start", lambda _worker: None)  # they would ask the store
    async with build(settings_for(NoStore, tmp_path / "bamboo.db"), Clock()) as app:
        await app.bot.setup_hook()
        yield app.bot


class NoStore:
    """Nobody asks it for anything."""

    store_id = "shp_none"
    base_url = "http://127.0.0.1:1/v2"


def test_slash_commands_and_menus_answer(bot: ShopBot) -> None:
    found = list(all_commands(bot))
    assert found
    assert [problem for command in found for problem in problems_of(command.callback)] == []


def test_autocompletes_answer(bot: ShopBot) -> None:
    found = {
        f"/{command.qualified_name} {parameter.name}": parameter.autocomplete
        for command in all_commands(bot)
        if isinstance(command, app_commands.Command)
        for parameter in command._params.values()
        if parameter.autocomplete is not None
    }
    assert found
    # `@choices` has to be nearest to the function: the other decorator registers what it is given.
    assert [name for name, function in found.items() if not is_guarded(function)] == []


def test_buttons_that_outlive_the_process_answer(bot: ShopBot) -> None:
    assert [problem for item in dynamic_items(bot) for problem in problems_of(item.callback)] == []


def test_every_item_with_a_custom_id_of_its_own_is_registered(bot: ShopBot) -> None:
    written = {each for each in classes(ui.DynamicItem) if not inspect.isabstract(each)}
    assert written == set(dynamic_items(bot))


def test_every_cog_is_registered(bot: ShopBot) -> None:
    assert {type(cog) for cog in bot.cogs.values()} == set(classes(commands.Cog))


def test_views_and_forms_answer() -> None:
    callbacks = [
        function
        for view in classes(*VIEWS)
        for name, function in vars(view).items()
        if name == "on_submit" or hasattr(function, "__discord_ui_model_type__")
    ]
    assert [problem for function in callbacks for problem in problems_of(function)] == []


def test_a_form_that_does_not_answer_itself_is_plain_data() -> None:
    """discord.py would keep it, and drop what is sent after a restart: a listener answers it instead."""
    forms = [each for each in classes(ui.Modal) if not each.__subclasses__()]
    silent = [each for each in forms if each.on_submit is ui.Modal.on_submit]
    assert silent
    assert [each for each in silent if not issubclass(each, PersistentForm)] == []


def test_listeners_to_interactions_answer(bot: ShopBot) -> None:
    """Each takes forms, and passes over whatever else there is without waiting for anything."""
    listeners = [
        function
        for cog in bot.cogs.values()
        for name, function in cog.get_listeners()
        if name == "on_interaction"
    ]
    assert listeners
    assert [each for each in listeners if each.__code__ is not _TAKES_FORMS] == []
    assert [problem for each in listeners for problem in problems_of(inspect.unwrap(each))] == []


def test_items_answer() -> None:
    own = [each for each in classes(ui.Item) if "callback" in vars(each)]
    assert [problem for item in own for problem in problems_of(vars(item)["callback"])] == []


def test_no_view_or_item_goes_around_the_wrappers() -> None:
    overridden = [
        f"{each.__qualname__}.{name}"
        for each in classes(*VIEWS, ui.Item)
        for name in SWALLOWED_BY_DISCORD
        if name in vars(each)
    ]
    assert overridden == []


def test_no_callback_is_put_in_later() -> None:
    """`button.callback = …` would be one that no test can find."""
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules("bot", "cogs")
        for node in module.nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr in {"callback", "on_submit"}
    ]
    assert found == []


# --- what the tests above rest on: they must be able to fail ------------------------------------------


async def outside_of_a_wrapper(interaction: Any) -> None:
    """A docstring may come first."""
    await interaction.response.send_message("not wrapped")


async def work_before_the_wrapper(interaction: Any) -> None:
    user = interaction.user
    async with interactions.private_answer(interaction) as answer:
        await answer.show(user)


async def work_after_the_wrapper(interaction: Any) -> None:
    async with interactions.private_answer(interaction):
        pass
    await interaction.followup.send("not wrapped")


async def another_context_manager(interaction: Any) -> None:
    async with interaction.channel.typing():
        pass


async def wrapped(interaction: Any) -> None:
    """A docstring may come first."""
    async with interactions.private_answer(interaction) as answer:
        await answer.show(interaction.user)


@pytest.mark.parametrize(
    "function",
    [outside_of_a_wrapper, work_before_the_wrapper, work_after_the_wrapper, another_context_manager],
)
def test_a_callback_that_is_not_wrapped_as_a_whole_is_found(function: Function) -> None:
    assert problems_of(function)


def test_a_callback_that_is_wrapped_as_a_whole_is_fine() -> None:
    assert problems_of(wrapped) == []


def test_an_autocomplete_with_its_decorators_in_the_wrong_order_is_found() -> None:
    async def suggest(_cog: Any, _interaction: Any, _current: str) -> list[app_commands.Choice[str]]:
        return []

    assert not is_guarded(suggest)
    assert is_guarded(interactions.choices(suggest))


def is_guarded(function: Any) -> bool:
    return bool(inspect.unwrap(function) is not function and function.__code__ is _GUARD)


_GUARD = interactions.choices(interactions.choices).__code__  # type: ignore[arg-type]  # whatever is guarded: the code is the same


_TAKES_FORMS = answers_form(re.compile(""))(wrapped).__code__


def problems_of(function: Function) -> list[str]:
    """What keeps the function from being a docstring and one `async with` of a wrapper."""
    where = f"{function.__module__}.{function.__qualname__}"
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(definition, ast.AsyncFunctionDef), where
    *before, last = definition.body
    is_docstring = [isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in before]
    if is_docstring not in ([], [True]):
        return [f"{where} does something before it answers"]
    match last:
        case ast.AsyncWith(items=[ast.withitem(context_expr=ast.Call(func=called))]):
            if _named(called, function) in WRAPPERS:
                return []
    return [f"{where} doesn't end in one `async with` of a wrapper"]


def _named(called: ast.expr, function: Function) -> Any:
    """What a name, or a name in a module, stands for where the function is defined."""
    match called:
        case ast.Name(id=name):
            return function.__globals__.get(name)
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return getattr(function.__globals__.get(module), name, None)
    return None


def all_commands(bot: ShopBot) -> Iterator[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    for kind in AppCommandType:
        for command in bot.tree.walk_commands(type=kind):
            if not isinstance(command, app_commands.Group):
                yield command


def dynamic_items(bot: ShopBot) -> list[type[ui.DynamicItem[Any]]]:
    return list(bot._connection._view_store._dynamic_items.values())
