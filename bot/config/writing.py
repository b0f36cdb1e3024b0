"""Changing single values in a settings file, with its comments left as they are."""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.errors import BambooError
from bot.private_files import PRIVATE

Value = str | int | bool | Sequence[str] | Sequence[int]
_SECTION: Final = re.compile(r"^\[([a-z]+)\]\s*$")


def with_values(text: str, values: Mapping[str, Value]) -> str:
    """The text with these settings, by dotted key, in the place of what it says of them.

    A line that shows a default (`# key = …`) becomes the setting. Raises ValueError where the text is written
    in a way that can't be changed line by line, such as a list over several lines.
    """
    lines = text.splitlines()
    for key, value in values.items():
        section, _, name = key.partition(".")
        lines = _with_value(lines, section, name, f"{name} = {_toml(value)}")
    changed = "\n".join(lines) + "\n"
    expected = tomllib.loads(text)
    for key, value in values.items():
        section, _, name = key.partition(".")
        expected.setdefault(section, {})[name] = list(value) if isinstance(value, tuple) else value
    if _read(changed) != expected:
        raise ValueError(text)
    return changed


def change_file(path: Path, values: Mapping[str, Value]) -> None:
    """Change settings in a file that is there, at once or not at all.

    Raises BambooError, which names the settings but not their values: most are secrets.
    """
    names = ", ".join(values)
    try:
        text = path.read_text(encoding="utf-8-sig")
        write_private(path.with_name(f"{path.name}.new"), with_values(text, values))
        path.with_name(f"{path.name}.new").replace(path)
    except OSError as error:
        raise BambooError(f"{path} can't be changed ({error.strerror}); set {names} by hand") from error
    except ValueError:
        raise BambooError(f"{path} can't be changed line by line; set {names} by hand") from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on. Raises OSError."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _with_value(lines: list[str], section: str, name: str, line: str) -> list[str]:
    start = next((at for at, each in enumerate(lines) if _title(each) == section), None)
    if start is None:
        return [*lines, "", f"[{section}]", line]
    end = next((at for at in range(start + 1, len(lines)) if _title(lines[at])), len(lines))
    for pattern in (rf"{name}\s*=", rf"# {name} ="):  # what is set goes before what is only shown
        for at in range(start + 1, end):
            if re.match(pattern, lines[at]):
                return [*lines[:at], line, *lines[at + 1 :]]
    return [*lines[: start + 1], line, *lines[start + 1 :]]


def _title(line: str) -> str | None:
    found = _SECTION.match(line)
    return found[1] if found else None


def _toml(value: Value) -> str:
    # What these values need of TOML is written as in JSON.
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except ValueError:
        return None
