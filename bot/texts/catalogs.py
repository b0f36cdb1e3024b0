"""Makes the catalogs: `python -m bot.texts.catalogs`, or `make texts`.

Collects all texts of the code into the template `bamboo.pot`, brings each language's `bamboo.po` up to date
with it, and compiles them. A new language begins as a folder `locale/<locale>/LC_MESSAGES` with a copy of the
template in it, named `bamboo.po`.
"""

import ast
import sys
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, write_po

from bot.texts.command_texts import command_texts
from bot.texts.language import CATALOGS, DOMAIN

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("bot", "cogs")
KEYWORDS: Final[dict[str, Any]] = {"text": None, "ntext": (1, 2), "template": None}
"""The functions whose arguments are templates, and which of them."""
_NO_TEXTS: Final = ("**/repository.py", "**/*_repository.py", "storage/**")
_METHODS: Final = (*((each, "ignore") for each in _NO_TEXTS), ("**.py", "python"))
"""What SQLAlchemy calls `text` is none."""
_WIDTH: Final = 100
_PROJECT: Final = "Bamboo"
_HEADER_COMMENT: Final = """\
# Translations template for PROJECT.
# This file is distributed under the same license as PROJECT."""
"""Babel puts in the language and the project."""


class _Headed(Catalog):
    """A catalog whose header says what is true of it, and the same whenever and by whomever it is written."""

    def __init__(self, locale: Locale) -> None:
        super().__init__(str(locale), DOMAIN, project=_PROJECT, charset="utf-8", fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", _PROJECT),
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", f"text/plain; charset={self.charset}"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]

    @mime_headers.setter
    def mime_headers(self, _written: Any) -> None:
        """What the file says of itself isn't needed: its folder names the language."""


def template() -> Catalog:
    """Every text of the code, by the file that it stands in."""
    catalog = Catalog(project=_PROJECT, charset="utf-8")
    for place, message, context in _texts_of_the_code():
        catalog.add(message, locations=[(place, 0)], context=context)
    return catalog


@cache
def _texts_of_the_code() -> tuple[tuple[str, Any, str | None], ...]:
    """Place, text and context of each; the code doesn't change while a process runs."""
    texts: list[tuple[str, Any, str | None]] = []
    for folder in FOLDERS:
        found = extract_from_dir(ROOT / folder, method_map=_METHODS, keywords=KEYWORDS)
        for name, _line, message, _comments, _context in sorted(found, key=lambda each: each[:2]):
            texts.append((f"{folder}/{Path(name).as_posix()}", message, None))
    for path in sorted((ROOT / "cogs").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        texts += [(place, said, kind) for kind, said in command_texts(ast.parse(path.read_bytes()))]
    return tuple(texts)


def written(catalog: Catalog) -> bytes:
    """The catalog as a file, the same whenever it is written; what nobody says any more is in its history."""
    file = BytesIO()
    write_po(
        file,
        catalog,
        width=_WIDTH,
        omit_header=catalog.locale is None,
        include_lineno=False,
        ignore_obsolete=True,
    )
    return file.getvalue()


def compiled(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def read(path: Path) -> Catalog:
    """A language's catalog, whose locale its folder names."""
    catalog = _Headed(Locale.parse(path.parts[-3].replace("-", "_")))
    with path.open("rb") as file:
        PoFileParser(catalog).parse(file)
    catalog.header_comment, catalog.fuzzy = _HEADER_COMMENT, False
    return catalog


def update(folder: Path = CATALOGS) -> None:
    """Write the template, and bring every catalog in the folder up to date with it."""
    everything = template()
    (folder / f"{DOMAIN}.pot").write_bytes(written(everything))
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalog = read(path)
        catalog.update(everything, no_fuzzy_matching=True, update_creation_date=False)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))


def missing(catalog: Catalog) -> list[str]:
    """The texts that it has no translation of, in English."""
    return [_first(message.id) for message in catalog if message.id and not _is_whole(message.string)]


def _first(message: Any) -> str:
    return str(message[0] if isinstance(message, tuple) else message)


def _is_whole(string: Any) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def report(folder: Path = CATALOGS) -> None:
    """Say of each language what is missing."""
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        untranslated = missing(read(path))
        sys.stdout.write(f"{path.parts[-3]}: {len(untranslated)} texts to translate\n")
        for each in untranslated:
            sys.stdout.write(f"  {each!r}\n")


if __name__ == "__main__":
    update()
    report()
