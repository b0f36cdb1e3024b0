"""One at a time does something at the store."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0017", "0016", None, None


def upgrade() -> None:
    run_script_beside(__file__)
