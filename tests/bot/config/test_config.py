"""Settings are read through the one door that the command line uses."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from bot.config import Settings, load_settings
from bot.config.problems import known_keys
from tests.bot.config.reading import REQUIRED, TOKEN, from_file, problems, write


@pytest.fixture
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_empty_folder")
def test_without_a_file_the_environment_is_enough():
    loaded = load_settings(None, REQUIRED)
    assert loaded.discord.token.get_secret_value() == TOKEN
    assert loaded.pandabase.store_id == "shp_tests"


@pytest.mark.usefixtures("_empty_folder")
def test_the_default_file_is_read_from_the_current_folder():
    Path("config.toml").write_text("[web]\nport = 9000\n")
    assert load_settings(None, REQUIRED).web.port == 9000


def test_the_environment_wins_key_by_key(tmp_path):
    path = write(tmp_path, '[web]\nport = 9000\nhost = "::1"\n')
    loaded = load_settings(path, {**REQUIRED, "BAMBOO_WEB__PORT": "9001"})
    assert (loaded.web.host, loaded.web.port) == ("::1", 9001)


def test_the_process_environment_is_not_read_when_another_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("BAMBOO_WEB__PORT", "9001")
    assert load_settings(write(tmp_path, ""), REQUIRED).web.port == 8080


def test_the_process_environment_is_the_default(tmp_path, monkeypatch):
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    assert load_settings(write(tmp_path, "")).pandabase.store_id == "shp_tests"


def test_settings_built_directly_ignore_the_environment(monkeypatch):
    monkeypatch.setenv("BAMBOO_WEB__PORT", "9001")
    built = Settings(discord={"token": TOKEN}, pandabase={"store_id": "shp_tests"})
    assert built.web.port == 8080


@pytest.mark.parametrize("value", ["1,2", "1, 2", "[1, 2]", '["1", "2"]'])
def test_lists_in_the_environment_may_be_plain_or_json(tmp_path, value):
    loaded = load_settings(write(tmp_path, ""), {**REQUIRED, "BAMBOO_DISCORD__GUILD_IDS": value})
    assert loaded.discord.guild_ids == (1, 2)


@pytest.mark.parametrize("value", ["[1, 2", "{", "[" * 100_000])
def test_a_list_in_the_environment_that_is_broken_json_is_a_problem(tmp_path, value):
    found = problems(write(tmp_path, ""), {**REQUIRED, "BAMBOO_DISCORD__GUILD_IDS": value})
    assert list(found) == ["discord.guild_ids"]
    assert "BAMBOO_DISCORD__GUILD_IDS" in found["discord.guild_ids"].found


def test_an_empty_variable_counts_as_not_set(tmp_path):
    path = write(tmp_path, "[web]\nport = 9000\n")
    assert load_settings(path, {**REQUIRED, "BAMBOO_WEB__PORT": ""}).web.port == 9000


def test_an_empty_text_in_the_file_counts_as_left_out(tmp_path):
    loaded = from_file(tmp_path, '[display]\ntimezone = ""\n[staff]\ninvoice_cap = " "\n')
    assert loaded.display.timezone == ZoneInfo("UTC")
    assert loaded.staff.invoice_cap is None


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xef\xbb\xbf[web]\r\nport = 9000\r\n")
    assert load_settings(path, REQUIRED).web.port == 9000


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    path = write(
        tmp_path,
        """
        [pandabase]
        store_id = "store_5"
        [web]
        port = "many"
        [checkout]
        return_url = "http://example.org/thanks"
        [logging]
        levle = "INFO"
        """,
    )
    found = problems(path, {"BAMBOO_WEB__PROT": "1"})
    assert set(found) == {
        "discord.token",
        "pandabase.store_id",
        "web.port",
        "checkout.return_url",
        "logging.levle",
        "BAMBOO_WEB__PROT",
    }
    assert found["discord.token"].found == "nothing"
    assert "Discord developer portal" in found["discord.token"].expected
    assert found["pandabase.store_id"].found == '"store_5"'
    assert "shp_" in found["pandabase.store_id"].expected
    assert "https" in found["checkout.return_url"].expected
    assert found["logging.levle"].expected.endswith("did you mean logging.level?")
    assert found["BAMBOO_WEB__PROT"].expected.endswith("did you mean BAMBOO_WEB__PORT?")


def test_a_problem_names_the_variable_that_the_value_came_from(tmp_path):
    found = problems(write(tmp_path, "[web]\nport = 1\n"), {**REQUIRED, "BAMBOO_WEB__PORT": "many"})
    assert found["web.port"].found == '"many" (BAMBOO_WEB__PORT)'


def test_a_problem_in_a_list_names_the_entry_as_people_count(tmp_path):
    found = problems(write(tmp_path, '[discord]\nguild_ids = [1, "two"]\n'))
    assert found["discord.guild_ids"].found == '"two" in entry 2'


# --- unknown names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "meant"),
    [
        ("[discrod]\ntoken = 'x'", "[discrod]", "[discord]"),
        ("[webs.inner]\nx = 1", "[webs]", "[web]"),
        ("token = 'x'", "token", "discord.token"),
        ("[web]\nreturn_url = 'x'", "web.return_url", "checkout.return_url"),
        ("[discord.guild_id]\nx = 1", "discord.guild_id", "discord.guild_ids"),
    ],
)
def test_a_misplaced_or_misspelt_name_gets_the_nearest_one(tmp_path, text, key, meant):
    assert meant in problems(write(tmp_path, text))[key].expected


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BAMBOO_DISCORD_TOKEN", "BAMBOO_DISCORD__TOKEN"),
        ("BAMBOO_TOKEN", "BAMBOO_DISCORD__TOKEN"),
        ("bamboo_discord__tokn", "BAMBOO_DISCORD__TOKEN"),
        ("BAMBOO_DISCORD__TOKEN__X", "BAMBOO_DISCORD__TOKEN"),
    ],
)
def test_an_unknown_variable_gets_the_nearest_one(tmp_path, name, meant):
    assert meant in problems(write(tmp_path, ""), {**REQUIRED, name: "hidden"})[name].expected


def test_names_far_from_any_setting_point_to_the_example(tmp_path):
    found = problems(write(tmp_path, "[web]\nxyzzyplugh = 1\n"))
    assert "config.example.toml" in found["web.xyzzyplugh"].expected


def test_other_variables_are_none_of_our_business(tmp_path):
    environ = {**REQUIRED, "PATH": "/bin", "BAMBOOZLED": "1", "_BAMBOO_COMPLETE": "x"}
    assert load_settings(write(tmp_path, ""), environ).web.port == 8080


@st.composite
def slips(draw) -> tuple[str, str]:
    """A known key, and the same with one letter of its last part changed, added, doubled or lost."""
    key = draw(st.sampled_from(sorted(known_keys())))
    section, _, leaf = key.rpartition(".")
    at = draw(st.integers(0, len(leaf) - 1))
    letter = draw(st.sampled_from("aeimnrstxz_"))
    slip = draw(
        st.sampled_from(
            [leaf[:at] + leaf[at + 1 :], leaf[:at] + letter + leaf[at:], leaf[:at] + letter + leaf[at + 1 :]]
        )
    )
    assume(slip and f"{section}.{slip}" not in known_keys())
    return key, f"{section}.{slip}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slips())
def test_any_key_one_letter_away_from_a_known_one_names_it(tmp_path, slip):
    key, wrong = slip
    section, _, leaf = wrong.rpartition(".")
    expected = problems(write(tmp_path, f'[{section}]\n"{leaf}" = 1\n'))[wrong].expected
    named = expected.partition("did you mean ")[2].rstrip("?")
    # web.pst is one letter from web.port and from web.host: either is a good answer.
    assert named == key or OSA.distance(named, wrong) <= 1


# --- files that can't be read -------------------------------------------------------------------------


def test_a_file_that_was_asked_for_must_exist(tmp_path):
    path = tmp_path / "missing.toml"
    found = problems(path)
    assert found[str(path)].found == "no such file"
    assert "bamboo init" in found[str(path)].expected


def test_a_folder_is_no_file(tmp_path):
    assert problems(tmp_path)[str(tmp_path)].found == "a folder"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_a_problem(tmp_path):
    path = write(tmp_path, "")
    path.chmod(0)
    assert problems(path)[str(path)].found == "a file that may not be read"


def test_a_path_through_a_file_is_a_problem(tmp_path):
    path = write(tmp_path, "") / "config.toml"
    assert "unreadable" in problems(path)[str(path)].found


def test_a_file_in_another_encoding_is_a_problem(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("# größer\n", encoding="utf-16")
    assert "UTF-8" in problems(path)[str(path)].found


@pytest.mark.parametrize(
    ("text", "place"),
    [("[web]\nport = \n", "line 2"), ("[web]\nport = 1\nport = 2\n", "line 3"), ("[web", "")],
)
def test_what_is_no_toml_is_a_problem_with_its_line(tmp_path, text, place):
    found = problems(path := write(tmp_path, text))[str(path)].found
    assert "isn't TOML" in found
    assert place in found


@pytest.mark.parametrize(
    "text", ["x = " + "9" * 5000, "x = " + "[" * 100_000], ids=["long number", "deep list"]
)
def test_toml_beyond_all_measure_is_a_problem_and_no_crash(tmp_path, text):
    assert "isn't TOML" in problems(path := write(tmp_path, text))[str(path)].found


def test_an_unreadable_file_does_not_make_its_values_missing(tmp_path):
    path = write(tmp_path, "[discord")
    assert set(problems(path, {"BAMBOO_WEB__PORT": "many"})) == {str(path), "web.port"}


def test_a_section_that_is_no_table_is_a_problem(tmp_path):
    found = problems(write(tmp_path, "web = 5\n[[display]]\nlocale = 'de'\n"))
    assert found["[web]"].found == "a number"
    assert found["[display]"].found == "a list of 1"
