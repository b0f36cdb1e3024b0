import pytest

from tests.harness.grove import Grove
from tests.harness.standing import Standing


@pytest.fixture
def standing(grove: Grove) -> Standing:
    return Standing(grove)
