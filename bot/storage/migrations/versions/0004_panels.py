"""Lasting messages that show the shop, a category or a product; and announcements of products."""

from bot.storage.migrations.upgrading import run_script_beside

revision, down_revision, branch_labels, depends_on = "0004", "0003", None, None


def upgrade() -> None:
    run_script_beside(__file__)
