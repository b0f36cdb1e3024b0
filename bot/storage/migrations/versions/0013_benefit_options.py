"""What else a benefit does beside giving its role."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0013", "0012", None, None


def upgrade() -> None:
    run_script_beside(__file__)
