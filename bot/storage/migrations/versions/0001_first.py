"""All tables of the first release."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade() -> None:
    run_script_beside(__file__)
