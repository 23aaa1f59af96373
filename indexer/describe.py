"""Builds the index documents of an item from its row and the stored texts of its files. Writes nothing.

What the index may hold follows here from the catalogue: masked text, originals of masked text for those with the right
to unmask, keyed hashes of numbers that identify a person. Classes with `index_body: false` give no word of content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from archive import catalogue, proofreading, texts
from archive.catalogue import Masker
from archive.kinds import kind_of
from archive.models import File, Item
from archive.reasons import Outcome
from archive.record import Archive
from archive.scheme import TemplateField
from archive.states import State
from mappings.dates import DateInterval, find_dates, parse_date
from mappings.documents import ItemDocument, PageDocument, build_tombstone
from mappings.hashing import hash_value
from mappings.numbers import (
    NumberKind,
    Recognised,
    collect_keys,
    describe_numbers,
    keys_of_field,
    recognise_numbers,
    secrets_of_field,
)

CONTENT_LIMIT: Final = 16_000_000
"""Characters of one record matched as a whole; its pages stay in the index of pages beyond that."""
WAITING: Final = "waiting"
"""Stands in the index for a file whose outcome is not decided yet."""
SCANNED, BORN_DIGITAL = "数字化", "原生"
_UNTEXTUAL: Final = frozenset({"bool", "date", "datetime", "decimal", "files", "int", "money", "relations"})
_DATED: Final = frozenset({"date", "datetime", "interval", "ym"})


@dataclass(frozen=True)
class Passage:
    """A text, masked. `original` is the text before where masking changed it, else empty.

    `recognised` are the numbers before masking, `numbers` the canonical forms of those that stay readable.
    """

    masked: str
    original: str
    recognised: tuple[Recognised, ...]
    numbers: frozenset[str]

    @classmethod
    def of(cls, text: str, masker: Masker) -> Passage:
        """Reads the text once, and once more where masking changed it."""
        masked, recognised = masker.mask(text), recognise_numbers(text)
        if masked == text:
            return cls(masked, "", recognised, collect_keys(recognised))
        return cls(masked, text, recognised, describe_numbers(masked))


@dataclass
class Content:
    """What the pages of an item say, gathered page by page."""

    pages: list[str] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    size: int = 0

    def add(self, archive: Archive, passage: Passage, *, personal: bool) -> None:
        """Takes one page."""
        self.size += len(passage.masked)
        if self.size > CONTENT_LIMIT:
            return
        self.pages.append(passage.masked)
        if passage.original:
            self.originals.append(passage.original)
        self.numbers |= passage.numbers
        for found in passage.recognised:
            if found.kind is not NumberKind.DIGITS:
                self.hashes |= {hash_value(archive.keys, secret) for secret in found.secrets}
            if personal and found.prefix:
                self.codes.add(found.prefix)


@dataclass(frozen=True)
class Entry:
    """The catalogue entry in words, masked, with what identifies persons apart."""

    metadata: tuple[str, ...]
    restricted: tuple[str, ...]
    numbers: frozenset[str]
    hashes: frozenset[str]
    codes: frozenset[str]


@dataclass(frozen=True)
class Documents:
    """Everything the index holds of one item: the entry, and the pages that belong to it now."""

    item: Mapping[str, Any]
    pages: tuple[PageDocument, ...]


def has_pages(archive: Archive, item: Item) -> bool:
    """Whether pages of the item belong into the index at all."""
    return item.state != State.DESTROYED and archive.scheme.get(item.class_code).index_body


def readable_files(archive: Archive, item: Item) -> list[File]:
    """The files whose pages the index holds."""
    if not has_pages(archive, item):
        return []
    return [file for file in item.files if file.outcome == Outcome.SEARCHABLE and file.text_address]


def build_documents(archive: Archive, item: Item) -> Documents:
    """The documents of an item in its present state; a tombstone for a destroyed one. Raises VaultError."""
    if item.state == State.DESTROYED:
        return Documents(build_tombstone(item.id, item.revision), ())
    masker, content = catalogue.build_masker(archive, item), Content()
    pages = tuple(_iter_pages(archive, item, masker, content))
    if item.transcript and has_pages(archive, item):
        personal = archive.scheme.get(item.class_code).personal
        content.add(archive, Passage.of(item.transcript, masker), personal=personal)
    return Documents(_build_item(archive, item, masker, content).as_source(), pages)


def _iter_pages(archive: Archive, item: Item, masker: Masker, content: Content) -> Iterator[PageDocument]:
    personal = archive.scheme.get(item.class_code).personal
    for file in readable_files(archive, item):
        with archive.vault.reader(file.text_address or "") as blob:
            for page in proofreading.correct_pages(archive, file, texts.iter_pages(blob)):
                passage = Passage.of(page.text, masker)
                content.add(archive, passage, personal=personal)
                yield PageDocument(
                    item=item.id,
                    file=file.id,
                    page=page.number,
                    revision=item.revision,
                    text=passage.masked,
                    restricted=passage.original,
                    numbers=passage.numbers,
                    confidence=page.confidence,
                )


def _build_item(archive: Archive, item: Item, masker: Masker, content: Content) -> ItemDocument:
    meta = (item.volume.meta if item.volume else {}) | item.meta
    fields = {f.name: f for f in (*archive.scheme.templates["common"], *archive.scheme.fields(item.class_code))}
    entry = _build_entry(archive, item, masker, meta, fields)
    return ItemDocument(
        id=item.id,
        revision=item.revision,
        title=item.title_masked,
        class_code=item.class_code,
        class_path=archive.scheme.get(item.class_code).path,
        department=item.department,
        state=item.state,
        sensitivity=item.sensitivity,
        reading_scope=item.reading_scope,
        owner=item.owner_id,
        volume_id=item.volume_id,
        archival_code=item.archival_code,
        reading_departments=tuple(sorted(item.reading_departments)),
        addressed_departments=tuple(sorted(item.addressed_departments)),
        security_drawing=item.security_drawing,
        on_hold=item.on_hold,
        creators=tuple(masker.mask(name) for name in item.creators),
        keywords=tuple(masker.mask(word) for word in item.keywords),
        metadata=entry.metadata,
        abstract=masker.mask(item.abstract),
        content=tuple(content.pages),
        numbers=entry.numbers,
        content_numbers=frozenset(content.numbers),
        year=item.year,
        date=DateInterval(item.date_from, item.date_to) if item.date_from and item.date_to else None,
        date_text=item.date,
        dates=tuple(_iter_periods(item.title_masked, meta, fields)),
        amounts=tuple(_iter_cents(meta, fields)),
        retention=item.retention,
        buildings=tuple(_values(meta.get("building"))),
        equipment=tuple(_values(meta.get("equip_name"))),
        carrier=item.carrier or None,
        origin=_origin(item),
        file_kinds=tuple(sorted({kind_of(file.media_type) for file in item.files if file.media_type})),
        extraction=tuple(sorted({file.outcome or WAITING for file in item.files})),
        restricted_catalogue=entry.restricted,
        restricted_content=tuple(content.originals),
        hashes=entry.hashes | content.hashes,
        codes=entry.codes | content.codes,
    )


def _build_entry(
    archive: Archive, item: Item, masker: Masker, meta: Mapping[str, Any], fields: Mapping[str, TemplateField]
) -> Entry:
    said = [(name, text) for name, held in meta.items() if _is_text(fields.get(name)) for text in _values(held)]
    plain = [item.doc_no, *(text for _, text in said)] if item.doc_no else [text for _, text in said]
    shown = (item.title, item.abstract, *item.creators, *item.keywords, *plain)
    sealed = [(name, text) for name, held in catalogue.read_sealed(archive, item).items() for text in _values(held)]
    admission = next((int(text) for text in _values(meta.get("admission_count")) if text.isdecimal()), None)
    secrets = {secret for name, text in sealed for secret in secrets_of_field(name, text, count=admission)}
    numbers = {key for name, text in said for key in keys_of_field(name, text)}
    numbers |= keys_of_field("doc_no", item.doc_no) | keys_of_field("archival_code", item.archival_code or "")
    for text in shown:
        numbers |= describe_numbers(masker.mask(text))
    return Entry(
        metadata=tuple(masker.mask(text) for text in plain),
        restricted=(
            *(text for text in shown if masker.mask(text) != text),
            *(text for name, text in sealed if not secrets_of_field(name, text)),
        ),
        numbers=frozenset(numbers),
        hashes=frozenset(hash_value(archive.keys, secret) for secret in secrets),
        codes=frozenset(found.prefix for _, text in sealed for found in recognise_numbers(text) if found.prefix),
    )


def _is_text(described: TemplateField | None) -> bool:
    return described is None or described.type not in _UNTEXTUAL


def _values(held: Any) -> list[str]:
    """A template field's values as texts."""
    values = held if isinstance(held, list) else [held]
    return [str(value) for value in values if value not in (None, "")]


def _iter_periods(title: str, meta: Mapping[str, Any], fields: Mapping[str, TemplateField]) -> Iterator[DateInterval]:
    """What a date search finds beside the date of the record: dated fields, their hours left aside, and the title."""
    dated = [
        text for name, held in meta.items() if name in fields and fields[name].type in _DATED for text in _values(held)
    ]
    for text in dated:
        stored = parse_date(text)
        yield from (stored,) if stored else (found.interval for found in find_dates(text))
    yield from (found.interval for found in find_dates(title))


def _iter_cents(meta: Mapping[str, Any], fields: Mapping[str, TemplateField]) -> Iterator[int]:
    for name, held in meta.items():
        if name not in fields or fields[name].type != "money":
            continue
        for text in _values(held):
            try:
                yield int(Decimal(text) * 100)
            except (InvalidOperation, ValueError, OverflowError):
                continue  # not a number: the form says so, the index goes without


def _origin(item: Item) -> str | None:
    """As catalogued; else what the files are."""
    scanned = [file.is_scanned for file in item.files if file.is_scanned is not None]
    return item.origin or (SCANNED if any(scanned) else BORN_DIGITAL if scanned else None)
