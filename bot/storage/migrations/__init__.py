"""The migrations: which there are. Alembic, which runs them, is imported only when there is one to run."""

from functools import cache
from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"


@cache
def known_revisions() -> frozenset[str]:
    """Their files begin with them: `0001_first.py`."""
    return frozenset(script.name.partition("_")[0] for script in VERSIONS.glob("[0-9]*_*.py"))


def newest_revision() -> str:
    return max(known_revisions())
