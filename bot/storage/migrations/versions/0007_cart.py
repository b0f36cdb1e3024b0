"""What members put together before they buy it."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0007", "0006", None, None


def upgrade() -> None:
    run_script_beside(__file__)
