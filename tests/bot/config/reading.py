"""Settings that are read from a file, beside what every start needs."""

from pathlib import Path

import pytest

from bot.config import Settings, load_settings
from bot.errors import ConfigurationError, Problem

TOKEN = "discord-token-of-the-tests"
REQUIRED = {"BAMBOO_DISCORD__TOKEN": TOKEN, "BAMBOO_PANDABASE__STORE_ID": "shp_tests"}


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None, environ: dict[str, str] | None = None) -> dict[str, Problem]:
    """The problems by key; a key with several keeps its last."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, REQUIRED if environ is None else environ)
    return {problem.key: problem for problem in caught.value.problems}


def from_file(folder: Path, text: str) -> Settings:
    return load_settings(write(folder, text), REQUIRED)
