"""The project's own code, as text and as syntax trees."""

import ast
import gc
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """A file of the project; `name` is its path from the project's folder, with slashes."""

    path: Path

    @property
    def name(self) -> str:
        return _name(self.path)

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.path)

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of the tree, from the top down."""
        return _nodes(self.path)

    def is_in(self, *folders: str) -> bool:
        """Whether it is one of these files, or in one of these folders (`bot/checkout/`)."""
        name = self.name
        return any(name.startswith(each) if each.endswith("/") else name == each for each in folders)

    @property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """Line and dotted name of everything imported, wherever in the file: `sqlalchemy.URL`."""
        return _imports(self.path)


# Each rule goes through all of the code.


@cache
def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _parsed(path: Path) -> ast.Module:
    # A million objects stay until `forget`: looking through them for garbage takes longer than making.
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"), str(path))
    finally:
        gc.freeze()
        gc.enable()


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_parsed(path)))


def forget() -> None:
    """The code isn't read any more by this process."""
    for cached in (_name, _parsed, _nodes, _imports):
        cached.cache_clear()


@cache
def _imports(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple(_imported(_nodes(path)))


def _imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)


def modules(*folders: str) -> list[Module]:
    """Every Python file below the folders."""
    found = [
        Module(path)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in path.parts
    ]
    assert found, f"nothing in {folders}"
    return found


def imports_of(imported: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or in one."""
    return any(imported == package or imported.startswith(f"{package}.") for package in packages)


def last_name(node: ast.AST) -> str:
    """The `c` of `a.b.c`; of what has no name, nothing."""
    return getattr(node, "attr", getattr(node, "id", ""))


def classes(*bases: type[Any]) -> list[type[Any]]:
    """The project's own classes with these bases, however far down."""
    for module in modules("bot/discord", "cogs"):
        importlib.import_module(module.name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    found: set[type[Any]] = set()
    waiting = list(bases)
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found.update(each for each in subclasses if each.__module__.partition(".")[0] in {"bot", "cogs"})
    return sorted(found, key=lambda each: each.__qualname__)
