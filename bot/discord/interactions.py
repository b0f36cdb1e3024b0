"""The three ways to acknowledge an interaction; every callback runs inside one of them.

Discord drops an interaction that isn't acknowledged within 3 s, so that comes before any other work.
Whatever then happens, the person gets a private sentence: discord.py only logs what a `DynamicItem`
raises, and would leave them with "thinking…".
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import wraps
from typing import Any, Final, TypeVar

import discord
from discord import app_commands, ui

from bot.discord.cards import Letterhead, refused, shown
from bot.discord.components import Card, Stack, notice
from bot.discord.connection import CONNECTION_LOST, once_more_if_cut_off
from bot.discord.explaining import explain
from bot.discord.localized import localized
from bot.discord.undelivered_hint import UndeliveredHint
from bot.errors import NotServed
from bot.jobs.models import Reply
from bot.jobs.waiting import Asked, Waiting, WaitingAnswers
from bot.texts import Language, text

log = logging.getLogger(__name__)

TOKEN_LIFETIME: Final = timedelta(minutes=15)
"""How long Discord takes an interaction's token; source: Discord's "Receiving and responding"."""
_ALREADY_ACKNOWLEDGED: Final = 40060
_WAITED_FOR: Final = 2.0
"""Seconds; later than this a second acknowledgement comes too late."""
_LAST_WORDS: Final = 2.0
"""Seconds that a process which is asked to end takes for telling so."""
_RESTARTING: Final = text(
    "We're restarting. A payment link on its way will still come; for anything else, try again in a minute."
)

Interaction = discord.Interaction[Any]
Service = TypeVar("Service")


def language_of(interaction: Interaction) -> Language:
    """What its person reads: their client's language, else the server's, else the settings'."""
    bot = interaction.client
    chosen = bot.readers.chosen(interaction.guild_id)
    language: Language = bot.languages.of(str(interaction.locale), chosen)
    return language


def service_of(interaction: Interaction, kind: type[Service]) -> Service:
    """The bot's service of that class, for what discord.py makes anew at every click."""
    service: Service = interaction.client.service(kind)
    return service


class _AnsweredElsewhere(asyncio.CancelledError):
    """Another process of this bot has the interaction; nothing is left to do here."""


class Answer:
    """The one private place in which the outcome is told."""

    def __init__(self, interaction: Interaction, message_id: int, *, in_place: bool) -> None:
        self._interaction = interaction
        self._message_id = message_id
        self._in_place = in_place
        self.is_owed = False
        """Whether the process ends without having been able to say so."""
        self.guild_id: int | None = interaction.guild_id
        """Whose shop it is from; in a direct message, whoever answers has to say so."""

    @property
    def is_in_dm(self) -> bool:
        return self._interaction.guild_id is None

    @property
    def reader_id(self) -> int:
        return self._interaction.user.id

    @property
    def language(self) -> Language:
        """The reader's."""
        return language_of(self._interaction)

    @property
    def reply(self) -> Reply:
        """What a later process needs to give this answer."""
        return Reply(
            application_id=self._interaction.application_id,
            token=self._interaction.token,
            message_id=self._message_id,
            until=self._interaction.created_at + TOKEN_LIFETIME,
            in_dm=self.is_in_dm,
            locale=self.language.locale,
        )

    async def show(
        self, card: Card | Stack, *, announce: bool = True, files: Sequence[discord.File] = ()
    ) -> None:
        """Show the card where "thinking…" or the clicked message stands; it names its files.

        Unless told not to `announce`, a new answer also says what waits for its reader.
        """
        if self.is_in_dm and self.guild_id is not None and isinstance(card, Card):
            card = self._interaction.client.service(Letterhead).onto(card, self.guild_id)
        if announce and not self._in_place and self._interaction.guild_id is not None:
            announcer = self._interaction.client.service(UndeliveredHint)
            card = await announcer.onto(card, self._interaction.user.id, self._interaction.guild_id)
        await shown(
            card,
            self.language,
            lambda view: self._interaction.edit_original_response(
                view=view,
                attachments=list(files) or discord.utils.MISSING,
                allowed_mentions=discord.AllowedMentions.none(),
            ),
        )

    async def tell(self, card: Card) -> None:
        """Show the card privately, and leave a clicked message as it is."""
        if self._in_place:
            await self._interaction.followup.send(
                view=localized(card, self.language),
                ephemeral=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )
        else:
            await self.show(card)


@asynccontextmanager
async def private_answer(
    interaction: Interaction, asked: Asked = Asked.LOOK, *, retry: str | None = None
) -> AsyncIterator[Answer]:
    """Acknowledge with a private "thinking…", which the body's answer, or what went wrong, replaces.

    `asked` and `retry`, the custom_id of a button that asks the same, are for the next process, if this one
    is killed before there is an answer.
    """
    note, answer, owed = _note(interaction, asked, retry), None, False
    try:
        message_id = await _acknowledge(interaction, thinking=True)
        answer = Answer(interaction, message_id, in_place=False)
        async with _told(interaction, answer):
            _require_served(interaction)
            yield answer
    except asyncio.CancelledError as ended:
        owed = not isinstance(ended, _AnsweredElsewhere) if answer is None else answer.is_owed
        raise
    finally:
        if not owed:
            interaction.client.service(WaitingAnswers).forget(note)


@asynccontextmanager
async def update_in_place(interaction: Interaction) -> AsyncIterator[Answer]:
    """Acknowledge a click; the body edits the clicked message, what goes wrong is told beside it."""
    await _acknowledge(interaction, thinking=False)
    message_id = interaction.message.id if interaction.message else 0
    async with _told(interaction, Answer(interaction, message_id, in_place=True)) as answer:
        _require_served(interaction)
        yield answer


@asynccontextmanager
async def at_once(interaction: Interaction) -> AsyncIterator[None]:
    """For a body whose own first act is the answer, made from memory: a modal."""
    interaction.client.inflight.add_current(_kind(interaction))
    try:
        _require_served(interaction)
        yield
    except Exception as error:  # whatever it is, the person is told
        card = localized(refused(explain(error, _where(interaction))), language_of(interaction))
        if interaction.response.is_done():
            await interaction.followup.send(view=card, ephemeral=True)
        else:
            await interaction.response.send_message(view=card, ephemeral=True)


async def show_form(interaction: Interaction, form: ui.Modal) -> None:
    """Within `at_once`: the form is the answer."""
    await interaction.response.send_modal(localized(form, language_of(interaction)))


Value = TypeVar("Value", str, int)
Suggest = Callable[[Any, Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[Value]]]]


def choices(suggest: Suggest[Value]) -> Suggest[Value]:
    """For an autocomplete: the choices are its acknowledgement; what goes wrong leaves an empty list."""

    @wraps(suggest)
    async def guarded(cog: Any, interaction: Interaction, current: str) -> list[app_commands.Choice[Value]]:
        try:
            return await suggest(cog, interaction, current)
        except Exception as error:
            explain(error, _where(interaction))
            return []

    return guarded


def _note(interaction: Interaction, asked: Asked, retry: str | None) -> int:
    """Note that somebody is going to wait; before they do, as nobody knows when Discord has them wait."""
    until = interaction.created_at + TOKEN_LIFETIME
    # What the answer's message is called isn't known yet.
    locale = language_of(interaction).locale
    reply = Reply(interaction.application_id, interaction.token, message_id=0, until=until, locale=locale)
    notes: WaitingAnswers = interaction.client.service(WaitingAnswers)
    return notes.note(Waiting(reply, asked, retry))


def _require_served(interaction: Interaction) -> None:
    """Raises NotServed: messages outlive the settings, and so do their buttons."""
    if interaction.guild_id is not None and not interaction.client.serves(interaction.guild_id):
        raise NotServed


@asynccontextmanager
async def _told(interaction: Interaction, answer: Answer) -> AsyncIterator[Answer]:
    try:
        yield answer
    except asyncio.CancelledError:
        log.warning("%s was interrupted by the process's end", _where(interaction))
        answer.is_owed = True
        with suppress(discord.HTTPException, *CONNECTION_LOST):
            async with asyncio.timeout(_LAST_WORDS):
                await answer.tell(notice(_RESTARTING))
            answer.is_owed = False
        raise
    except Exception as error:  # whatever it is, the person is told
        card = refused(explain(error, _where(interaction)))
        try:
            await answer.tell(card)
        except (discord.HTTPException, *CONNECTION_LOST) as unanswered:
            log.error("%s: the answer did not arrive: %r", _where(interaction), unanswered)


async def _acknowledge(interaction: Interaction, *, thinking: bool) -> int:
    """Acknowledge, once more if the connection breaks; returns the id of the answer's message.

    Raises HTTPException when Discord no longer knows the interaction: nobody waits for it any more.
    """
    interaction.client.inflight.add_current(_kind(interaction))
    was_sent = False

    async def acknowledge() -> discord.InteractionCallbackResponse[Any] | None:
        nonlocal was_sent
        again, was_sent = was_sent, True
        try:
            return await interaction.response.defer(ephemeral=True, thinking=thinking)
        except discord.HTTPException as error:
            if error.code != _ALREADY_ACKNOWLEDGED:
                raise
            if not again:
                log.info("%s: another process of this bot has it", _where(interaction))
                raise _AnsweredElsewhere from None
            return None  # the first attempt had arrived, and only its answer was lost

    response = await once_more_if_cut_off(acknowledge, within=_WAITED_FOR)
    interaction.client.readers.seen(interaction.user.id, str(interaction.locale))
    if response is not None and response.message_id is not None:
        return response.message_id
    return (await interaction.original_response()).id if thinking else 0


def _kind(interaction: Interaction) -> str:
    """What is measured together: a command by its name, all else by its sort."""
    command = interaction.command
    return f"/{command.qualified_name}" if command is not None else interaction.type.name


def _where(interaction: Interaction) -> str:
    command = interaction.command
    if command is not None:
        return f"/{command.qualified_name}"
    data: Mapping[str, Any] = interaction.data or {}
    return str(data.get("custom_id", interaction.type.name))
