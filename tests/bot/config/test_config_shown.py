"""What an owner is shown: no secret, no jargon, and always an explanation."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load_settings
from bot.config.problems import known_keys, variable_of
from bot.errors import ConfigurationError, Problem
from tests.bot.config.reading import REQUIRED, TOKEN, from_file, problems, write

SECRET_KEYS = (
    "discord.token",
    "pandabase.api_token",
    "web.webhook_secret",
    "checkout.signing_key",
)


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize(
    "value", ['"hush hush"', '"hush\\thush"', "4242424242", '["hush hush"]', "{hush = 1}"]
)
def test_a_secret_that_can_not_be_used_is_never_repeated(tmp_path, key, value):
    section, _, name = key.partition(".")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, f"[{section}]\n{name} = {value}\n"), {})
    assert f"{key}: found ***" in str(caught.value)
    assert "hush" not in str(caught.value)
    assert "4242" not in str(caught.value)


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_a_secret_in_a_variable_is_never_repeated(tmp_path, key):
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, ""), {variable_of(key): "hush hush"})
    assert f"{key}: found ***" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_the_value_of_an_unknown_key_is_never_repeated(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, "[discord]\ntokn = 'hush'\n"), {"BAMBOO_DISCORD__TOKEM": "hush"})
    assert "hush" not in str(caught.value)


def test_settings_show_none_of_their_secrets(tmp_path):
    loaded = from_file(
        tmp_path,
        f"""
        [pandabase]
        api_token = "sk_hush"
        [web]
        webhook_secret = ["whsec_hush", "plain-hush"]
        [checkout]
        signing_key = "hush-hush-hush-hush"
        [storage]
        url = "postgresql://bamboo:hush@localhost/bamboo"
        [discord]
        token = "{TOKEN}"
        """,
    )
    assert "hush" not in repr(loaded) + str(loaded)
    assert {secret.get_secret_value() for secret in loaded.secrets} == {
        TOKEN,
        "sk_hush",
        "whsec_hush",
        "plain-hush",
        "hush-hush-hush-hush",
        "hush",
    }


def test_the_password_of_a_database_is_never_repeated(tmp_path):
    found = problems(write(tmp_path, '[storage]\nurl = "mysql://bamboo:hush@localhost/x"\n'))
    assert found["storage.url"].found == '"mysql://***@localhost/x"'


def test_a_wrong_value_can_not_steer_the_terminal(tmp_path):
    found = problems(write(tmp_path, '[logging]\nlevel = "\\u001b[2J\\u202E"\n"\\u001b" = 1\n'))
    assert found["logging.level"].found.isprintable()
    assert all(key.isprintable() for key in found)


def test_a_long_wrong_value_is_cut(tmp_path):
    found = problems(write(tmp_path, f'[display]\nlocale = "{"x" * 5000}"\n'))
    assert len(found["display.locale"].found) < 100


def told(path: Path, environ: dict[str, str]) -> tuple[Problem, ...]:
    """The problems, or none if the settings can be used."""
    try:
        load_settings(path, environ)
    except ConfigurationError as error:
        return error.problems
    return ()


JARGON = ("pydantic", "validation error", "input should", "type=", "traceback", "valueerror", "none")
TOML_VALUES = st.recursive(
    st.one_of(
        st.text(max_size=30).map(lambda text: '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'),
        st.integers().map(str),
        st.integers(0, 2**400).map(hex),
        st.floats(allow_nan=True).map(str),
        st.sampled_from(
            ["true", "false", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "0xF" + "F" * 5000]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda values: f"[{', '.join(values)}]"),
        st.lists(inner, max_size=3).map(
            lambda values: "{" + ", ".join(f"k{at} = {value}" for at, value in enumerate(values)) + "}"
        ),
    ),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(known_keys())), TOML_VALUES)
def test_whatever_stands_behind_a_key_is_taken_or_explained_without_jargon(tmp_path, key, value):
    section, _, name = key.partition(".")
    text = f"[{section}]\n{name} = {value}\n"
    tomllib.loads(text)
    environ = {variable: known for variable, known in REQUIRED.items() if variable != variable_of(key)}
    said = told(write(tmp_path, text), environ)
    assert {problem.key for problem in said} <= {key}
    words = "\n".join(map(str, said)).lower().replace('"none"', "")
    assert not [word for word in JARGON if word in words]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(known_keys())), st.text(st.characters(exclude_characters="\0"), max_size=30))
def test_whatever_a_variable_holds_is_taken_or_explained(tmp_path, key, value):
    said = told(write(tmp_path, ""), {**REQUIRED, variable_of(key): value})
    assert {problem.key for problem in said} <= {key}
