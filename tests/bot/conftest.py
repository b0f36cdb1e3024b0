"""What every part of bot/ is tried with: a clock that stands still, and a place for a database."""

from pathlib import Path

import pytest

from tests.harness.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bamboo.db"
