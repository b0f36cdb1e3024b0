"""Wires who may buy: the rules, and staff's commands."""

from bot.access.service import Access
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.access.commands import AccessCommands


def build_access(shared: Shared, access: Access) -> Parts:
    """One process serves a file; of a server's database another one may change the rules."""
    return Parts(
        store_commands=AccessCommands(access, shared.catalog, shared.staff).commands,
        workers=[] if shared.settings.storage.url.is_file else [access.worker],
    )
