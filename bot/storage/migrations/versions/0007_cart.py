"""What members put together before they buy it."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0007", "0005", None, None


def upgrade() -> None:
    run_script_beside(__file__)
