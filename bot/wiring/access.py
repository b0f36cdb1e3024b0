"""Wires who may buy: the rules, and staff's commands."""

from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.access.commands import AccessCommands


def build_access(shared: Shared) -> Parts:
    """One process serves a file; of a server's database another one may change the rules."""
    access = shared.access
    return Parts(
        store_commands=AccessCommands(access, shared.catalog, shared.staff).commands,
        workers=[] if shared.settings.storage.url.is_file else [access.worker],
    )
