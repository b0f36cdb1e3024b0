"""What costs nothing: given by staff, or taken by members where a product is free."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0011", "0010", None, None


def upgrade() -> None:
    run_script_beside(__file__)
