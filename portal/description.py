"""Descriptions of items as programs send them: names, kinds and limits of the fields, in one table.

Only what stands here is accepted, so nobody sets a state, an owner or a flag by guessing its name. Values are checked
for kind and length; what they mean (does the class exist, is the date a date) is checked by `archive.catalogue`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from archive.errors import InvalidError
from archive.scheme import Scheme
from portal.api.blueprint import TEXT, WHOLE, Schema, array

LONG, MANY = 20_000, 100
_TRANSCRIPT = 1_000_000


class _WrongError(Exception):
    """A value of the wrong kind; `code` is a reason of `archive.reasons`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Field:
    """One field: name of the attribute of `Description`, its JSON Schema, and the check."""

    attribute: str
    schema: Schema
    read: Callable[[Any], Any]


def parse_description(scheme: Scheme, given: object, *, class_code: str = "") -> dict[str, Any]:
    """Attributes of a `Description` from a JSON object. `class_code` is the present class when `given` names none.

    Null takes a value out. Raises InvalidError by field.
    """
    if not isinstance(given, dict):
        raise InvalidError(details={"metadata": "not_an_object"})
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        try:
            if name not in FIELDS:
                raise _WrongError("unknown_field")
            found[FIELDS[name].attribute] = FIELDS[name].read(value)
        except _WrongError as err:
            wrong[str(name)[:40]] = err.code
    wrong |= _check_words(scheme, found, class_code)
    if wrong:
        raise InvalidError(details=wrong)
    return found


def _check_words(scheme: Scheme, found: Mapping[str, Any], class_code: str) -> dict[str, str]:
    code = found.get("class_code") or class_code
    if code not in scheme.classes:
        return {"class": "unknown" if code else "required"}
    names = {field.name for field in (*scheme.fields(code), *scheme.templates["common"])}
    wrong = {f"meta.{name}"[:40]: "unknown_field" for name in found.get("meta", {}) if name not in names}
    if found.get("retention") and found["retention"] not in scheme.retention_bands:
        wrong["retention"] = "unknown"
    return wrong


def _text(limit: int, *, empty: str | None = "") -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value is None:
            return empty
        if not isinstance(value, str) or not all(char.isprintable() or char in "\n\t" for char in value):
            raise _WrongError("not_text")
        if len(value) > limit:
            raise _WrongError("too_long")
        return value.strip()

    return read


def _whole(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise _WrongError("not_a_number")
    if not 0 <= value < 10**6:
        raise _WrongError("out_of_range")
    return value


def _texts(limit: int) -> Callable[[Any], tuple[str, ...]]:
    read = _text(limit)

    def read_all(value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            raise _WrongError("not_a_list")
        if len(value) > MANY:
            raise _WrongError("too_long")
        return tuple(read(one) for one in value)

    return read_all


def _meta(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _WrongError("not_an_object")
    return {str(name): _meta_value(one) for name, one in value.items()}


def _meta_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return list(_texts(LONG)(value)) if isinstance(value, list) else _text(LONG)(value)


_NULLABLE = {"type": ["string", "null"]}
_COUNT = {"type": ["integer", "null"]}
FIELDS: Final[Mapping[str, Field]] = {
    "title": Field("title", TEXT, _text(1000)),
    "class": Field("class_code", TEXT | {"description": "class code"}, _text(40)),
    "department": Field("department", TEXT | {"description": "code or name"}, _text(100)),
    "archival_code": Field("archival_code", _NULLABLE, _text(60, empty=None)),
    "date": Field("date", TEXT | {"description": "YYYYMMDD, YYYY-MM-DD, YYYY-MM or YYYY"}, _text(30)),
    "year": Field("year", _COUNT, _whole),
    "doc_no": Field("doc_no", TEXT, _text(100)),
    "creators": Field("creators", array(TEXT), _texts(200)),
    "keywords": Field("keywords", array(TEXT), _texts(100)),
    "abstract": Field("abstract", TEXT, _text(LONG)),
    "transcript": Field("transcript", TEXT, _text(_TRANSCRIPT)),
    "persons": Field("persons", array(TEXT), _texts(100)),
    "sensitivity": Field("sensitivity", WHOLE | {"minimum": 1, "maximum": 5}, _whole),
    "retention": Field("retention", _NULLABLE, _text(10, empty=None)),
    "reading_scope": Field("reading_scope", _NULLABLE, _text(20, empty=None)),
    "reading_departments": Field("reading_departments", array(TEXT), _texts(100)),
    "addressed_departments": Field("addressed_departments", array(TEXT), _texts(100)),
    "page_count": Field("page_count", _COUNT, _whole),
    "carrier": Field("carrier", TEXT, _text(20)),
    "origin": Field("origin", TEXT, _text(20)),
    "location": Field("location", TEXT, _text(60)),
    "meta": Field("meta", {"type": "object", "description": "fields of the template of the class"}, _meta),
}
"""Name in JSON to field."""
