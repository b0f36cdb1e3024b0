"""The migrations there are."""

from alembic.script import ScriptDirectory

from bot.storage.migrations.upgrading import configuration


def steps() -> list[str]:
    """The revisions, oldest first."""
    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    return [script.revision for script in scripts][::-1]
