"""Notes to staff, as tests read them out of the one queue."""

from typing import Final

from tests.harness.database import on_a_server

_IN_A_FILE: Final = "json_extract(payload, '$.{name}')"
_ON_A_SERVER: Final = "CAST(payload AS json) ->> '{name}'"


class _Notes:
    def __str__(self) -> str:
        of = (_ON_A_SERVER if on_a_server() else _IN_A_FILE).format
        return (
            f"(SELECT id, key, {of(name='text')} AS text, CAST({of(name='guild_id')} AS BIGINT) AS guild_id,"
            f" {of(name='buttons')} AS buttons, created_at, next_attempt_at, done_at"
            " FROM jobs WHERE kind = 'staff_note') AS notes"
        )


NOTES: Final = _Notes()
"""To be selected from. A key ends with the server's id."""
