"""Ceilings: a file or function that grows past one is usually two ideas."""

import ast

from tests.meta.source import Module, modules

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
LARGER_ON_PURPOSE = {
    "bot/errors.py": "one file holds the whole tree of errors",
}
LONG_ON_PURPOSE = {"bot/app.py build", "bot/wiring/receiving.py receiving"}
"""The composition root is a list of what is wired to what."""
NOT_READ_BUT_RUN = ("bot/storage/migrations/versions/",)
"""A migration is a list of what it makes."""
MOCKS = {
    "Mock",
    "MagicMock",
    "AsyncMock",
    "NonCallableMock",
    "NonCallableMagicMock",
    "create_autospec",
    "patch",
}
SPECIFICATIONS = {"spec", "spec_set", "autospec", "new", "wraps"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def everything() -> list[Module]:
    return modules("bot", "cogs", "sandbox", "tests", "bench")


def test_no_file_is_longer_than_the_ceiling() -> None:
    long = {module.name: module.text.count("\n") for module in everything()}
    long = {name: lines for name, lines in long.items() if lines > LINES_OF_A_FILE}
    assert long.keys() <= LARGER_ON_PURPOSE.keys(), long


def test_no_function_is_longer_than_the_ceiling() -> None:
    long = [
        f"{module.name}:{node.lineno} {node.name} has {lines} lines"
        for module in everything()
        if not module.is_in(*NOT_READ_BUT_RUN)
        for node in ast.walk(module.tree)
        if isinstance(node, Function)
        and f"{module.name} {node.name}" not in LONG_ON_PURPOSE
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_no_exception_is_made_for_what_is_small_enough() -> None:
    lines = {module.name: module.text.count("\n") for module in everything()}
    assert [name for name in LARGER_ON_PURPOSE if lines.get(name, 0) <= LINES_OF_A_FILE] == []


def test_no_mock_takes_whatever_it_is_asked() -> None:
    """A mock without a specification agrees with code that calls what isn't there."""
    found = [
        f"{module.name}:{node.lineno} {ast.unparse(node.func)}"
        for module in modules("tests", "bench")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in MOCKS
        and not SPECIFICATIONS.intersection(keyword.arg or "" for keyword in node.keywords)
    ]
    assert found == []


def test_every_test_file_has_a_name_of_its_own() -> None:
    names = [module.path.name for module in modules("tests") if module.path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))
