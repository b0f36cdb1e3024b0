"""Checkout fields as an owner writes them, until one is sent."""

from pathlib import Path

import pytest

from bot.config import CheckoutFieldTemplate, load_settings
from bot.errors import ConfigurationError

REQUIRED = {"BAMBOO_DISCORD__TOKEN": "discord-token", "BAMBOO_PANDABASE__STORE_ID": "shp_tests"}
NAME = '{ key = "name", label = "Name", type = "text", text = { default_value = "{username} in {server}" } }'
DIGITS = (
    '{ key = "id", label = "Id", type = "numeric", '
    'numeric = { default_value = "{user_id}", minimum_length = 17 } }'
)


@pytest.fixture
def read(tmp_path):
    def fields(*written: str) -> tuple[CheckoutFieldTemplate, ...]:
        path: Path = tmp_path / "settings.toml"
        path.write_text(f"[checkout]\nfields = [{', '.join(written)}]\n", encoding="utf-8")
        return load_settings(path, REQUIRED).checkout.fields

    return fields


def found_in(read, *written: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(*written)
    assert {problem.key for problem in caught.value.problems} == {"checkout.fields"}
    return str(caught.value)


def test_placeholders_are_filled_in_for_each_checkout(read):
    (field,) = read(NAME)
    assert field.filled({"username": "ann", "server": "Pandas"}).text.default_value == "ann in Pandas"
    assert field.filled({"username": "bob", "server": "Pandas"}).text.default_value == "bob in Pandas"


def test_a_value_is_filled_in_once(read):
    (field,) = read(NAME)
    filled = field.filled({"username": "{server}", "server": "{username}"})
    assert filled.text.default_value == "{server} in {username}"


@pytest.mark.parametrize("digits", [17, 18, 19])
def test_the_rules_of_the_store_are_for_what_is_filled_in(read, digits):
    (field,) = read(DIGITS)
    member = "1234567890123456789"[:digits]
    assert field.filled({"user_id": member}).numeric.default_value == member


def test_a_value_that_the_store_would_refuse_is_left_to_the_payer(read):
    name, digits = read(NAME, DIGITS)
    assert name.filled({"username": "x" * 300, "server": ""}).text.default_value is None
    assert digits.filled({"user_id": "123"}).numeric.default_value is None
    assert digits.filled({"user_id": "123"}).numeric.minimum_length == 17


def test_a_template_can_be_sent_without_its_value(read):
    (field,) = read(NAME)
    assert field.body() == {
        "key": "name",
        "label": {"type": "custom", "custom": "Name"},
        "type": "text",
        "optional": False,
        "text": {},
    }


def test_a_value_without_placeholders_is_checked_at_once(read):
    (field,) = read('{ key = "n", label = "N", type = "text", text = { default_value = "as it is" } }')
    assert field.filled({}).text.default_value == "as it is"
    said = found_in(read, '{ key = "n", label = "N", type = "numeric", numeric = { default_value = "ten" } }')
    assert "in entry 1" in said


def test_an_unknown_placeholder_is_refused_with_the_known_ones(read):
    said = found_in(
        read, '{ key = "n", label = "N", type = "text", text = { default_value = "{user.token}" } }'
    )
    assert "{username}" in said


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ('{ key = "a b", label = "N", type = "text" }', "entry 1, key"),
        ('{ key = "a", label = "N", type = "date" }', "entry 1, type"),
        ('{ key = "a", type = "text" }', "nothing in entry 1, label"),
        ('{ key = "a", label = "N", type = "text", hint = "x" }', "an unknown key in entry 1, hint"),
        ('{ key = "a", label = "N", type = "dropdown" }', "a dropdown needs options"),
        ('"name"', "entry 1"),
        ("{ type = 5 }", "entry 1, type"),
    ],
)
def test_a_field_that_the_store_would_refuse_is_said_with_its_place(read, written, what):
    assert what in found_in(read, written)


def test_two_fields_with_one_key_are_refused(read):
    assert "keys differ" in found_in(read, NAME, NAME)


def test_a_page_has_room_for_three_fields(read):
    fields = [f'{{ key = "f{at}", label = "F", type = "text" }}' for at in range(4)]
    assert len(read(*fields[:3])) == 3
    assert "a list of 4" in found_in(read, *fields)


def test_fields_come_from_the_environment_as_json():
    fields = '[{"key": "n", "label": "N", "type": "text", "text": {"default_value": "{product}"}}]'
    (field,) = load_settings(None, {**REQUIRED, "BAMBOO_CHECKOUT__FIELDS": fields}).checkout.fields
    assert field.filled({"product": "Bamboo"}).text.default_value == "Bamboo"
