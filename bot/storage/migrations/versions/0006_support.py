"""Members who have a problem with a purchase, and the private threads in which staff help."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0006", "0005", None, None


def upgrade() -> None:
    run_script_beside(__file__)
