"""The errors that Discord's REST API answers with: status, code and sentence.

Source: Discord's developer documentation, "Opcodes and Status Codes", JSON error codes.
"""

from __future__ import annotations

from typing import Any, Final

INVALID_FORM: Final = 50035


class RestError(Exception):
    """An error answer, raised by handlers of the fake and sent as JSON."""

    def __init__(self, status: int, code: int, message: str, **extra: Any) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code, **extra}


def unauthorized() -> RestError:
    return RestError(401, 0, "401: Unauthorized")


def not_found() -> RestError:
    return RestError(404, 0, "404: Not Found")


def unknown_channel() -> RestError:
    return RestError(404, 10003, "Unknown Channel")


def unknown_guild() -> RestError:
    return RestError(404, 10004, "Unknown Guild")


def unknown_member() -> RestError:
    return RestError(404, 10007, "Unknown Member")


def unknown_message() -> RestError:
    return RestError(404, 10008, "Unknown Message")


def unknown_role() -> RestError:
    return RestError(404, 10011, "Unknown Role")


def unknown_user() -> RestError:
    return RestError(404, 10013, "Unknown User")


def unknown_webhook() -> RestError:
    return RestError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> RestError:
    return RestError(404, 10062, "Unknown interaction")


def unknown_command() -> RestError:
    return RestError(404, 10063, "Unknown application command")


def already_acknowledged() -> RestError:
    return RestError(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> RestError:
    return RestError(403, 50001, "Missing Access")


def not_the_author() -> RestError:
    return RestError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> RestError:
    return RestError(400, 50006, "Cannot send an empty message")


def direct_messages_closed() -> RestError:
    return RestError(403, 50007, "Cannot send messages to this user")


def missing_permissions() -> RestError:
    return RestError(403, 50013, "Missing Permissions")


def invalid_token() -> RestError:
    return RestError(401, 50027, "Invalid Webhook Token")


def invalid_form(where: str, code: str, message: str) -> RestError:
    """A body that Discord refuses; `where` is the field's path, with dots."""
    tree: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for key in reversed(where.split(".")):
        tree = {key: tree}
    return RestError(400, INVALID_FORM, "Invalid Form Body", errors=tree)


def no_mutual_guilds() -> RestError:
    return RestError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def rate_limited(retry_after: float) -> RestError:
    """Too many requests; `retry_after` in seconds."""
    return RestError(429, 0, "You are being rate limited.", retry_after=retry_after, **{"global": False})
