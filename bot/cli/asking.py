"""Asking an owner in the terminal, or taking what they gave as an option or in the environment."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import typer

from bot.errors import BambooError

T = TypeVar("T")
_TRIES: Final = 10


class Asker:
    """`interactive` says whether there is somebody to ask; otherwise a missing answer ends the command."""

    def __init__(self, *, interactive: bool) -> None:
        self.interactive = interactive

    def say(self, sentence: str = "") -> None:
        typer.echo(sentence)

    def title(self, text: str) -> None:
        typer.echo()
        typer.secho(text, bold=True)

    def fine(self, sentence: str) -> None:
        typer.echo(f"{typer.style('✓', fg='green')} {sentence}")

    def warn(self, sentence: str) -> None:
        typer.echo(f"{typer.style('!', fg='yellow')} {sentence}")

    def confirm(self, question: str, *, default: bool = False) -> bool:
        return self.interactive and typer.confirm(question, default=default)

    def value(
        self,
        question: str,
        option: str,
        given: str | None,
        accept: Callable[[str], T],
        *,
        hidden: bool = False,
    ) -> T:
        """What `accept` makes of the answer; it refuses one by raising BambooError, and is asked again.

        An answer that was given as an option isn't asked for; a wrong one ends the command.
        """
        if given is not None:
            return accept(given.strip())
        if not self.interactive:
            raise BambooError(f"{option} is missing: nobody can be asked here, so give it as an option")
        for _ in range(_TRIES):
            answer = typer.prompt(question, hide_input=hidden, default="", show_default=False).strip()
            if not answer:
                continue
            try:
                return accept(answer)
            except BambooError as error:
                typer.echo(f"{typer.style('✗', fg='red')} {error}")
        raise BambooError("That didn't work; nothing was written")

    def choice(
        self, question: str, option: str, given: str | None, choices: Sequence[tuple[str, str]]
    ) -> str:
        """One of the choices, each a word for the option and a sentence for the terminal."""
        words = [word for word, _ in choices]

        def accept(answer: str) -> str:
            if answer.isdecimal() and 1 <= int(answer) <= len(words):
                return words[int(answer) - 1]
            if answer in words:
                return answer
            raise BambooError(f"“{answer}” isn't one of them; choose from {', '.join(words)}")

        if given is None and self.interactive:
            for number, (_, sentence) in enumerate(choices, start=1):
                typer.echo(f"  {number}. {sentence}")
        return self.value(question, option, given, accept)
