"""From an error to the sentence that its person reads: the one place that does."""

import logging
import secrets
from typing import Final

from discord import app_commands

from bot.errors import BambooError, CouponRefused, DatabaseAway, NotFound, Refusal, Rejected
from bot.texts import Text, limited, lines, markdown, text

log = logging.getLogger(__name__)

_REFERENCE_BYTES: Final = 3
_LONGEST_SENTENCE: Final = 1000
"""Characters of the store's words: more than it says, and well below a message's limit if all are escaped."""


def explain(error: BaseException, where: str) -> Text:
    """A sentence for the person; a failure also gets a reference, under which the log has the rest."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, Rejected | NotFound | CouponRefused):
        # The store's own words, meant for people.
        log.info("%s: the store refused: %s", where, error)
        return limited(error.sentence, _LONGEST_SENTENCE)
    if isinstance(error, Refusal | DatabaseAway):  # of the second the log has been told
        return error.sentence
    reference = secrets.token_hex(_REFERENCE_BYTES).upper()
    if isinstance(error, BambooError):
        log.error("%s [%s]: %s", where, reference, error)
        sentence = error.sentence
    else:
        log.error("%s [%s]", where, reference, exc_info=error)
        sentence = BambooError.sentence
    return lines(sentence, text("-# Reference for staff: {reference}", reference=markdown(reference)))
