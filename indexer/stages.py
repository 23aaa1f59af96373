"""The stages of reading one file, each a small function from what is known to what is known next.

A stage writes nothing to the database: what the stages found is recorded in one transaction by `indexer.pipeline`.
Errors say whose fault they are: ToolError is the document's, ToolUnavailableError and VaultFullError pass by
themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import BinaryIO, Final, cast

from archive import texts
from archive.reasons import Outcome
from archive.record import Archive
from indexer.extract import types
from indexer.extract.normalise import normalise_page
from indexer.extract.registry import choose_extractor, open_document
from indexer.identify import Kind
from indexer.parting import Part
from indexer.toolbox import Toolbox
from indexer.unpacking import MAX_DEPTH, Member, find_room
from indexer.unpacking import unpack as take_members
from render import eicar
from render.clamd import Finding
from render.errors import ToolError, ToolUnavailableError

log = logging.getLogger(__name__)

WARNINGS = (
    *("text_cut", "pages_unreadable", "separator_unknown", "before_separator", "no_separators", "numbers_missing"),
    *("repaired", "members_left_out", "has_macros", "tracked_changes"),
    *("drawing_facts_only", "media_without_transcript", "name_cleaned", "extension_mismatch"),
)
"""Reasons that a readable file may carry, the gravest first: a file has room for one."""


@dataclass(frozen=True)
class Source:
    """What the stages may know of a file's row. The name tells the extension and is not logged."""

    file_id: str
    name: str = field(repr=False)
    address: str
    root_id: str | None = None
    depth: int = 0
    is_stack: bool = False
    warning: str = ""
    """What is to be said of it already, a code of `archive.reasons`."""


@dataclass(frozen=True)
class ReadPage:
    """One page as it will be recorded; `packed` is its text and stays empty while recognition is to come."""

    number: int
    width: float
    height: float
    engine: str
    confidence: float | None
    uncertain: int
    chars: int
    reason: str
    needs_ocr: bool
    is_blank: bool
    dpi: int | None = None
    packed: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class Reading:
    """What is known of one file so far."""

    source: Source
    document: types.Document | None = None
    media_type: str = ""
    is_mismatched: bool = False
    scan_version: str = ""
    """What judged the file clean; empty while nothing did."""
    members: tuple[Member, ...] = ()
    parts: tuple[Part, ...] = ()
    pages: tuple[ReadPage, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: int | None = None
    text_address: str | None = None

    def require_document(self) -> types.Document:
        """The document in memory. Raises RuntimeError before `load`."""
        if self.document is None:
            raise RuntimeError("the document is not loaded")
        return self.document

    @property
    def made(self) -> tuple[str, ...]:
        """Addresses of the blobs that the stages wrote."""
        found = [member.stored for member in self.members] + [part.stored for part in self.parts]
        addresses = tuple(stored.address for stored in found if stored is not None)
        return (*addresses, self.text_address) if self.text_address else addresses

    @property
    def awaited(self) -> tuple[int, ...]:
        """Numbers of the pages that wait for recognition."""
        return tuple(page.number for page in self.pages if page.needs_ocr)


def load(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:  # noqa: ARG001 - stages are alike
    """Decrypts the file into memory and looks what it is."""
    with archive.vault.reader(reading.source.address) as blob:
        document = open_document(cast(BinaryIO, blob), reading.source.name)
    known = document.identified
    warnings = (
        reading.source.warning,
        "extension_mismatch" if known.extension_mismatch else "",
        "has_macros" if known.has_macros else "",
    )
    return replace(
        reading,
        document=document,
        media_type=known.media_type,
        is_mismatched=known.extension_mismatch,
        warnings=tuple(filter(None, warnings)),
    )


def scan(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:  # noqa: ARG001 - stages are alike
    """Asks the virus scanner before anything parses the file. The test string is known without one.

    Raises ToolError `virus`, `too_large_to_scan` (quarantined); ScannerUnavailableError where a verdict is required.
    """
    document = reading.require_document()
    if eicar.matches(document.file):
        raise ToolError("virus", Outcome.QUARANTINED)
    if tools.scanner is None:
        return reading
    try:
        with tools.watch("scanner"):
            verdict = tools.scanner.scan(document.file.blocks())
    except ToolUnavailableError:
        if tools.is_scan_required:
            raise
        return reading
    if verdict.finding is Finding.INFECTED:
        log.warning("file %s: %s", reading.source.file_id, verdict.signature)
    refusal = verdict.find_refusal(is_required=tools.is_scan_required)
    if refusal:
        raise ToolError(refusal, Outcome.QUARANTINED)
    return reading if verdict.finding is Finding.TOO_LARGE else replace(reading, scan_version=verdict.version)


def unpack(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:
    """Takes the files out of a container, and what is attached to mail and documents, into the vault.

    What has text of its own is read even when its attachments cannot be had. Raises ToolError.
    """
    document, source = reading.require_document(), reading.source
    kind = document.identified.kind
    reader = tools.find_member_reader(document.identified)
    if reader is None:
        return reading
    try:
        with tools.watch("unpack"):
            if source.depth >= MAX_DEPTH and not reader.is_empty(document.file, document.identified.media_type):
                raise ToolError("container_too_deep")
            with archive.database.reading() as session:
                room = find_room(session, source.root_id)
            found = take_members(archive, reader, document, room, PurePath(source.name).stem)
        if kind is Kind.CONTAINER and not found.members:
            raise ToolError("container_empty", Outcome.EMPTY)
        if kind is Kind.CONTAINER and found.is_locked:
            raise ToolError("encrypted")
    except ToolError as err:
        if kind is Kind.CONTAINER or err.outcome == Outcome.QUARANTINED:
            raise
        return replace(reading, warnings=(*reading.warnings, "members_left_out"))
    left_out = () if found.is_whole else ("members_left_out",)
    return replace(reading, members=found.members, warnings=(*reading.warnings, *left_out))


def part(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:
    """Parts a stack at its separator sheets, where it was handed in as one. Raises ToolError."""
    if not reading.source.is_stack:
        return reading
    with tools.watch("pages"):
        parts = tools.parter.part(archive, reading.require_document(), reading.source.name)
    if not parts:
        return replace(reading, warnings=(*reading.warnings, "no_separators"))
    return replace(reading, parts=parts)


def extract(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:  # noqa: ARG001 - stages are alike
    """Reads the text of all pages, one page in memory at a time, each packed at once.

    A stack that was parted has its text in its parts: it ends with ToolError `stack_parted`.
    """
    if reading.parts:
        raise ToolError("stack_parted", Outcome.EMPTY)
    document = reading.require_document()
    extractor = choose_extractor(tools.extractors, document.identified)
    with tools.watch(extractor.name):
        found = extractor.extract(document)
        pages = tuple(describe_page(page) for page in found.pages)
    warnings = (*reading.warnings, *found.warnings)
    return replace(reading, media_type=found.media_type, pages=pages, warnings=warnings, seconds=found.seconds)


def store(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:  # noqa: ARG001 - stages are alike
    """Writes the text read so far as one encrypted blob. Pages that wait for recognition are empty in it."""
    if all(page.needs_ocr for page in reading.pages) or not any(page.chars for page in reading.pages):
        return reading
    return replace(reading, text_address=store_pages(archive, [page.packed for page in reading.pages]))


STAGES = (load, scan, unpack, part, extract, store)


def decrypt(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:
    """Takes what the password opens, once given by a person, into the vault: as a file inside the encrypted one.

    Raises ToolError `file_password_gone`, `file_password_wrong`, `encryption_unknown`, `damaged`, `container_too_deep`.
    """
    document, source = reading.require_document(), reading.source
    if source.depth >= MAX_DEPTH:
        raise ToolError("container_too_deep")
    with tools.watch("password"):
        password = tools.take_password(archive, source.file_id)
    if not password:
        raise ToolError("file_password_gone")
    with archive.database.reading() as session:
        room = find_room(session, source.root_id)
    with tools.open_with(password) as reader:
        found = take_members(archive, reader, document, room, source.name)
    if found.is_locked or not found.members:
        raise ToolError("file_password_wrong")
    left_out = () if found.is_whole else ("members_left_out",)
    return replace(reading, members=found.members, warnings=(*reading.warnings, *left_out))


def conclude_decrypting(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:  # noqa: ARG001 - stages are alike
    """An encrypted file has no text of its own: raises ToolError that says what became of it."""
    if any(member.reason == "encrypted" for member in reading.members):
        raise ToolError("file_password_wrong")
    is_container = reading.require_document().identified.kind is Kind.CONTAINER
    raise ToolError("container" if is_container else "decrypted", Outcome.EMPTY)


DECRYPTING: Final = (load, scan, decrypt, conclude_decrypting)
"""The stages instead, when somebody gave the password of an encrypted file."""


def store_pages(archive: Archive, packed: list[bytes]) -> str:
    """Writes the text blob of a file; its address."""
    with archive.vault.writer() as writer:
        for piece in texts.pack_pages(packed):
            writer.write(piece)
        return writer.finish().address


def describe_page(page: types.ExtractedPage) -> ReadPage:
    """The page as it will be recorded, its text normalised and packed."""
    page = normalise_page(page)
    return ReadPage(
        number=page.number,
        width=page.width,
        height=page.height,
        engine=page.engine,
        confidence=None if page.confidence is None else round(page.confidence, 4),
        uncertain=page.uncertain,
        chars=sum(len(line.text) for line in page.lines),
        reason=page.reason,
        needs_ocr=page.needs_ocr,
        is_blank=page.is_blank,
        dpi=page.dpi,
        packed=texts.pack_page(page),
    )


def describe_failure(number: int, reason: str) -> ReadPage:
    """A page that could not be recognised."""
    return ReadPage(
        number=number,
        width=0,
        height=0,
        engine="",
        confidence=None,
        uncertain=0,
        chars=0,
        reason=reason,
        needs_ocr=True,
        is_blank=False,
    )


def recognise(tools: Toolbox, reading: Reading, number: int) -> ReadPage:
    """Reads one page by character recognition, beside the text layer that it has. Raises ToolError."""
    document = reading.require_document()
    extractor = choose_extractor(tools.extractors, document.identified)
    page = next(iter(extractor.extract(document, first=number, last=number).pages), None)
    if page is None or page.number != number:
        raise ToolError("page_not_found")
    return replace(describe_page(tools.recogniser.read(document, page)), needs_ocr=True)


def decide(pages: Sequence[tuple[int, str]], warnings: Sequence[str], *, blank: int = 0) -> tuple[Outcome, str]:
    """Outcome and reason of a file from the pairs (characters, reason) of its pages, how many of them are blank, and
    the warnings on the way."""
    unreadable = [reason for _, reason in pages if reason]
    if not any(chars for chars, _ in pages):
        without = "media_without_transcript"
        empty = without if without in warnings else "no_text"
        empty = "blank" if blank and blank == len(pages) else empty
        return (Outcome.UNREADABLE, unreadable[0]) if unreadable else (Outcome.EMPTY, empty)
    return Outcome.SEARCHABLE, gravest((*warnings, *(("pages_unreadable",) if unreadable else ())))


def decide_failure(failure: ToolError, warnings: Sequence[str]) -> tuple[Outcome, str]:
    """Outcome and reason of a file without text; a container says when it did not give all."""
    if failure.reason == "container" and "members_left_out" in warnings:
        return Outcome(failure.outcome), "members_left_out"
    return Outcome(failure.outcome), failure.reason


def gravest(warnings: Sequence[str]) -> str:
    """The one warning that a file's row has room for, or nothing."""
    return next((code for code in WARNINGS if code in warnings), "")


def close(reading: Reading) -> None:
    """Gives the plaintext of the document back."""
    if reading.document is not None:
        reading.document.file.close()
