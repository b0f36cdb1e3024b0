"""Notes to staff, as tests read them out of the one queue."""

from typing import Final

NOTES: Final = (
    "(SELECT id, key, json_extract(payload, '$.text') AS text,"
    " json_extract(payload, '$.guild_id') AS guild_id,"
    " json_extract(payload, '$.buttons') AS buttons, created_at, next_attempt_at, done_at"
    " FROM jobs WHERE kind = 'staff_note')"
)
"""To be selected from. A key ends with the server's id."""
