"""What somebody writes to the one their gift is for."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None


def upgrade() -> None:
    run_script_beside(__file__)
