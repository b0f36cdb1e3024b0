"""Who wants to be told when something is back, or costs less."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0005", "0004", None, None


def upgrade() -> None:
    run_script_beside(__file__)
