"""Discord's ids as others write them."""

import re

import pytest

from bot.snowflakes import snowflake
from cogs import custom_ids

IDS = ["1", "80351110224678912", "123456789012345678", "1234567890123456789", str(2**63 - 1)]
"""From the first of all, by the lengths of the years, to what the database can hold."""


@pytest.mark.parametrize("text", IDS)
def test_an_id_of_any_year_is_read(text: str) -> None:
    assert snowflake(text) == int(text)


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "01", "1.5", " 1", "1\n", "١", str(2**63), str(2**64), "9" * 5000, "alice"]
)
def test_what_discord_can_t_have_given_out_is_none(text: str) -> None:
    assert snowflake(text) is None


@pytest.mark.parametrize("text", IDS)
def test_the_buttons_that_carry_a_member_know_ids_of_any_year(text: str) -> None:
    decide = custom_ids.QUARANTINED.fullmatch(custom_ids.quarantined("abcdefghjk", "accept", int(text)))
    assert decide is not None
    assert decide["user"] == text
    listed = re.fullmatch(custom_ids.INVOICE_LIST, custom_ids.invoice_list(3, int(text), "open"))
    assert listed is not None
    assert listed["member"] == text
