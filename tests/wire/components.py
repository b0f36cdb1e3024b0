"""Finding texts, buttons and links in the component trees of messages and modals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ACTION_ROW: Final = 1
BUTTON: Final = 2
STRING_SELECT: Final = 3
TEXT_INPUT: Final = 4
USER_SELECT: Final = 5
ROLE_SELECT: Final = 6
MENTIONABLE_SELECT: Final = 7
CHANNEL_SELECT: Final = 8
SECTION: Final = 9
TEXT_DISPLAY: Final = 10
CONTAINER: Final = 17
LABEL: Final = 18
RADIO_GROUP: Final = 21
CHECKBOX_GROUP: Final = 22
CHECKBOX: Final = 23
SELECTS: Final = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
ONLY_IN_MODALS: Final = frozenset({TEXT_INPUT, LABEL, 19, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX})
# Everything that a message may hold only with the IS_COMPONENTS_V2 flag.
ONLY_IN_V2: Final = frozenset({SECTION, TEXT_DISPLAY, 11, 12, 13, 14, CONTAINER})
LINK_STYLE: Final = 5
PREMIUM_STYLE: Final = 6

Component = dict[str, Any]


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """Yield every component of the trees, parents before children, in reading order."""
    for component in components:
        yield component
        yield from walk(component.get("components") or ())
        for key in ("component", "accessory"):
            if isinstance(component.get(key), dict):
                yield from walk((component[key],))


def text_of(components: Iterable[Component]) -> str:
    """Return all text displays, joined by line breaks."""
    return "\n".join(part["content"] for part in walk(components) if part["type"] == TEXT_DISPLAY)


def buttons_of(components: Iterable[Component]) -> list[Component]:
    return [part for part in walk(components) if part["type"] == BUTTON]


def links_of(components: Iterable[Component]) -> dict[str, str]:
    """Return the addresses of link buttons by their labels."""
    return {
        button.get("label") or "": button["url"]
        for button in buttons_of(components)
        if button["style"] == LINK_STYLE
    }


def selects_of(components: Iterable[Component]) -> list[Component]:
    return [part for part in walk(components) if part["type"] in SELECTS]


def find_button(
    components: Iterable[Component], *, label: str | None = None, custom_id: str | None = None
) -> Component:
    """Return the one button with this label or custom id.

    Raises:
        LookupError: there is none, or more than one.
    """
    found = [
        button
        for button in buttons_of(components)
        if (label is None or button.get("label") == label)
        and (custom_id is None or button.get("custom_id") == custom_id)
    ]
    return _only(
        found, "button", label or custom_id, [button.get("label") for button in buttons_of(components)]
    )


def find_select(
    components: Iterable[Component], *, placeholder: str | None = None, custom_id: str | None = None
) -> Component:
    """Return the one select menu with this placeholder or custom id; without either, the only one.

    Raises:
        LookupError: there is none, or more than one.
    """
    found = [
        select
        for select in selects_of(components)
        if (placeholder is None or select.get("placeholder") == placeholder)
        and (custom_id is None or select.get("custom_id") == custom_id)
    ]
    names = [select.get("placeholder") or select["custom_id"] for select in selects_of(components)]
    return _only(found, "select", placeholder or custom_id, names)


def _only(found: list[Component], kind: str, wanted: str | None, there: list[str | None]) -> Component:
    if len(found) != 1:
        raise LookupError(f"{len(found)} times a {kind} {wanted!r}; there is: {there}")
    return found[0]
