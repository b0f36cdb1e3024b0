"""What messages carry: no id may be taken for another, as messages that are out keep theirs."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogs import custom_ids

PATTERNS = {
    name: value if isinstance(value, re.Pattern) else re.compile(re.escape(value))
    for name, value in vars(custom_ids).items()
    if name.isupper()
    and not name.startswith("_")
    and (isinstance(value, re.Pattern) or (isinstance(value, str) and value.startswith("bamboo:")))
}
SHORT_FOR = {"EMPTY_CART": "CART", "CART_COUPON": "CART_FORM"}
"""What has a name of its own, and is one of the ids of a pattern."""


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=20)
@given(data=st.data())
def test_no_id_is_taken_for_another(name: str, data: st.DataObject) -> None:
    custom_id = data.draw(st.from_regex(PATTERNS[name], fullmatch=True))

    taken_for = {each for each, pattern in PATTERNS.items() if pattern.fullmatch(custom_id)}

    assert (
        taken_for - {name, SHORT_FOR.get(name)} - {short for short, of in SHORT_FOR.items() if of == name}
        == set()
    )
