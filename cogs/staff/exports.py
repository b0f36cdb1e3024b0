"""`/store export`: what was sold, invoiced or done here, as a private file."""

from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.interactions import private_answer
from bot.discord.localized import Paragraph
from bot.discord.staff import Staff
from bot.exports.models import Export, ExportedFile
from bot.exports.service import Exports
from bot.staff.periods import ReportPeriod
from bot.texts import lines, ntext, text
from cogs.staff.statistics import PERIODS, period_choices

_WHAT: Final = [app_commands.Choice(name=str(what.label), value=what.value) for what in Export]


class ExportCommand(app_commands.Command[Any, ..., None]):
    def __init__(self, exports: Exports, staff: Staff) -> None:
        async def export(
            interaction: discord.Interaction[ShopBot],
            what: app_commands.Choice[str],
            period: app_commands.Choice[str] | None = None,
        ) -> None:
            async with private_answer(interaction) as answer:
                guild_id = staff.require(interaction)
                chosen = ReportPeriod(period.value) if period else ReportPeriod.MONTH
                exported = await exports.write(
                    guild_id,
                    Export(what.value),
                    chosen,
                    limit=interaction.filesize_limit,
                    by=interaction.user.id,
                )
                with exported.file:
                    file = discord.File(exported.file, exported.name)
                    await answer.show(_card(exported), files=[file])

        super().__init__(
            name="export",
            description="Get sales, invoices or the audit as a file that only you see",
            callback=app_commands.describe(
                what="What to export", period="How far to look back; leave empty for 30 days"
            )(app_commands.choices(what=_WHAT, period=period_choices(*PERIODS, ReportPeriod.ALL))(export)),
        )


def _card(exported: ExportedFile) -> Card:
    zipped = text("It's packed as a ZIP file, as it's too large for Discord otherwise.")
    said = lines(
        text("### 📄 Your export"),
        ntext("{count} row, for any spreadsheet.", "{count} rows, for any spreadsheet.", exported.rows),
        zipped if exported.is_zipped else None,
        text("-# It contains Discord IDs and amounts: keep it to yourself. Times are in UTC."),
    )
    return Card(Paragraph(said), ui.File(f"attachment://{exported.name}"))
