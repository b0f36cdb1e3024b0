"""What a JSON Schema says of a value, in words."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

_LONGEST: Final = 300
"""Characters of a sentence: some repeat the value."""


def errors(validator: "Draft202012Validator", value: Any) -> list[str]:
    """All that is wrong with the value, and where."""
    return [_sentence(error) for error in validator.iter_errors(value)]


def _sentence(error: "ValidationError") -> str:
    """Where no alternative of a union fits, about the one that was meant."""
    while alternatives := [one for one in getattr(error.kind, "context", ()) if one]:
        error = _furthest(min(alternatives, key=lambda one: (len(one), -len(_furthest(one).instance_path))))
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    return f"${path}: {error.message[:_LONGEST]}"


def _furthest(found: "list[ValidationError]") -> "ValidationError":
    return max(found, key=lambda error: len(error.instance_path))
