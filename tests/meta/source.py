"""The project's own code, as text and as syntax trees."""

import ast
import importlib
from collections.abc import Iterator
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
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.path)

    def is_in(self, *folders: str) -> bool:
        """Whether it is one of these files, or in one of these folders (`bot/checkout/`)."""
        return any(
            self.name.startswith(each) if each.endswith("/") else self.name == each for each in folders
        )

    @property
    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, wherever in the file: `sqlalchemy.URL`."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from ((node.lineno, alias.name) for alias in names)
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


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
