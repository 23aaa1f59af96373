"""The catalogue entry as rows of label and value, from the common fields and the template of the class.

Masked for those without the right to unmask: words in ordinary fields by the same spans as the text, sealed fields as a
whole – they are not even decrypted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel.numbers import format_currency
from flask_babel import get_locale, gettext

from archive import catalogue
from archive.catalogue import Masker
from archive.models import Item
from archive.record import Archive
from archive.scheme import TemplateField
from portal.i18n import date_words
from portal.words import class_name, in_language, sensitivity_badge

CODES: Final = frozenset({"archival_code", "code", "docno", "uscc", "location"})
DATES: Final = frozenset({"date", "interval"})
VALUES: Final = {
    "本部门": "Own department",
    "指定部门": "Named departments",
    "全院": "Whole hospital",
    "纸质": "Paper",
    "电子": "Electronic",
    "照片": "Photograph",
    "光盘": "Optical disc",
    "图纸": "Drawing",
    "实物": "Object",
    "原生": "Born digital",
    "数字化": "Digitised",
    "编辑": "Edited",
    "各科室": "All departments",
}
"""English for values of the common vocabularies; values of other fields are data and stay as they were written."""


@dataclass(frozen=True)
class Row:
    """One line of the entry. `kind`: text, code (can be copied) or sealed (hidden from this reader)."""

    label: str
    value: str
    kind: str = "text"


@dataclass(frozen=True)
class Entry:
    """The catalogue entry of one item for one reader."""

    title: str
    common: tuple[Row, ...]
    special: tuple[Row, ...]
    keeping: tuple[Row, ...]
    abstract: str


def build_entry(archive: Archive, item: Item, departments: Mapping[str, str], *, sees_all: bool, reads: bool) -> Entry:
    """The entry. `reads`: may read the content, of which the abstract and the place on the shelf are part."""
    masker = None if sees_all else catalogue.build_masker(archive, item)
    sealed = catalogue.read_sealed(archive, item) if sees_all else {}
    title = item.title if sees_all else item.title_masked
    return Entry(
        title=title,
        common=tuple(_iter_common(item, departments, masker)),
        special=tuple(_iter_special(archive, item, sealed, masker)),
        keeping=tuple(_iter_keeping(archive, item, departments, reads=reads)),
        abstract=_hide(masker, item.abstract) if reads else "",
    )


def _hide(masker: Masker | None, text: str) -> str:
    return masker.mask(text) if masker and text else text


def _iter_common(item: Item, departments: Mapping[str, str], masker: Masker | None) -> Iterator[Row]:
    if item.archival_code:
        yield Row(gettext("Archival code"), item.archival_code, "code")
    if item.doc_no:
        yield Row(gettext("Document number"), item.doc_no, "code")
    yield Row(gettext("Class"), class_name(item.class_code))
    yield Row(gettext("Department"), departments.get(item.department, item.department))
    if item.date:
        yield Row(gettext("Date"), date_words(item.date))
    if item.year:
        yield Row(gettext("Filing year"), str(item.year))
    if item.creators:
        yield Row(gettext("Creator"), _hide(masker, _join(item.creators)))
    if item.keywords:
        yield Row(gettext("Keywords"), _hide(masker, _join(item.keywords)))


def _iter_special(archive: Archive, item: Item, sealed: Mapping[str, Any], masker: Masker | None) -> Iterator[Row]:
    """Template fields that have a value; those typed on the volume count for its pieces."""
    held = (item.volume.meta if item.volume else {}) | item.meta | dict(sealed)
    fields = (*archive.scheme.fields(item.class_code), *archive.scheme.templates["common"])
    for field in fields:
        value = held.get(field.name)
        if value not in (None, "", []):
            shown = _format(field, value)
            yield Row(_label(field), shown if field.sensitive else _hide(masker, shown), _kind(field))
    if item.sealed is not None and masker is not None:
        yield Row(gettext("Personal data"), gettext("Hidden; shown to those with the right to see it"), "sealed")


def _iter_keeping(archive: Archive, item: Item, departments: Mapping[str, str], *, reads: bool) -> Iterator[Row]:
    band = archive.scheme.retention_bands.get(item.retention, {})
    yield Row(gettext("Retention"), in_language(band.get("zh", item.retention), band.get("en", "")))
    yield Row(gettext("Sensitivity"), sensitivity_badge(item.sensitivity).label)
    named = [departments.get(code, code) for code in sorted(item.reading_departments)]
    scope = in_language(item.reading_scope, VALUES.get(item.reading_scope, ""))
    yield Row(gettext("Reading scope"), f"{scope}: {_join(named)}" if named else scope)
    if item.page_count:
        yield Row(gettext("Pages of the original"), str(item.page_count))
    for label, value in ((gettext("Carrier"), item.carrier), (gettext("Made as"), item.origin)):
        if value:
            yield Row(label, in_language(value, VALUES.get(value, "")))
    if item.location and reads:
        yield Row(gettext("Place of the original"), item.location, "code")


def _label(field: TemplateField) -> str:
    """Name of a template field; its code name reads as English."""
    return in_language(field.zh, field.name.replace("_", " ").capitalize())


def _kind(field: TemplateField) -> str:
    return "code" if field.type in CODES else "text"


def _format(field: TemplateField, value: Any) -> str:
    if isinstance(value, bool) or (field.type == "bool" and str(value).lower() in ("true", "false")):
        return str(gettext("Yes") if str(value).lower() == "true" else gettext("No"))
    if isinstance(value, list | tuple):
        return _join([str(part) for part in value])
    if field.type in DATES:
        return date_words(str(value))
    if field.type == "money":
        return _money(str(value))
    return str(value)


def _money(text: str) -> str:
    try:
        return str(format_currency(Decimal(text.replace(",", "")), "CNY", locale=get_locale()))
    except InvalidOperation:
        return text


def _join(values: Sequence[str]) -> str:
    return in_language("、", ", ").join(values)
