"""Sales as staff list them."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0014", "0013", None, None


def upgrade() -> None:
    run_script_beside(__file__)
