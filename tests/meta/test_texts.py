"""No sentence is written where it is shown: people read texts, which are rendered in their language."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from bot.texts.lazy import placeholders
from tests.meta.source import Module, modules

Places = tuple[int | str, ...]
"""Arguments, by position or by name."""

READ: Final[Mapping[str, Places]] = {
    "notice": tuple(range(9)),
    "button": (0,),
    "link_button": (0,),
    "leading_on": (2,),
    "Paragraph": (0,),
    "Option": (0, 2, "description"),
    "Menu": (0, "placeholder"),
    "Question": (0, 2, "description"),
    "Field": ("placeholder",),
    "LocalizedForm": (0, "title"),
    "NoteButton": (0, "label"),
    "StaffNote": (2, "text"),
    "Hindrance": (1, "text"),
    "NeedsStaff": (0,),
    "Refusal": (1, "sentence"),
    "Mistyped": (1, "sentence"),
    "CantBeBought": (2, "sentence"),
    "CantBeDelivered": (0, "sentence", "reason"),
    "AlreadyHeld": (0, "sentence"),
    "send": (0, "content"),
    "send_message": (0, "content"),
    "edit_message": (0, "content"),
    "edit_original_response": ("content",),
}
"""What of these calls somebody reads."""
NEVER_BY_HAND: Final[Mapping[str, Places]] = {
    "TextDisplay": (0, "content"),
    "SelectOption": ("label", "description"),
    "Label": ("text", "description"),
    "Button": ("label",),
    "Select": ("placeholder",),
    "TextInput": ("label", "placeholder"),
    "Modal": ("title",),
}
"""discord.py's own, which knows no languages: the project's stand in `bot/discord/localized.py`."""
MAKES_THEM: Final = ("bot/discord/localized.py", "bot/discord/components.py")
TEMPLATES: Final[Mapping[str, Places]] = {"text": (0,), "ntext": (0, 1), "template": (0,)}
ANYWHERE: Final = ("", " ", "\n", "\n\n", ", ", " · ")
"""What stands between two texts in every language; with a semicolon there is `listed`."""
NO_TEXTS: Final = ("bot/storage/", "bot/texts/lazy.py", "bot/cli/")
"""There, `text` is SQLAlchemy's or is made, and options are the command line's."""


def offenders(tree: ast.Module) -> Iterator[tuple[int, str]]:
    known = dict(_constants(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for keyword in node.keywords:
                if keyword.arg == "title" and _is_literal(keyword.value, known):
                    yield node.lineno, f"class {node.name} has a literal title"
        if not isinstance(node, ast.Call):
            continue
        name = _name(node)
        for argument in _arguments(node, READ.get(name, ())):
            if _is_literal(argument, known):
                yield node.lineno, f"{name} is given a literal"
        if name == "joined" and not _is_anywhere(node.args[0]):
            yield node.lineno, "joined has a separator that isn't the same in every language"
        if name in TEMPLATES and isinstance(node.func, ast.Name):
            yield from _of_template(node, name)


def by_hand(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(_arguments(node, NEVER_BY_HAND.get(_name(node), ()))):
            yield node.lineno, f"{_name(node)} is made by hand"


def _of_template(node: ast.Call, name: str) -> Iterator[tuple[int, str]]:
    templates = list(_arguments(node, TEMPLATES[name]))
    written = [each.value for each in templates if isinstance(each, ast.Constant)]
    if len(written) < len(templates):
        yield node.lineno, f"{name} has a template that can't be collected"
        return
    given = {keyword.arg for keyword in node.keywords}
    wanted = placeholders("".join(map(str, written)))
    if name != "template" and None not in given and given - {"count"} != wanted - {"count"}:
        yield node.lineno, f"{name} shows {sorted(wanted)} and is given {sorted(map(str, given))}"
    for keyword in node.keywords:
        if _is_literal(keyword.value, {}):
            yield node.lineno, f"{name} has the literal fact {keyword.arg}"


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func).split("[")[0].split(".")[-1]


def _is_anywhere(separator: ast.expr) -> bool:
    return not isinstance(separator, ast.Constant) or separator.value in ANYWHERE


def _arguments(node: ast.Call, places: Places) -> Iterator[ast.expr]:
    for place in places:
        if isinstance(place, int):
            yield from node.args[place : place + 1]
        else:
            yield from (keyword.value for keyword in node.keywords if keyword.arg == place)


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value


def _is_literal(node: ast.expr, known: Mapping[str, ast.expr]) -> bool:
    """Whether words are written there, themselves or by the name of a constant of the file."""
    match node:
        case ast.Constant(value=str(written)):
            return any(character.isalpha() for character in written)
        case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
            return _is_literal(one, known) or _is_literal(other, known)
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts) | ast.Dict(values=parts):
            return any(_is_literal(part, known) for part in parts)
        case ast.Subscript(value=value):
            return _is_literal(value, known)
        case ast.Name(id=name) if name in known:
            return _is_literal(known[name], {})
    return False


def found(*places: str) -> list[Module]:
    return [each for each in modules(*places) if not each.is_in(*NO_TEXTS) and "repository" not in each.name]


def test_what_people_read_is_a_text_with_its_facts() -> None:
    literal = [
        f"{module.name}:{line} {what}"
        for module in found("bot", "cogs")
        for line, what in offenders(module.tree)
    ]
    assert literal == []


def test_components_are_those_that_know_every_language() -> None:
    made = [
        f"{module.name}:{line} {what}"
        for module in found("bot", "cogs")
        if not module.is_in(*MAKES_THEM)
        for line, what in by_hand(module.tree)
    ]
    assert made == []


@pytest.mark.parametrize(
    "written",
    [
        'notice("Paid")',
        'notice(mark, f"{amount} was paid")',
        'button("Buy" if free else label, custom_id)',
        'GONE = "It is gone"\nnotice(GONE)',
        'SAID: Final = {1: "one"}\nParagraph(SAID[state])',
        'Option(name, value, description="Sold out")',
        'raise Refusal("gone", "It is gone")',
        'StaffNote(guild_id, key, "Look at " + name)',
        'await interaction.response.send_message("Paid", ephemeral=True)',
        'class Form(ui.Modal, title="Search"): pass',
        'text(f"Paid {amount}")',
        'text("Paid " + product)',
        'text("Paid {amount}", price=price)',
        'ntext("a day", "{count} {what}", days)',
        'text("Paid for {product}", product="something")',
        'joined("; ", names)',
        'joined(": ", (name, amount))',
    ],
)
def test_a_sentence_that_is_written_where_it_is_shown_is_found(written: str) -> None:
    assert len(list(offenders(ast.parse(written)))) == 1


@pytest.mark.parametrize(
    "written",
    [
        'ui.TextDisplay("Paid")',
        "ui.TextDisplay[Any](sentence)",
        'discord.SelectOption(label="Paid", value="paid")',
        'ui.Label(text="Which?", component=field)',
        'ui.Button(label="Buy", custom_id=custom_id)',
        "ui.Select(placeholder=hint, options=options)",
    ],
)
def test_a_component_that_knows_no_languages_is_found(written: str) -> None:
    assert len(list(by_hand(ast.parse(written)))) == 1


@pytest.mark.parametrize(
    "written",
    [
        'notice(text("Paid {amount}", amount=price))',
        'button(text("Buy"), "bamboo:buy")',
        'notice(markdown("---"), "–")',
        'ntext("a day", "{count} days", days)',
        'text("{sale} was refunded.", **said)',
        'joined(" · ", facts)',
        "joined(between, remarks)",
        "ui.TextInput(default=name, max_length=60)",
        "ui.Button(url=address)",
    ],
)
def test_what_is_as_it_should_be_is_left_alone(written: str) -> None:
    tree = ast.parse(written)
    assert [*offenders(tree), *by_hand(tree)] == []
