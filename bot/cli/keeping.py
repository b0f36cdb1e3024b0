"""`bamboo backup`, `restore`, `recover` and `export`: what an owner keeps, and gets back."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import ConfigPath, console, settings_of, typed
from bot.errors import BambooError

if TYPE_CHECKING:
    from bot.storage.backup import Progress


def backup(
    target: Annotated[
        Path | None, typer.Argument(help="The new file; without it, one in backup.folder, named by the time.")
    ] = None,
    config: ConfigPath = None,
) -> None:
    """Copy the database while Bamboo runs; the copy is readable by you alone."""
    from bot.app import wall_clock
    from bot.storage.backup import back_up, file_of, new_backup_in
    from bot.wiring.backups import backup_folder

    settings = settings_of(config)
    database = file_of(settings.storage.url)
    if target is None:
        target = new_backup_in(backup_folder(settings), wall_clock())
    with _progress("Copying") as progress:
        back_up(database, target, progress)
    typer.echo(f"Backed up {database} to {target} ({_size(target)}).")
    key = database.with_suffix(".signing-key")
    if key.exists():
        typer.echo(f"Keep a copy of {key} too, somewhere else: lost sales can't be recovered without it.")
    key = database.with_suffix(".billing-key")
    if key.exists():
        typer.echo(f"And one of {key}: members' billing details can't be read without it.")


def restore(
    source: Annotated[Path, typer.Argument(help="The backup, as `bamboo backup` made it.")],
    config: ConfigPath = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Put a backup in the database's place. Stop Bamboo first; what was there is kept beside it."""
    from bot.storage.backup import file_of
    from bot.storage.backup import restore as put_back

    settings = settings_of(config)
    database = file_of(settings.storage.url)
    if database.exists() and not yes:
        typer.confirm(f"Replace {database} with {source}? What is there now is kept beside it", abort=True)
    kept = put_back(source, database)
    typer.echo(f"Restored {database} from {source}.")
    if kept is not None:
        typer.echo(f"What was there is {kept}.")
    typer.echo("Sales since the backup come back from the store: start Bamboo, or do it now:")
    typer.echo(f"  {typed('recover', config=config)}")


def recover(
    config: ConfigPath = None,
    *,
    days: Annotated[int, typer.Option(min=1, max=365, help="How far back to look.")] = 30,
) -> None:
    """Bring sales that the database lost back from the store, by Bamboo's signature in them.

    Needs pandabase.api_token and the signing key. Stop Bamboo first. Roles and receipts follow at the next
    start.
    """
    from bot.wiring.recovering import recover_orders

    settings = settings_of(config)
    if settings.pandabase.api_token is None:
        raise BambooError(
            "Without pandabase.api_token the store's orders can't be read; set it to a token with ORDERS_READ"
        )
    shown = console()
    with shown.status(f"Reading the store's orders of the last {days} days …"):
        before, after = asyncio.run(recover_orders(settings, days=days))
    found = after - before
    if found:
        typer.echo(
            f"Recovered {found} {'order' if found == 1 else 'orders'}. Start Bamboo: the rest follows."
        )
    else:
        typer.echo("Nothing was lost: every signed order is known.")


def export(
    what: Annotated[
        str, typer.Argument(help="sales, orders, invoices, subscriptions, roles or audit.", metavar="WHAT")
    ],
    target: Annotated[Path, typer.Argument(help="The new file; its ending says how: .csv or .json.")],
    config: ConfigPath = None,
) -> None:
    """Write a table for your bookkeeping; readable by you alone. Amounts are cents, times UTC."""
    from bot.exports.owner_repository import EXPORTS, exported
    from bot.exports.tables import write_csv, write_json
    from bot.private_files import make_private

    writers = {".csv": write_csv, ".json": write_json}
    write = writers.get(target.suffix)
    if what not in EXPORTS:
        raise BambooError(f"“{what}” can't be exported; choose from {', '.join(EXPORTS)}")
    if write is None:
        raise BambooError(f"{target}: the file's name has to end with .csv or .json")
    if target.exists():
        raise BambooError(f"{target} is there already; name another file")
    found = asyncio.run(exported(settings_of(config).storage.url, what))
    try:
        make_private(target)
        with target.open("w", encoding="utf-8", newline="") as file:
            write(found, file)
    except OSError as error:
        raise BambooError(f"{target} can't be written: {error.strerror}") from error
    typer.echo(f"Wrote {len(found)} {what} to {target}.")


@contextmanager
def _progress(what: str) -> Iterator["Progress"]:
    """A bar for what takes longer than a moment, where there is a terminal."""
    from rich.progress import Progress as Bar

    shown = console()
    with Bar(console=shown, transient=True, disable=not shown.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def show(left: int, total: int) -> None:
            bar.update(task, total=total, completed=total - left)

        yield show


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1024 / 1024:.1f} MB"
