"""The catalogs hold what the code says, compiled, and nothing that would break a sentence."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from babel.messages import Catalog, Message
from discord import app_commands

from bot.texts.catalogs import compiled, missing, read, report, template, update, written
from bot.texts.language import CATALOGS, DOMAIN, Languages
from bot.texts.lazy import placeholders
from tests.harness.shop import Shop

TRANSLATED = sorted(CATALOGS.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
NAME = re.compile(r"(?!.*[A-Z])[-_'\w]{1,32}")
"""Of a command or option; source: Discord's "Application Command Naming"."""


def test_the_template_holds_every_text_of_the_code() -> None:
    """Every English sentence stands in this file: what changes one shows in its difference."""
    assert (CATALOGS / f"{DOMAIN}.pot").read_bytes() == written(template()), "run: make texts"


SPELLED: Final = {"e-mail": "email", "licence": "license", "any more": "anymore"}
"""What can be spelled in two ways, and how English spells it."""


def test_english_keeps_to_one_spelling() -> None:
    said = [each for message in template() if message.id for each in _english(message.id)]
    odd = [text for text in said for other in SPELLED if other in text.lower()]
    assert odd == [], f"write {SPELLED}"


def _english(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return said if isinstance(said, tuple) else (said,)


def problems_of(catalog: Catalog) -> list[str]:
    """Texts that aren't there, facts that aren't the template's, and what Discord wouldn't take."""
    found = {(message.context, message.id): message for message in catalog if message.id}
    wanted = [(message.context, message.id) for message in template() if message.id]
    problems = [
        f"not translated: {each[1]}"
        for each in wanted
        if each not in found or not _is_whole(found[each].string)
    ]
    for each in found.values():
        allowed = placeholders("".join(each.id) if isinstance(each.id, tuple) else each.id)
        strings = each.string if isinstance(each.string, tuple) else (each.string,)
        problems += [f"other facts: {string}" for string in strings if string and _other(string, allowed)]
    return problems


def _is_whole(string: Any) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def odd_names(catalog: Catalog, commands: Collection[str]) -> list[str]:
    """Names that Discord wouldn't take, and sentences that call a command otherwise than it is called."""
    called = {each.id: each.string for each in catalog if each.context == "command"}
    local = {each: " ".join(called.get(word) or word for word in each.split()) for each in commands}
    odd = [
        f"no name: {message.string}"
        for message in catalog
        if message.context and message.string and not NAME.fullmatch(message.string)
    ]
    for message in catalog:
        for said, string in _forms(message):
            if string and sorted(local[each] for each in _named(said, commands)) != sorted(
                _named(string, local.values())
            ):
                odd.append(f"other commands: {string}")
    return odd


def _forms(message: Message) -> Iterable[tuple[str, str]]:
    """The English and its translation, of each number."""
    if message.context or not message.id:
        return ()
    if isinstance(message.id, str):
        return ((message.id, str(message.string)),)
    return ((message.id[-1], string) for string in message.string)


def _named(said: str, commands: Iterable[str]) -> list[str]:
    """The commands that a sentence names, each by the longest name that fits."""
    names = "|".join(map(re.escape, sorted(commands, key=len, reverse=True)))
    return re.findall(rf"(?<![\w/])/({names})\b", said)


def _other(string: str, allowed: frozenset[str]) -> bool:
    return placeholders(string) - {"count"} != allowed - {"count"}


def test_every_catalog_is_whole_and_compiled() -> None:
    assert {path.parts[-3]: problems for path in TRANSLATED if (problems := problems_of(read(path)))} == {}
    for path in TRANSLATED:
        assert path.with_suffix(".mo").read_bytes() == compiled(read(path)), "run: make texts"


def test_a_catalog_with_a_text_missing_or_other_facts_is_found() -> None:
    catalog = template()
    for message in catalog:
        message.string = message.id
    assert problems_of(catalog) == []
    catalog["Pay {total}"].string = "Bezahlen"
    catalog["Decline"].string = ""

    assert sorted(problems_of(catalog)) == ["not translated: Decline", "other facts: Bezahlen"]


def test_a_language_takes_a_copy_of_the_template_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "nl" / "LC_MESSAGES" / f"{DOMAIN}.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Decline"\nmsgstr "Weigeren"\n', encoding="utf-8")

    update(tmp_path)

    assert [each.locale for each in Languages(folder=tmp_path).all if each.is_translated] == ["nl"]
    assert Languages(folder=tmp_path).of("nl").template("Decline") == "Weigeren"
    assert "not translated: Pay {total}" in problems_of(read(path))


OF_A_TOOL: Final = """\
# Dutch translations for PROJECT.
# FIRST AUTHOR <EMAIL@ADDRESS>, 2026.
#
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: PROJECT VERSION\\n"
"Report-Msgid-Bugs-To: EMAIL@ADDRESS\\n"
"PO-Revision-Date: YEAR-MO-DA HO:MI+ZONE\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Decline"
msgstr "Weigeren"
"""


def test_a_header_says_what_is_true_whatever_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "nl" / "LC_MESSAGES" / f"{DOMAIN}.po"
    path.parent.mkdir(parents=True)
    path.write_text(OF_A_TOOL, encoding="utf-8")

    update(tmp_path)

    headers = {each: each.read_text(encoding="utf-8").split("\n\n")[0] for each in [path, *TRANSLATED]}
    assert "# Dutch translations for Bamboo." in headers[path]
    assert r'"Language: nl\n"' in headers[path]
    for header in headers.values():
        assert r'"Project-Id-Version: Bamboo\n"' in header
        assert re.findall("PROJECT|VERSION|EMAIL|YEAR|fuzzy", header) == []
    assert Languages(folder=tmp_path).of("nl").template("Decline") == "Weigeren"


def test_what_is_missing_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nl" / "LC_MESSAGES" / f"{DOMAIN}.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Decline"\nmsgstr "Weigeren"\n', encoding="utf-8")
    update(tmp_path)

    report(tmp_path)

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"nl: {len(missing(read(path)))} texts to translate"
    assert "  'Pay {total}'" in said
    assert "  'Decline'" not in said


# --- commands -----------------------------------------------------------------------------------------


def shown_of_commands(tree: app_commands.CommandTree[Any]) -> set[tuple[str | None, str]]:
    """What Discord shows of the bot's commands, and what of it are names."""
    shown: set[tuple[str | None, str]] = set()
    for command in tree.walk_commands():
        shown |= {("command", command.name), (None, command.description)}
        for option in getattr(command, "parameters", ()):
            shown |= {("option", option.name), (None, str(option.description))}
            shown |= {(None, choice.name) for choice in option.choices}
    return shown | {(None, menu.name) for menu in _menus(tree)}


def _menus(tree: app_commands.CommandTree[Any]) -> Iterable[app_commands.ContextMenu]:
    return (each for each in tree.get_commands() if isinstance(each, app_commands.ContextMenu))


def names_of(tree: app_commands.CommandTree[Any]) -> set[str]:
    return {command.qualified_name for command in tree.walk_commands()}


async def test_the_template_holds_all_that_discord_shows_of_the_commands(shared_shop: Shop) -> None:
    texts = {(message.context, message.id) for message in template()}

    assert shown_of_commands(shared_shop.app.bot.tree) - texts == set()


async def test_catalogs_call_commands_as_discord_can_and_everywhere_the_same(shared_shop: Shop) -> None:
    names = names_of(shared_shop.app.bot.tree)

    assert {path.parts[-3]: odd for path in TRANSLATED if (odd := odd_names(read(path), names))} == {}


def test_a_command_that_is_called_otherwise_in_a_sentence_is_found() -> None:
    catalog = Catalog()
    catalog.add("buy", "kaufen", context="command")
    catalog.add("Use /buy.", "Nimm /kaufen.")
    assert odd_names(catalog, {"buy", "shop"}) == []
    catalog.add("Try /buy again.", "Versuch es mit /buy.")
    catalog.add("shop", "Der Laden", context="command")

    assert sorted(odd_names(catalog, {"buy", "shop"})) == [
        "no name: Der Laden",
        "other commands: Versuch es mit /buy.",
    ]
