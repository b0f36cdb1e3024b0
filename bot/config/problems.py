"""What an owner is told about settings that can't be used."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.config.settings import Settings
from bot.config.types import Unfit
from bot.errors import Problem
from bot.logs import MASK, mask_secrets

LONGEST_QUOTE: Final = 80
"""Characters of a wrong value that are repeated: enough to recognise it."""


def problems_of(error: ValidationError, *, variables: Mapping[str, str]) -> Iterator[Problem]:
    """Say each of pydantic's findings in an owner's words.

    `variables` are the names of the environment variables in use, by dotted key.
    """
    fields = known_keys()
    for details in error.errors(include_url=False):
        key = ".".join(map(str, details["loc"][:2]))
        field = fields.get(key)
        if field is None:
            yield _misplaced(details)
            continue
        found = _found(details, secret=_holds_secret(field.annotation))
        if key in variables:
            found = f"{found} ({variables[key]})"
        yield Problem(key, found, _reason(details) or field.description or "another value")


def unknown_key(key: str) -> Problem:
    """A key that no setting has. Its value isn't repeated: it may be a secret."""
    return Problem(_printable(key), "an unknown key", _did_you_mean(nearest(key, known_keys())))


def unknown_section(name: str) -> Problem:
    """A table that no setting is in."""
    likely = nearest(name, Settings.model_fields)
    expected = f"[{likely}]?" if likely else ", ".join(f"[{section}]" for section in Settings.model_fields)
    return Problem(f"[{_printable(name)}]", "an unknown section", f"a known one: {expected}")


def unknown_variable(name: str) -> Problem:
    """An environment variable with the bot's prefix that sets nothing."""
    likely = nearest(name.upper().removeprefix(PREFIX).lower().replace(DELIMITER, "."), known_keys())
    return Problem(_printable(name), "an unknown variable", _did_you_mean(likely and variable_of(likely)))


def _did_you_mean(likely: str | None) -> str:
    return f"a known one: did you mean {likely}?" if likely else "one of those in config.example.toml"


def _misplaced(details: ErrorDetails) -> Problem:
    path = [str(part) for part in details["loc"]]
    if details["type"] == "extra_forbidden":
        return unknown_key(".".join(path))
    section = path[0] if path else "settings"
    return Problem(f"[{section}]", _kind(details["input"]), f"a section: [{section}] with its keys below it")


def _found(details: ErrorDetails, *, secret: bool) -> str:
    where = _place(details["loc"][2:])
    if details["type"] == "missing":
        # Inside a list entry the input is the whole entry, not the value that isn't there.
        return f"nothing{where}"
    if details["type"] == "extra_forbidden":
        return f"an unknown key{where}"
    found = MASK if secret and details["input"] != "" else _quoted(details["input"])
    said = details.get("ctx", {}).get("error")
    # A fact about the value ("two options have the same value"), where an Unfit says what is expected.
    fact = f" ({said})" if isinstance(said, ValueError) and not isinstance(said, Unfit) and str(said) else ""
    return f"{found}{where}{fact}"


def _place(path: tuple[int | str, ...]) -> str:
    """Where inside a list: ` in entry 2, label`, counted as people count."""
    parts = [f"entry {part + 1}" if isinstance(part, int) else _printable(part) for part in path]
    return f" in {', '.join(parts)}" if parts else ""


def _reason(details: ErrorDetails) -> str:
    said = details.get("ctx", {}).get("error")
    return str(said) if isinstance(said, Unfit) else ""


def _quoted(value: object) -> str:
    match value:
        case "" | None:
            return "nothing"
        case str():
            shown = mask_secrets(value)
            cut = shown if len(shown) <= LONGEST_QUOTE else f"{shown[:LONGEST_QUOTE]}…"
            return f'"{_printable(cut)}"'
        case bool() | float():
            return json.dumps(value)
        case int():
            # Python refuses to write out whole numbers of thousands of digits.
            return str(value) if value.bit_length() <= 128 else "a very large number"  # noqa: PLR2004
    return _kind(value)


def _kind(value: object) -> str:
    match value:
        case str():
            return "a text"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case dict():
            return "a table"
        case list() | tuple():
            return f"a list of {len(value)}" if value else "an empty list"
    return "a date or time"


def _printable(text: str) -> str:
    """The text without what could rewrite a terminal: control characters and changes of direction."""
    return text if text.isprintable() else json.dumps(text)[1:-1]


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


# --- the names of the settings: dotted in the file, in capitals in the environment --------------------


PREFIX: Final = Settings.model_config.get("env_prefix", "")
DELIMITER: Final = Settings.model_config.get("env_nested_delimiter") or ""


def known_keys() -> dict[str, FieldInfo]:
    """Every setting by its dotted key, such as `discord.token`."""
    return {
        f"{section}.{key}": field
        for section, holder in Settings.model_fields.items()
        if isinstance(holder.annotation, type) and issubclass(holder.annotation, BaseModel)
        for key, field in holder.annotation.model_fields.items()
    }


def variable_of(key: str) -> str:
    """The environment variable of a dotted key: BAMBOO_DISCORD__TOKEN for `discord.token`."""
    return PREFIX + key.replace(".", DELIMITER).upper()


def nearest(key: str, known: Collection[str]) -> str | None:
    """The known key that was probably meant, if any is close enough to be worth naming."""
    # A good configuration never asks, and the process would keep it.
    from rapidfuzz import process  # noqa: PLC0415
    from rapidfuzz.distance import DamerauLevenshtein  # noqa: PLC0415

    section, _, leaf = key.rpartition(".")
    siblings = {name.rpartition(".")[2]: name for name in known if name.rpartition(".")[0] == section}
    elsewhere = {name.rpartition(".")[2]: name for name in known}
    for names, text, at_least in (
        (siblings, leaf, 0.6),
        (elsewhere, leaf, 0.8),
        ({name: name for name in known}, key, 0.6),
    ):
        match = process.extractOne(
            text, names.keys(), scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=at_least
        )
        if match:
            return names[match[0]]
    return None
