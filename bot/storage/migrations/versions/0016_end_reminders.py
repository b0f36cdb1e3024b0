"""When members are reminded of what ends."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0016", "0015", None, None


def upgrade() -> None:
    run_script_beside(__file__)
