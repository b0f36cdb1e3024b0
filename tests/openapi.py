"""What the store's OpenAPI files say about a request or an answer; for every test that makes or gives one.

The files are not part of the project. Where they are missing nothing is compared with them, and the tests
that are about them (`needs_the_files`) are skipped before they start. Tests that are worth running again
where the files are have the marker `specification`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from jsonschema_rs import Draft202012Validator, Registry

from tests.harness import schemas

SPECS = Path(__file__).resolve().parents[2] / "shared" / "specs"
Name = Literal["checkout", "storefront", "core"]
# Where each file's paths begin below the API's base address.
PREFIXES: dict[Name, str] = {"checkout": "", "storefront": "/storefront", "core": "/core"}


def _file(name: Name) -> Path:
    return SPECS / f"pandabase-{name}-openapi.json"


ARE_HERE = all(_file(name).is_file() for name in PREFIXES)
needs_the_files = pytest.mark.skipif(not ARE_HERE, reason=f"the store's OpenAPI files aren't in {SPECS}")


_OPEN: Final = "urn:pandabase:open"
_CLOSED: Final = "urn:pandabase:closed"


class ViolationError(AssertionError):
    """A request or an answer that the store's documentation doesn't allow."""


class OpenAPI:
    """One file. Bodies that are sent may hold only what it names; answers may hold more."""

    def __init__(self, name: Name) -> None:
        self.prefix = PREFIXES[name]
        self.document: dict[str, Any] = json.loads(_file(name).read_text(encoding="utf-8"))
        _read_nullable(self.document)
        closed = json.loads(json.dumps(self.document))
        _close(closed)
        self._registry = Registry([(_OPEN, self.document), (_CLOSED, closed)])
        self._validators: dict[tuple[str, str], Draft202012Validator] = {}

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation that serves a path below the API's base address, or None."""
        if not path.startswith(f"{self.prefix}/stores/"):
            return None
        for template, operations in self.document["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path.removeprefix(self.prefix)) and method.lower() in operations:
                return {"template": template, **operations[method.lower()]}
        return None

    def errors(self, schema: dict[str, Any], value: Any, *, closed: bool) -> list[str]:
        key = (_CLOSED if closed else _OPEN, json.dumps(schema))
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(
                _below(schema, key[0]), registry=self._registry, validate_formats=True
            )
        return schemas.errors(self._validators[key], value)

    def body_errors(self, schema_name: str, body: Any) -> list[str]:
        return self.errors({"$ref": f"#/components/schemas/{schema_name}"}, body, closed=True)

    def query_errors(self, operation: dict[str, Any], query: Mapping[str, str]) -> Iterator[str]:
        resolved = [self._resolve(parameter) for parameter in operation.get("parameters", ())]
        known = {parameter["name"]: parameter for parameter in resolved if parameter["in"] == "query"}
        for name, text in query.items():
            if name not in known:
                yield f"query parameter {name} isn't documented"
                continue
            schema = self._resolve(known[name]["schema"])
            yield from (
                f"{name}: {error}" for error in self.errors(schema, _typed(schema, text), closed=True)
            )
        for name, parameter in known.items():
            if parameter.get("required") and name not in query:
                yield f"query parameter {name} is required"

    def answer_errors(self, operation: dict[str, Any], status: int, answer: Any) -> list[str]:
        described = operation["responses"].get(str(status))
        if described is None:
            return [f"status {status} isn't documented"]
        schema = self._resolve(described)["content"]["application/json"]["schema"]
        return self.errors(schema, answer, closed=False)

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node


@cache
def specification(name: Name) -> OpenAPI:
    return OpenAPI(name)


def validate_checkout_body(body: Any) -> None:
    """A body of POST …/checkouts."""
    described = specification("checkout").body_errors("CreateCheckoutBody", body) if ARE_HERE else []
    _raise(described + _stated_limits(body))


def validate_estimate_body(body: Any) -> None:
    """A body of POST …/checkouts/estimate."""
    if ARE_HERE:
        _raise(specification("checkout").body_errors("EstimateCheckoutBody", body))


def validate_request(method: str, path: str, query: Mapping[str, str], body: Any) -> None:
    """Any request; `path` is what comes after the API's base address."""
    if not ARE_HERE:
        return
    found, operation = _find(method, path)
    problems = list(found.query_errors(operation, query))
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        problems += ["a body was sent, but none is documented"] if body is not None else []
    else:
        problems += found.errors(content["schema"], body, closed=True)
    if operation["operationId"] == "createCheckoutSession":
        problems += _stated_limits(body)
    _raise(problems)


def validate_answer(method: str, path: str, status: int, answer: Any) -> None:
    """What is answered to a request; for whoever plays the store."""
    if not ARE_HERE:
        return
    found, operation = _find(method, path)
    _raise(found.answer_errors(operation, status, answer))


def _find(method: str, path: str) -> tuple[OpenAPI, dict[str, Any]]:
    for name in PREFIXES:
        found = specification(name)
        operation = found.operation(method, path)
        if operation is not None:
            return found, operation
    raise ViolationError(f"{method} {path} isn't documented")


def _raise(problems: list[str]) -> None:
    if problems:
        raise ViolationError("; ".join(problems))


def _stated_limits(body: Any) -> list[str]:
    """What the file says in words only: metadata's sizes, and https."""
    metadata = body.get("metadata", {})
    problems = [] if len(metadata) <= 20 else ["metadata: more than 20 keys"]
    problems += [f"metadata: key {key} is too long" for key in metadata if len(key) > 40]
    problems += [f"metadata: value of {key} is too long" for key in metadata if len(metadata[key]) > 500]
    addresses = [body[name] for name in ("return_url", "cancel_url") if name in body]
    return problems + [f"{url} isn't https" for url in addresses if not url.startswith("https://")]


def _read_nullable(node: Any) -> None:
    """The files say `nullable`, which their version of OpenAPI no longer knows."""
    for child in _children(node):
        _read_nullable(child)
    if isinstance(node, dict) and node.get("nullable") is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
        if "enum" in node:
            node["enum"] = [*node["enum"], None]


def _close(node: Any) -> None:
    """Refuse properties that the file doesn't name: a misspelt one is a mistake."""
    for child in _children(node):
        _close(child)
    if isinstance(node, dict) and node.get("type") == "object" and isinstance(node.get("properties"), dict):
        node.setdefault("additionalProperties", False)


def _below(node: Any, document: str) -> Any:
    """A part of a document, with its references to other parts told whose they are."""
    if isinstance(node, dict):
        return {
            key: f"{document}{value}" if key == "$ref" else _below(value, document)
            for key, value in node.items()
        }
    return [_below(each, document) for each in node] if isinstance(node, list) else node


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _typed(schema: dict[str, Any], text: str) -> Any:
    """A query parameter as its schema's type, where it is one."""
    if schema.get("type") in {"integer", "number", "boolean"}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
