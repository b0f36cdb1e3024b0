"""Claims of what was bought on the store's website."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0015", "0014", None, None


def upgrade() -> None:
    run_script_beside(__file__)
