"""The example names every setting with its default, so it can't rot."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.config import example_text, load_settings
from bot.config.problems import known_keys
from bot.errors import ConfigurationError

REQUIRED = {"BAMBOO_DISCORD__TOKEN": "discord-token", "BAMBOO_PANDABASE__STORE_ID": "shp_tests"}
SETTING = re.compile(r"^# (?=\w+ = )", re.MULTILINE)
SUGGESTION = re.compile(r"^#     ", re.MULTILINE)


@pytest.fixture
def load(tmp_path):
    def from_text(text: str, environ=REQUIRED):
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return load_settings(path, environ)

    return from_text


@pytest.fixture
def defaults(load):
    return load("")


def filled_in(text: str) -> str:
    return text.replace('token = ""', 'token = "discord-token"', 1).replace(
        'store_id = ""', 'store_id = "shp_tests"', 1
    )


def test_it_works_once_the_two_empty_values_are_filled_in(load, defaults):
    assert load(filled_in(example_text()), {}) == defaults


def test_as_it_is_it_lacks_exactly_what_is_required(load):
    with pytest.raises(ConfigurationError) as caught:
        load(example_text(), {})
    assert [(problem.key, problem.found) for problem in caught.value.problems] == [
        ("discord.token", "nothing"),
        ("pandabase.store_id", "nothing"),
    ]


def test_its_commented_values_are_the_defaults(load, defaults):
    text = SETTING.sub("", filled_in(example_text()))
    loaded = load(text, {})
    differing = [
        f"{section}.{key}"
        for section, holder in loaded
        for key, value in holder
        if value != getattr(getattr(defaults, section), key)
    ]
    assert differing == []


def test_it_names_every_setting_and_no_other():
    named = tomllib.loads(SETTING.sub("", example_text()))
    assert {f"{section}.{key}" for section, keys in named.items() for key in keys} == set(known_keys())


def test_its_suggestions_can_be_used(load, defaults):
    # A suggestion stands above the default that it would replace.
    text = SUGGESTION.sub("", filled_in(example_text()))
    loaded = load(text, {})
    assert loaded.pandabase.is_sandbox
    assert len(loaded.checkout.fields) == 3
    assert loaded.staff.invoice_cap == 50_000
    assert {name for name, section in loaded if section == getattr(defaults, name)} == {
        "limits",
        "display",
        "logging",
        "backup",
    }


def test_it_lies_at_the_top_of_the_project():
    assert (Path(__file__).parents[3] / "config.example.toml").read_text(encoding="utf-8") == example_text()


def test_its_lines_fit_a_terminal():
    assert [line for line in example_text().splitlines() if len(line) > 110] == []
