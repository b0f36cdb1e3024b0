"""Settings from a TOML file and the environment, which wins."""

import json
import os
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from bot.config.problems import (
    PREFIX,
    known_keys,
    problems_of,
    unknown_key,
    unknown_section,
    unknown_variable,
    variable_of,
)
from bot.config.settings import Settings
from bot.errors import ConfigurationError, Problem

DEFAULT_PATH: Final = Path("config.toml")
EXAMPLE: Final = "config.example.toml"


def load_settings(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; no path means `config.toml` here, which may be missing.

    Raises ConfigurationError with every problem that was found.
    """
    problems: list[Problem] = []
    nothing_here = path is None and not DEFAULT_PATH.exists()
    file: dict[str, Any] | None = None
    try:
        file = _read(path)
    except ConfigurationError as error:
        problems += error.problems
    variables = {key: variable_of(key) for key in known_keys()}
    problems += _unknown_in_file(file or {})
    problems += _unknown_in_environment(environ, variables)
    environment = Environment(environ)()
    try:
        settings = Settings(**_merged(file or {}, environment))
    except ValidationError as error:
        from_environment = {key: name for key, name in variables.items() if _is_set(key, environment)}
        found = list(problems_of(error, variables=from_environment))
        if nothing_here and any(problem.found == "nothing" for problem in found):
            problems.append(
                Problem(
                    str(DEFAULT_PATH), "no such file here", "your settings in it: run `bamboo init` first"
                )
            )
        # What an unreadable file doesn't say isn't missing.
        problems += (problem for problem in found if file is not None or problem.found != "nothing")
    if problems:
        raise ConfigurationError(problems)
    return settings


def example_text() -> str:
    """The commented example of a configuration file, which names every setting."""
    packaged = files("bot").joinpath(EXAMPLE)
    # In a checkout the file lies at the top, where people look for it; a wheel carries it in the package.
    source = packaged if packaged.is_file() else Path(__file__).parents[2] / EXAMPLE
    return source.read_text(encoding="utf-8")


class Environment(EnvSettingsSource):
    """The settings that environment variables give; lists may be written as 1,2,3 or as JSON."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        known = {variable_of(key).lower() for key in known_keys()}
        return {
            name.lower(): value
            for name, value in self._environ.items()
            if name.lower() in known and (value or not self.env_ignore_empty)
        }

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        del field_name, field
        text = str(value).strip()
        if not text.startswith(("[", "{")):
            return [part.strip() for part in text.split(",")]
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text  # which isn't a list, and is reported as such


def _read(path: Path | None) -> dict[str, Any]:
    try:
        # Windows' editor begins a UTF-8 file with a mark that TOML doesn't know.
        text = (path or DEFAULT_PATH).read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        if path is None:
            return {}
        found = "no such file"
        expected = f"your settings in it: `bamboo init --config {path}` writes it"
    except IsADirectoryError:
        found, expected = "a folder", "a configuration file, such as config.toml in it"
    except PermissionError:
        found, expected = "a file that may not be read", "a file that the bot's user may read"
    except OSError as error:
        found, expected = f"an unreadable file ({error.strerror})", "a configuration file"
    except UnicodeDecodeError:
        found, expected = "a file that isn't UTF-8", "a text file saved as UTF-8"
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        found, expected = f"a file that isn't TOML ({error})", 'lines such as key = "value" under a [section]'
    raise ConfigurationError([Problem(str(path or DEFAULT_PATH), found, expected)])


def _unknown_in_file(file: Mapping[str, Any]) -> list[Problem]:
    return [
        unknown_section(name) if isinstance(value, dict) else unknown_key(name)
        for name, value in file.items()
        if name not in Settings.model_fields
    ]


def _unknown_in_environment(environ: Mapping[str, str], variables: Mapping[str, str]) -> list[Problem]:
    return [
        unknown_variable(name)
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name.upper() not in variables.values()
    ]


def _merged(file: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    """Sections of both, key by key. A section that is no table is left for validation to report."""
    sections = {name: file.get(name, {}) for name in Settings.model_fields}
    return {
        name: {**section, **environment.get(name, {})} if isinstance(section, dict) else section
        for name, section in sections.items()
    }


def _is_set(key: str, environment: Mapping[str, Any]) -> bool:
    section, _, name = key.partition(".")
    return name in environment.get(section, {})
