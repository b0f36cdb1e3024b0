"""Databases as the migrations build them: made once in a process, and copied from then on."""

from pathlib import Path
from typing import Final

from bot.storage.address import DatabaseAddress
from bot.storage.engine import open_database

_BUILT: Final[list[bytes]] = []


async def put_database(path: Path) -> None:
    """Have a new database there, unless there is one; building it takes longer than most tests do."""
    if not _copied(path):
        async with open_database(DatabaseAddress.of_file(path)):
            pass
        _keep(path)


def _copied(path: Path) -> bool:
    if _BUILT and not path.exists():
        path.write_bytes(_BUILT[0])
    return path.exists()


def _keep(path: Path) -> None:
    _BUILT.append(path.read_bytes())
