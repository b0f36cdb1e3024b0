"""In which language people use Discord, and which one a server's staff chose."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None


def upgrade() -> None:
    run_script_beside(__file__)
