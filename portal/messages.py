"""The catalogue of sentences: what the portal says in English, collected from its code and templates.

``python -m portal.messages`` brings the .po files up to date and lists what has no translation; a test compares.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from portal.i18n import LANGUAGES, TRANSLATIONS

ROOT: Final = Path(__file__).parent
METHODS: Final = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS: Final = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
TRANSLATED: Final = tuple(locale for locale in LANGUAGES.values() if locale != "en")
"""Locales with a catalogue; the English sentences are the msgids."""


def collect() -> Catalog:
    """Every sentence in code and templates."""
    found = Catalog()
    for *_, message, comments, context in extract_from_dir(
        str(ROOT), METHODS, keywords=KEYWORDS, strip_comment_tags=True
    ):
        found.add(message, context=context, auto_comments=comments)
    return found


def load(locale: str) -> Catalog:
    """The catalogue of a locale as it is kept."""
    path = locate(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def locate(locale: str) -> Path:
    """Where the catalogue of a locale is kept."""
    return TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"


def find_missing(kept: Catalog, found: Catalog) -> list[str]:
    """Sentences without a translation that may be used."""
    known = {_key(message.id): message for message in kept if message.id and _is_whole(message.string)}
    fuzzy = {key for key, message in known.items() if message.fuzzy}
    return sorted(_key(m.id) for m in found if m.id and (_key(m.id) not in known or _key(m.id) in fuzzy))


def update(locale: str) -> list[str]:
    """Adds new sentences to a catalogue, drops those gone, and returns what is missing."""
    kept, found = load(locale), collect()
    kept.update(found, no_fuzzy_matching=True)
    kept.obsolete.clear()
    locate(locale).parent.mkdir(parents=True, exist_ok=True)
    with locate(locale).open("wb") as target:
        write_po(target, kept, omit_header=True, no_location=True, sort_output=True, width=110)
    return find_missing(kept, found)


def _key(message_id: str | list[str] | tuple[str, ...]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _is_whole(text: object) -> bool:
    return bool(text) and (isinstance(text, str) or all(text))  # type: ignore[arg-type] # plural forms are a tuple


if __name__ == "__main__":
    missing = [line for locale in TRANSLATED for line in update(locale)]
    sys.stdout.writelines(f"{line}\n" for line in missing)
    sys.exit(bool(missing))
