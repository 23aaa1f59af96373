"""The class scheme and the description templates, loaded from `archive/data` once per process.

Classes inherit from their parents what they do not write themselves. A wrong scheme file (unknown parent, principal or
template) is refused at load: a gap in it must never mean "open to all".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
NOT_INHERITED = frozenset({"code", "zh", "en", "parent", "typical"})


class SchemeError(Exception):
    """The scheme file contradicts itself; the message says where."""


@dataclass(frozen=True)
class RecordClass:
    """One class (门类) with everything it inherits. Rights fields hold names of principals."""

    code: str
    zh: str
    en: str
    path: tuple[str, ...]
    """Codes from the root class down to this one."""
    arrangement: str
    retention: str
    rule: str
    sensitivity: int
    discover: frozenset[str]
    read: frozenset[str]
    unmask: frozenset[str]
    scope: str
    numbering: str
    template: str
    index_body: bool
    download: bool
    personal: bool
    sensitivity_by: Mapping[str, Mapping[str, int]]
    retention_by: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class TemplateField:
    """One field of a description template. `required` is R, C, O or gen; `level` volume, piece or both."""

    name: str
    zh: str
    type: str
    required: str
    level: str
    sensitive: bool
    vocabulary: tuple[str, ...]
    hint_zh: str
    hint_en: str


@dataclass(frozen=True)
class ArchiveRoom:
    """The department that keeps what belongs to no other."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class Scheme:
    """The whole scheme of one hospital (one fonds)."""

    fonds: str
    fonds_name: str
    version: str
    classes: Mapping[str, RecordClass]
    templates: Mapping[str, tuple[TemplateField, ...]]
    principals: frozenset[str]
    retention_bands: Mapping[str, Mapping[str, str]]
    sensitivity_levels: Mapping[int, Mapping[str, str]]
    agreement: frozenset[str]
    """Class codes whose catalogue the health authority may search."""
    fallback_class: str
    """Class of a document of which nothing is said."""
    archive_room: ArchiveRoom

    def get(self, code: str) -> RecordClass:
        """The class of that code. Raises KeyError."""
        return self.classes[code]

    def below(self, code: str) -> frozenset[str]:
        """Codes of the class and of everything below it; empty for an unknown code."""
        return frozenset(c.code for c in self.classes.values() if code in c.path)

    def fields(self, code: str) -> tuple[TemplateField, ...]:
        """Template fields of a class, common fields excepted."""
        return self.templates[self.classes[code].template]

    def sensitive_fields(self, code: str) -> frozenset[str]:
        """Names of the template fields of a class whose values are stored encrypted."""
        return frozenset(f.name for f in (*self.templates["common"], *self.fields(code)) if f.sensitive)


def class_names(scheme: Scheme) -> dict[str, str]:
    """Class codes by what people call a class: the code, or the Chinese name where only one class has it."""
    names = [c.zh for c in scheme.classes.values()]
    unique = {plain_name(c.zh): c.code for c in scheme.classes.values() if names.count(c.zh) == 1}
    return unique | {plain_name(code): code for code in scheme.classes}


def plain_name(name: str) -> str:
    """A name as the keys of `class_names` are written: capitals, without dots and blanks."""
    return re.sub(r"[·•・.\s]", "", name).upper()


@cache
def load_scheme(folder: Path = DATA) -> Scheme:
    """The scheme in `folder`. Raises SchemeError when the files contradict themselves."""
    raw = yaml.safe_load((folder / "scheme.yaml").read_text(encoding="utf-8"))
    templates = yaml.safe_load((folder / "templates.yaml").read_text(encoding="utf-8"))["templates"]
    classes = {c.code: c for c in _iter_classes(raw["classes"])}
    scheme = Scheme(
        fonds=raw["scheme"]["fonds"],
        fonds_name=raw["scheme"]["fonds_name"],
        version=raw["scheme"]["version"],
        classes=classes,
        templates={name: tuple(_iter_fields(t)) for name, t in templates.items()},
        principals=frozenset(raw["principals"]),
        retention_bands=raw["retention_bands"],
        sensitivity_levels=raw["sensitivity_levels"],
        agreement=_agreed(classes, raw["agreement"]),
        fallback_class=raw["fallback"]["class"],
        archive_room=_archive_room(raw["fallback"]["department"]),
    )
    _check(scheme)
    return scheme


def _iter_classes(rows: list[dict[str, Any]]) -> Iterator[RecordClass]:
    merged: dict[str, dict[str, Any]] = {}
    paths: dict[str, tuple[str, ...]] = {}
    for row in rows:
        code, parent = row["code"], row["parent"]
        if parent is not None and parent not in merged:
            raise SchemeError(f"class {code}: parent {parent} is not defined before it")
        inherited = {k: v for k, v in merged.get(parent, {}).items() if k not in NOT_INHERITED}
        full = merged[code] = inherited | row
        paths[code] = (*paths.get(parent, ()), code)
        yield RecordClass(
            code=code,
            zh=full["zh"],
            en=full["en"],
            path=paths[code],
            arrangement=full["arrangement"],
            retention=full["retention"],
            rule=full["rule"],
            sensitivity=full["sensitivity"],
            discover=frozenset(full["discover"]),
            read=frozenset(full["read"]),
            unmask=frozenset(full["unmask"]),
            scope=full.get("scope", "本部门"),
            numbering=full["numbering"],
            template=full["template"],
            index_body=full.get("index_body", True),
            download=full.get("download", True),
            personal=full.get("personal", False),
            sensitivity_by=full.get("sensitivity_by", {}),
            retention_by=full.get("retention_by", {}),
        )


def _iter_fields(template: dict[str, Any]) -> Iterator[TemplateField]:
    for row in template["fields"]:
        yield TemplateField(
            name=row["name"],
            zh=row["zh"],
            type=row["type"],
            required=row["required"],
            level=row.get("level", template["level"]),
            sensitive=row.get("sensitive", False),
            vocabulary=tuple(str(v) for v in row.get("vocabulary", ())),
            hint_zh=row["hint_zh"],
            hint_en=row["hint_en"],
        )


def _archive_room(row: Mapping[str, str]) -> ArchiveRoom:
    return ArchiveRoom(row["code"], row["zh"], row["en"])


def _agreed(classes: Mapping[str, RecordClass], agreement: Mapping[str, list[str]]) -> frozenset[str]:
    return frozenset(
        c.code
        for c in classes.values()
        if any(code in c.path for code in agreement["classes"])
        and not any(code in c.path for code in agreement["never"])
    )


def _check(scheme: Scheme) -> None:
    if scheme.fallback_class not in scheme.classes:
        raise SchemeError(f"fallback: unknown class {scheme.fallback_class}")
    for record_class in scheme.classes.values():
        unknown = (record_class.discover | record_class.read | record_class.unmask) - scheme.principals
        if unknown:
            raise SchemeError(f"class {record_class.code}: unknown principal {', '.join(sorted(unknown))}")
        if record_class.template not in scheme.templates:
            raise SchemeError(f"class {record_class.code}: unknown template {record_class.template}")
        if record_class.retention not in scheme.retention_bands:
            raise SchemeError(f"class {record_class.code}: unknown retention band {record_class.retention}")
