"""Who may buy: what, at all, and whether anybody may."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0012", "0011", None, None


def upgrade() -> None:
    run_script_beside(__file__)
