"""What statistics and exports look up: by when it was, and subscriptions by how they stand."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0010", "0008", None, None


def upgrade() -> None:
    run_script_beside(__file__)
