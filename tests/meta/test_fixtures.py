"""What tests are made with goes through public doors: how the product is built inside is its own affair."""

import ast
from collections.abc import Iterator

import pytest

from tests.meta.source import Module, modules

OF_LIBRARIES = {
    "_connection": "discord.py tells of no server by its id alone, as Discord does after a lost connection",
    "_add_guild_from_data": "the same",
    "_env": "SimCord's handles know their environment, and nobody else needs to",
    "_response_type": "discord.py would refuse the second answer that a fault of the small bot is",
    "_dpy_internals": "SimCord looks there at what the bot does; `settling` does it in fewer steps",
    "_runtime": "the same",
    "_settlement": "the same",
    "_original_callback": "the same",
    "_view_timeout_task_identity": "the same",
    "_tasks_loop_self": "the same",
    "_track_callback": "the same",
    "_settle_internal": "the same",
    "_settlement_state": "the same",
    "_settle_timeout_message": "the same",
    "_run_due_virtual_callbacks": "the same",
    "_callback_fire_time": "the same",
    "_park_reason": "the same",
    "_wakes_recognized_wait": "the same",
    "_clock_monotonic": "the same",
    "_current_task": "the same",
    "_WorkState": "what SimCord keeps of the bot, which `settling` keeps and looks at",
    "_TaskRecord": "the same",
    "_BOT_SCOPE": "the same",
    "_work": "the same",
    "_last_dispatch": "the same",
    "_advance_task": "the same",
    "_real_advance_task": "the same",
    "_started": "the same",
    "_generation": "the same",
    "_loop": "the same, and discord.py's coroutine that repeats something",
    "_BaseView__timeout_task_impl": "discord.py's coroutine that ends a view: who runs it waits for people",
    "_wait": "asyncio's coroutine in which a task waits for others",
    "_scheduled": "asyncio's loop tells nobody which timers it has",
    "_args": "the same of a timer's task",
    "_callback": "the same",
    "_callbacks": "the same of who waits for a future",
    "_fut_waiter": "the same of what a task waits for",
    "_exception": "asking in public says that somebody has seen to the task's error",
    "_setup_inactive_callback": "asyncpg closes what simulated time makes idle; `warm` keeps it",
    "_rewrite_test": "pytest rewrites tests in each worker; `warm` shares that out among them",
    "_write_pyc": "the same",
}
PUBLIC = {"_asdict", "_fields", "_mapping", "_replace"}
"""What Python and SQLAlchemy name so that it can't clash with a column."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in PUBLIC


def is_own(value: ast.expr) -> bool:
    match value:
        case ast.Name(id="self" | "cls"):
            return True
        case ast.Call(func=ast.Name(id="super")):
            return True
    return False


def privates_of_others(tree: ast.AST) -> Iterator[str]:
    """Each use of a private name that isn't the class's own, or of a module's."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=name) if is_private(name) and not is_own(value):
                yield name
            case ast.Call(
                func=ast.Attribute(attr="setattr" | "delattr")
                | ast.Name(id="getattr" | "setattr" | "delattr" | "hasattr"),
                args=[_, ast.Constant(value=str(name)), *_],
            ):
                if is_private(name):
                    yield name
            case ast.ImportFrom(names=names, level=0):
                yield from (alias.name for alias in names if is_private(alias.name))


def test_no_test_is_made_with_another_test_s_file() -> None:
    """What several need is in the harness, or in a module of their room that holds no tests."""
    found = [
        f"{module.name}:{line} imports {imported}"
        for module in modules("tests")
        for line, imported in module.imports
        if any(part.startswith("test_") for part in imported.split(".")[:-1])
    ]
    assert found == []


def fixtures_and_helpers(module: Module) -> list[ast.AST]:
    """All of a module that holds no tests, else its fixtures."""
    if not module.path.name.startswith("test_"):
        return [module.tree]
    return [
        node
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]


def test_fixtures_and_helpers_touch_no_privates_of_the_product() -> None:
    found = [
        f"{module.name}: {name}"
        for module in modules("tests")
        for tree in fixtures_and_helpers(module)
        for name in privates_of_others(tree)
        if name not in OF_LIBRARIES
    ]
    assert found == []


@pytest.mark.parametrize(
    "written",
    [
        "shop.app.bot._services",
        "from bot.checkout.service import _lines",
        'monkeypatch.setattr(worker, "_timer", None)',
        'getattr(shop.app.bot, "_services")',
        'setattr(books.inbox, "_clock", clock)',
    ],
)
def test_a_private_name_of_another_is_found(written: str) -> None:
    assert len(list(privates_of_others(ast.parse(written)))) == 1


@pytest.mark.parametrize("written", ["self._shop", "cls._kept", "super()._tell()", "row._asdict()"])
def test_its_own_is_left_alone(written: str) -> None:
    assert list(privates_of_others(ast.parse(written))) == []
