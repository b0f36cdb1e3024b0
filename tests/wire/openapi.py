"""Discord's OpenAPI file as a judge of what the bot sends and of what the fake answers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.harness.schemas import Draft202012Validator, extend
from tests.wire.quick_judge import QuickJudge, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.harness.schemas import ValidationError, Validator

SPECIFICATION_PATH: Final = Path(__file__).parents[3] / "shared" / "specs" / "discord-openapi.json"
REQUESTS: Final = "urn:discord:requests"
ANSWERS: Final = "urn:discord:answers"


class Specification:
    """Validators for the operations of the file, each built at its first use."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._paths: dict[str, Any] = document["paths"]
        # discord.py sends some ids as numbers, and Discord has always taken them.
        schemas = {**document["components"]["schemas"], "SnowflakeType": {"type": ["string", "integer"]}}
        lenient = {**document, "components": {**document["components"], "schemas": schemas}}
        self._registry = Registry().with_resources(
            (uri, Resource.from_contents(contents, default_specification=DRAFT202012))
            for uri, contents in ((REQUESTS, lenient), (ANSWERS, document))
        )
        self._validators: dict[tuple[str, ...], Validator] = {}
        self._judge = _knowing_unions(document)
        self._quick = {REQUESTS: QuickJudge(lenient), ANSWERS: QuickJudge(document)}
        self._rules: dict[tuple[str, ...], Callable[[Any], bool]] = {}

    def request_errors(self, method: str, route: str, body: Any) -> list[str]:
        """Return what is wrong with a request's JSON body; nothing for operations that take none."""
        operation = self._paths.get(route, {}).get(method.lower(), {})
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            return []
        return self._errors(
            REQUESTS,
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
            ANSWERS,
            body,
            *("paths", route, method.lower(), "responses"),
            *(str(status), "content", "application/json", "schema"),
        )

    def _errors(self, uri: str, body: Any, *pointer: str) -> list[str]:
        return [] if self.is_right(uri, body, *pointer) else self.what_is_wrong(uri, body, *pointer)

    def is_right(self, uri: str, body: Any, *pointer: str) -> bool:
        """Whether a body is as the schema at these steps into the file says."""
        key = (uri, *pointer)
        if key not in self._rules:
            self._rules[key] = self._quick[uri].at(pointer)
        return self._rules[key](body)

    def what_is_wrong(self, uri: str, body: Any, *pointer: str) -> list[str]:
        """The same as jsonschema sees it, in sentences, which takes milliseconds."""
        key = (uri, *pointer)
        if key not in self._validators:
            steps = "/".join(quote(step.replace("~", "~0").replace("/", "~1")) for step in pointer)
            self._validators[key] = self._judge({"$ref": f"{uri}#/{steps}"}, registry=self._registry)
        errors = self._validators[key].iter_errors(body)
        return [f"{error.json_path}: {error.message[:300]}" for error in errors]


def _knowing_unions(document: dict[str, Any]) -> type[Validator]:
    """Make a validator that goes straight to the alternative that is meant.

    Nearly all unions of this file differ by `type`. Trying every alternative at every level takes fifty
    milliseconds for a full message, and ends in errors that name the wrong one.
    """

    def union(keyword: str) -> Callable[..., Iterator[ValidationError]]:
        every: Callable[..., Iterator[ValidationError]] = Draft202012Validator.VALIDATORS[keyword]

        def check(
            validator: Any, alternatives: list[dict[str, Any]], instance: Any, schema: Any
        ) -> Iterator[ValidationError]:
            meant = [one for one in alternatives if one != {"type": "null"}] if instance is not None else []
            if len(meant) > 1 and isinstance(instance, dict):
                meant = [one for one in meant if instance.get("type") in types_of(document, one)]
            if len(meant) == 1:
                yield from validator.descend(instance, meant[0])
            else:
                yield from every(validator, alternatives, instance, schema)

        return check

    keywords = {keyword: union(keyword) for keyword in ("oneOf", "anyOf")}
    judge: type[Validator] = extend(Draft202012Validator, keywords)
    return judge


@cache
def specification() -> Specification | None:
    """Return the specification, or None on a machine that doesn't have the file."""
    if not SPECIFICATION_PATH.exists():
        return None
    return Specification(json.loads(SPECIFICATION_PATH.read_text(encoding="utf-8")))
