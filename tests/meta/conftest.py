from collections.abc import Iterator

import pytest

from tests.meta import source


@pytest.fixture(scope="package", autouse=True)
def _code_is_forgotten() -> Iterator[None]:
    """Tests that come after these needn't keep all of the code in memory."""
    yield
    source.forget()
