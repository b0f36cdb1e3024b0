"""The names of the settings: dotted in the file, in capitals in the environment."""

from collections.abc import Collection
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.config.settings import Settings

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
