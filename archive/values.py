"""Values of the catalogue as people write them in tables: lists, numbers, dates, yes and no. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from archive.scheme import TemplateField
from mappings.dates import parse_date

_SEPARATOR = re.compile(r"[；;]")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "是"}), frozenset({"false", "0", "no", "否"})
_MONEY = re.compile(r"\d{1,13}(?:\.\d{1,2})?")
_LISTS: Final = frozenset({"string_list", "person_list"})


class WrongValueError(Exception):
    """A value that cannot be taken; `reason` is a code of `archive.reasons`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_text(text: str) -> str:
    """The text as it is."""
    return text


def read_list(text: str) -> tuple[str, ...]:
    """Parts between semicolons."""
    return tuple(part.strip() for part in _SEPARATOR.split(text) if part.strip())


def read_whole(text: str) -> int:
    """A whole number, not negative. Raises WrongValueError."""
    if not re.fullmatch(r"\d{1,9}", text):
        raise WrongValueError("not_a_number")
    return int(text)


def read_level(text: str) -> int:
    """A sensitivity, 1 to 5. Raises WrongValueError."""
    level = read_whole(text)
    if not 1 <= level <= 5:
        raise WrongValueError("out_of_range")
    return level


def read_flag(text: str) -> bool:
    """Yes or no. Raises WrongValueError."""
    if text.lower() not in _TRUE | _FALSE:
        raise WrongValueError("not_yes_or_no")
    return text.lower() in _TRUE


def read_date(text: str) -> str:
    """A date, as written. Raises WrongValueError."""
    if parse_date(text) is None:
        raise WrongValueError("not_a_date")
    return text


def read_field(text: str, described: TemplateField) -> Any:
    """The value of a template field. Raises WrongValueError."""
    if described.type in _LISTS:
        return list(read_list(text))
    if described.type == "bool":
        return read_flag(text)
    if described.type == "money" and not _MONEY.fullmatch(text):
        raise WrongValueError("not_a_number")
    if described.type == "date":
        return read_date(text)
    if described.type == "enum" and described.vocabulary and text not in described.vocabulary:
        raise WrongValueError("unknown")
    return text
