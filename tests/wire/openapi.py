"""Discord's OpenAPI file as a judge of what the bot sends and of what the fake answers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jsonschema_rs import Draft202012Validator, Registry

from tests.harness import schemas

SPECIFICATION_PATH: Final = Path(__file__).parents[3] / "shared" / "specs" / "discord-openapi.json"
_REQUESTS: Final = "urn:discord:requests"
_ANSWERS: Final = "urn:discord:answers"


class Specification:
    """Validators for the operations of the file, each built at its first use."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._paths: dict[str, Any] = document["paths"]
        # discord.py sends some ids as numbers, and Discord has always taken them.
        known = {**document["components"]["schemas"], "SnowflakeType": {"type": ["string", "integer"]}}
        lenient = {**document, "components": {**document["components"], "schemas": known}}
        self._registry = Registry([(_REQUESTS, lenient), (_ANSWERS, document)])
        self._validators: dict[tuple[str, ...], Draft202012Validator] = {}

    def request_errors(self, method: str, route: str, body: Any) -> list[str]:
        """Return what is wrong with a request's JSON body; nothing for operations that take none."""
        operation = self._paths.get(route, {}).get(method.lower(), {})
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            return []
        return self._errors(
            _REQUESTS,
            body,
            "paths",
            route,
            method.lower(),
            "requestBody",
            "content",
            "application/json",
            "schema",
        )

    def response_errors(self, method: str, route: str, status: int, body: Any) -> list[str]:
        """Return what is wrong with the JSON of a successful answer."""
        responses = self._paths.get(route, {}).get(method.lower(), {}).get("responses", {})
        if str(status) not in responses:
            return [f"status {status} is none of {sorted(responses)}"] if responses else []
        if "content" not in responses[str(status)]:
            return [] if body is None else ["a body where none is expected"]
        return self._errors(
            _ANSWERS,
            body,
            *("paths", route, method.lower(), "responses"),
            *(str(status), "content", "application/json", "schema"),
        )

    def _errors(self, uri: str, body: Any, *pointer: str) -> list[str]:
        key = (uri, *pointer)
        if key not in self._validators:
            steps = "/".join(quote(step.replace("~", "~0").replace("/", "~1")) for step in pointer)
            self._validators[key] = Draft202012Validator({"$ref": f"{uri}#/{steps}"}, registry=self._registry)
        return schemas.errors(self._validators[key], body)


@cache
def specification() -> Specification | None:
    """Return the specification, or None on a machine that doesn't have the file."""
    if not SPECIFICATION_PATH.exists():
        return None
    return Specification(json.loads(SPECIFICATION_PATH.read_text(encoding="utf-8")))
