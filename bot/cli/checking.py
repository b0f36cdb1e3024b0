"""`bamboo check`: prints what `bot.checks` finds, for people or as JSON."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.cli.common import BAD_CONFIGURATION, ConfigPath, console, settings_of
from bot.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.checks import Finding
    from bot.config import Settings

_EXIT_CODES: Final = {"ok": 0, "warning": 1, "error": 2}
_COLOURS: Final = {"ok": "green", "warning": "yellow", "error": "red"}
_WIDTH: Final = 9


def check(
    config: ConfigPath = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """See what is wrong before members do: settings, database, store, payments, Discord.

    Exits with 0 when all is well, 1 when there are warnings, 2 when there are errors.
    """
    try:
        settings = settings_of(config)
    except ConfigurationError as error:
        if not as_json:
            raise
        _print_json([_problem(str(problem), problem.key) for problem in error.problems])
        raise typer.Exit(BAD_CONFIGURATION) from None
    findings = asyncio.run(look(settings, None if as_json else console()))
    if as_json:
        _print_json([_shape(finding) for finding in findings])
    raise typer.Exit(exit_code(findings))


def exit_code(findings: list["Finding"]) -> int:
    return max(_EXIT_CODES[finding.status.value] for finding in findings)


async def look(settings: "Settings", shown_on: "Console | None") -> list["Finding"]:
    """Everything that `bamboo check` finds, shown as it is found."""
    from bot.checks import check as look_at_everything

    findings = []
    async for finding in look_at_everything(settings):
        findings.append(finding)
        if shown_on is not None:
            show(finding, shown_on)
    return findings


def show(finding: "Finding", shown_on: "Console") -> None:
    """Print one finding: a mark, the sentence, and below it what to do."""
    from rich.text import Text

    colour = _COLOURS[finding.status.value]
    line = Text.assemble((finding.status.mark, colour), f" {finding.about:<{_WIDTH}} {finding.sentence}")
    shown_on.print(line)
    if finding.mend:
        shown_on.print(Text(f"  {'':<{_WIDTH}} → {finding.mend}"))


def _print_json(findings: list[dict[str, Any]]) -> None:
    worst = max((finding["status"] for finding in findings), key=_EXIT_CODES.__getitem__)
    typer.echo(json.dumps({"status": worst, "findings": findings}, indent=2, ensure_ascii=False))


def _shape(finding: "Finding") -> dict[str, Any]:
    return {
        "about": finding.about.lower(),
        "status": finding.status.value,
        "sentence": finding.sentence,
        "mend": finding.mend,
    }


def _problem(sentence: str, key: str) -> dict[str, Any]:
    return {"about": "settings", "status": "error", "sentence": sentence, "mend": f"Change {key}."}
