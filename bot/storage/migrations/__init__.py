"""Alembic's side of the storage: the revisions, and the calls that the rest of Bamboo needs."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.storage import invoice_tables  # noqa: F401 -- whoever compares the schema needs all tables


def configuration() -> Config:
    """Alembic's configuration: the scripts are found beside this file, wherever the package is installed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def known_revisions() -> frozenset[str]:
    return frozenset(
        script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()
    )


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(configuration()).get_current_head()


def current_revisions(connection: Connection) -> tuple[str, ...]:
    """What the database was last brought up to; nothing for a new one."""
    return MigrationContext.configure(connection).get_current_heads()


def upgrade(connection: Connection, config: Config | None = None, target: str = "head") -> None:
    """Bring the schema up to `target` inside the connection's transaction: all of it, or nothing."""
    config = config or configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, target)
