"""What Discord shows of commands, read from where they are written: names, descriptions, options, choices.

discord.py takes them from decorators, docstrings and keywords, so that they are plain strings in the code.
A test compares what is found here with the commands of the running bot.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Final

Found = tuple[str | None, str]
"""What it is a name of, if it is one (`bot.discord.command_sync`), and the text."""
_COMMAND: Final = "command"
_OPTION: Final = "option"


def command_texts(tree: ast.AST) -> Iterator[Found]:
    """Every such text of a module, in the order in which it is written."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _of_function(node)
            case ast.ClassDef():
                said = _constants(node.keywords)
                yield from _named(said.get("group_name"), said.get("group_description"))
            case ast.Call():
                yield from _of_call(node)


def _of_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Found]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and _called(decorator) == "command":
            said = _constants(decorator.keywords)
            about = said.get("description") or ast.get_docstring(node) or ""
            yield from _named(said.get("name", node.name), _first_paragraph(about))


def _of_call(node: ast.Call) -> Iterator[Found]:
    said = _constants(node.keywords)
    match _called(node):
        case "describe":
            for name, about in said.items():
                yield _OPTION, name
                yield None, about
        case "ContextMenu" | "Choice" if "name" in said:
            yield None, said["name"]
        case "Command" | "Group" | "__init__" if said.keys() >= {"name", "description"}:
            yield from _named(said["name"], said["description"])


def _named(name: str | None, description: str | None) -> Iterator[Found]:
    if name:
        yield _COMMAND, name
    if description:
        yield None, description


def _called(node: ast.Call) -> str:
    function = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constants(keywords: list[ast.keyword]) -> dict[str, str]:
    return {
        keyword.arg: keyword.value.value
        for keyword in keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    }


def _first_paragraph(docstring: str) -> str:
    """As discord.py reads it."""
    return " ".join(re.split(r"\n\s*\n", inspect.cleandoc(docstring), maxsplit=1)[0].split())
