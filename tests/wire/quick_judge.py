"""Whether a value is right by a JSON schema, said in a small part of the time that jsonschema takes.

It finds right what jsonschema finds right, and doesn't say what is wrong with the rest. It knows the keywords
that Discord's file uses; `format` means nothing, as it does to jsonschema unless it is told to check it.
"""

from __future__ import annotations

import json
import operator
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rule = Callable[[Any], bool]

_SAYS_NOTHING: Final = {
    *("title", "description", "format", "contentEncoding", "default", "examples", "deprecated"),
    *("readOnly", "writeOnly"),
}


class QuickJudge:
    """Of the schemas in one document; each is read once, when it is first asked for."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._read: dict[str, Rule] = {}

    def at(self, pointer: Sequence[str]) -> Rule:
        """The rule at these steps into the document. Raises KeyError for a keyword that isn't known here."""
        schema: Any = self._document
        for step in pointer:
            schema = schema[step]
        return self._rule(schema)

    def _rule(self, schema: Any) -> Rule:
        if isinstance(schema, bool):
            return lambda _: schema
        rules = [
            _RULES[keyword](self, value, schema)
            for keyword, value in schema.items()
            if keyword not in _SAYS_NOTHING and not keyword.startswith("x-")
        ]
        if len(rules) == 1:
            return rules[0]
        return lambda instance: all(rule(instance) for rule in rules)

    def refer(self, reference: str, _schema: Any) -> Rule:
        def rule(instance: Any) -> bool:
            known = self._read.get(reference)
            if known is None:  # only now: schemas refer to each other in circles
                known = self._read[reference] = self.at(reference.removeprefix("#/").split("/"))
            return known(instance)

        return rule

    def all_of(self, each: list[Any], _schema: Any) -> Rule:
        rules = [self._rule(one) for one in each]
        return lambda instance: all(rule(instance) for rule in rules)

    def one_of(self, each: list[Any], _schema: Any) -> Rule:
        return self._union(each, lambda found: found == 1)

    def any_of(self, each: list[Any], _schema: Any) -> Rule:
        return self._union(each, lambda found: found > 0)

    def _union(self, each: list[Any], is_right: Callable[[int], bool]) -> Rule:
        """As the judge of `tests.wire.openapi` takes it: what is told by its `type` is that, or wrong."""
        rules = [(self._rule(one), types_of(self._document, one)) for one in each]
        meant = [rule for rule, one in zip(rules, each, strict=True) if one != {"type": "null"}]

        def rule(instance: Any) -> bool:
            if instance is not None:
                named = meant
                if len(meant) > 1 and isinstance(instance, dict):
                    named = [one for one in meant if instance.get("type") in one[1]]
                if len(named) == 1:
                    return named[0][0](instance)
            return is_right(sum(one(instance) for one, _ in rules))

        return rule

    def properties(self, named: dict[str, Any], _schema: Any) -> Rule:
        rules = [(name, self._rule(schema)) for name, schema in named.items()]
        return lambda instance: (
            not isinstance(instance, dict)
            or all(rule(instance[name]) for name, rule in rules if name in instance)
        )

    def other_properties(self, value: Any, schema: dict[str, Any]) -> Rule:
        rule, named = self._rule(value), schema.get("properties", {}).keys()
        return lambda instance: (
            not isinstance(instance, dict)
            or all(rule(given) for name, given in instance.items() if name not in named)
        )

    def items(self, value: Any, _schema: Any) -> Rule:
        rule = self._rule(value)
        return lambda instance: not isinstance(instance, list) or all(rule(one) for one in instance)


def types_of(document: dict[str, Any], alternative: dict[str, Any]) -> list[int]:
    """The values of `type` that mean this alternative of a union."""
    schemas = document["components"]["schemas"]
    named = schemas.get(alternative.get("$ref", "").rpartition("/")[2], alternative)
    types: list[int] = named.get("properties", {}).get("type", {}).get("enum", [])
    return types


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Final[dict[str, Rule]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _type(_judge: QuickJudge, names: str | list[str], _schema: Any) -> Rule:
    if isinstance(names, str):
        return _TYPES[names]
    kinds = [_TYPES[name] for name in names]
    return lambda instance: any(kind(instance) for kind in kinds)


def _enum(_judge: QuickJudge, values: list[Any], _schema: Any) -> Rule:
    allowed = {(isinstance(value, bool), value) for value in values}  # 1 is 1.0, but it isn't True
    return lambda instance: (
        not isinstance(instance, dict | list) and (isinstance(instance, bool), instance) in allowed
    )


def _required(_judge: QuickJudge, names: list[str], _schema: Any) -> Rule:
    return lambda instance: not isinstance(instance, dict) or all(name in instance for name in names)


def _pattern(_judge: QuickJudge, pattern: str, _schema: Any) -> Rule:
    found = re.compile(pattern).search
    return lambda instance: not isinstance(instance, str) or found(instance) is not None


def _unique(_judge: QuickJudge, wanted: bool, _schema: Any) -> Rule:  # noqa: FBT001
    return lambda instance: (
        not wanted
        or not isinstance(instance, list)
        or len({json.dumps(one, sort_keys=True) for one in instance}) == len(instance)
    )


def _sized(kind: type, compare: Callable[[int, Any], bool]) -> Callable[..., Rule]:
    def rule(_judge: QuickJudge, size: Any, _schema: Any) -> Rule:
        return lambda instance: not isinstance(instance, kind) or compare(len(instance), size)

    return rule


def _bounded(compare: Callable[[Any, Any], bool]) -> Callable[..., Rule]:
    def rule(_judge: QuickJudge, bound: Any, _schema: Any) -> Rule:
        return lambda instance: not _is_number(instance) or compare(instance, bound)

    return rule


_RULES: Final[dict[str, Callable[[QuickJudge, Any, Any], Rule]]] = {
    "$ref": QuickJudge.refer,
    "allOf": QuickJudge.all_of,
    "oneOf": QuickJudge.one_of,
    "anyOf": QuickJudge.any_of,
    "properties": QuickJudge.properties,
    "additionalProperties": QuickJudge.other_properties,
    "items": QuickJudge.items,
    "type": _type,
    "enum": _enum,
    "const": lambda judge, value, schema: _enum(judge, [value], schema),
    "required": _required,
    "pattern": _pattern,
    "uniqueItems": _unique,
    "minLength": _sized(str, operator.ge),
    "maxLength": _sized(str, operator.le),
    "minItems": _sized(list, operator.ge),
    "maxItems": _sized(list, operator.le),
    "minProperties": _sized(dict, operator.ge),
    "maxProperties": _sized(dict, operator.le),
    "minimum": _bounded(operator.ge),
    "maximum": _bounded(operator.le),
}
