"""What members gave for the bill, sealed; and what a payment page told of its tax."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0008", "0007", None, None


def upgrade() -> None:
    run_script_beside(__file__)
