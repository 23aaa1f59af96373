"""Correcting recognised text: rulings kept as rows, laid over the stored pages whenever these are read.

Threat: two people correct one line and the second undoes the first unseen; a correction leaks content into the database
or the trail; a correction is lost when the file is read again. Guarantee: every correction is a new row with the next
revision of its page, written together with its event and the promise to index; a line that changed since the person
saw it is refused and shown; words and boxes are sealed; `correct_pages` is the one way from stored pages to what is
searched and shown. Residual risk: masks follow the corrected words, so who may correct could uncover a number by
writing it off; only those who see it unmasked may, and the history names them.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive import audit, catalogue, texts
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.corrections import Corrected, Entry, Ruling, apply, newest
from archive.errors import ConflictError, InvalidError, NotFoundError
from archive.models import Correction, File, Page, User, new_id, utc_now
from archive.quarantine import find_withholding
from archive.record import Archive
from archive.texts import Line, PageText

LONGEST: Final = 1000
"""Characters that one line may be corrected to."""
_SEAL: Final = "correction"


@dataclass(frozen=True)
class Said:
    """What a person says of one entry: the words that were shown, and the words that stand on the scan."""

    key: str
    shown: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class Saved:
    """What became of a form: lines recorded, and keys of those that somebody else has ruled otherwise meanwhile."""

    recorded: int
    conflicts: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One row of a page's history. `before` are the words that counted until then."""

    ruling: Ruling
    name: str
    before: str = field(repr=False)
    is_newest: bool


def read_rulings(archive: Archive, rows: Iterable[Correction]) -> list[Ruling]:
    """The rows as rulings, in their order. Raises SealedValueError."""
    return [_unseal(archive, row) for row in rows]


def correct_pages(archive: Archive, file: File, pages: Iterable[PageText]) -> Iterator[PageText]:
    """Stored pages of a file as they are searched and shown. Raises SealedValueError."""
    rows = defaultdict[int, list[Correction]](list)
    for row in file.corrections:
        rows[row.page].append(row)
    for page in pages:
        if page.number in rows:
            yield apply(page, newest(read_rulings(archive, rows[page.number])).values()).page
        else:
            yield page


def find_stored(archive: Archive, file: File, number: int) -> PageText | None:
    """A page as the machine read it; None where there is no text. Raises VaultError."""
    if file.text_address is None:
        return None
    with archive.vault.reader(file.text_address) as blob:
        return texts.read_page(blob, number) if 1 <= number <= texts.count_pages(blob) else None


def correct_page(archive: Archive, session: Session, file_id: str, page: PageText) -> Corrected:
    """One stored page under its rulings. Raises SealedValueError."""
    return apply(page, newest(list_rulings(archive, session, file_id, page.number)).values())


def list_rulings(archive: Archive, session: Session, file_id: str, number: int) -> list[Ruling]:
    """Everything that was ever said of a page, oldest first."""
    rows = select(Correction).where(Correction.file_id == file_id, Correction.page == number)
    return read_rulings(archive, session.scalars(rows.order_by(Correction.revision)))


def save(
    session: Session, archive: Archive, actor: Actor, file_id: str, number: int, said: Sequence[Said], *, revision: int
) -> Saved:
    """Records what a person says of lines of a page, seen at that revision.

    Raises NotFoundError, NotGrantedError, WithheldError, InvalidError by key, VaultError.
    """
    file, corrected, before = _open(session, archive, actor, file_id, number)
    entries = {entry.key: entry for entry in corrected.entries}
    if wrong := {one.key: "too_long" for one in said if len(one.text) > LONGEST}:
        raise InvalidError(details=wrong)
    changed = [one for one in said if _is_changed(entries.get(one.key), one, revision)]
    good = [one for one in said if one not in changed]
    conflicts = tuple(one.key for one in changed if one.key not in entries or entries[one.key].text != clean(one.text))
    page = corrected.machine
    for made, one in enumerate(good, 1):
        entry = entries[one.key]
        ruling = Ruling(
            line=entry.ruling.line if entry.ruling else new_id(),
            page=number,
            revision=before + made,
            found=entry.found,
            width=page.width,
            height=page.height,
            text=entry.text if one.text == one.shown else clean(one.text),
            is_taken_back=False,
            user_id=actor.id,
            made_at=utc_now(),
        )
        session.add(_seal(archive, file, ruling))
    if good:
        detail = {"page": number, "revision": before + len(good), "lines": len(good)}
        _finish(session, archive, actor, file, page, detail)
    return Saved(len(good), conflicts)


def take_back(
    session: Session, archive: Archive, actor: Actor, file_id: str, number: int, line: str, *, revision: int
) -> None:
    """Lets the machine's reading of a line count again; `revision` is that of the line's newest ruling.

    Raises as `save`, and ConflictError when somebody has ruled on the line since.
    """
    file, corrected, last = _open(session, archive, actor, file_id, number)
    ruling = newest(list_rulings(archive, session, file.id, number)).get(line)
    if ruling is None:
        raise NotFoundError(action=Action.TEXT_CORRECT, object_type="file", object_id=file.id)
    if ruling.revision != revision or ruling.is_taken_back:
        raise ConflictError
    back = replace(ruling, revision=last + 1, text="", is_taken_back=True, user_id=actor.id, made_at=utc_now())
    session.add(_seal(archive, file, back))
    detail = {"page": number, "revision": back.revision, "taken_back": ruling.revision}
    _finish(session, archive, actor, file, corrected.machine, detail)


def list_changes(session: Session, archive: Archive, file_id: str, number: int) -> list[Change]:
    """The history of a page, newest first."""
    rulings = list_rulings(archive, session, file_id, number)
    last = newest(rulings)
    users = select(User.id, User.display_name).where(User.id.in_({ruling.user_id for ruling in rulings}))
    names = {row.id: row.display_name for row in session.execute(users)}
    counted: dict[str, str] = {}
    changes = []
    for ruling in rulings:
        before = counted.get(ruling.line, ruling.found.text)
        counted[ruling.line] = ruling.found.text if ruling.is_taken_back else ruling.text
        changes.append(Change(ruling, names.get(ruling.user_id, ""), before, last[ruling.line] is ruling))
    return changes[::-1]


def clean(text: str) -> str:
    """Words as they are kept: one line, without characters that cannot be seen."""
    shown = "".join(" " if char in "\t\r\n" else char for char in unicodedata.normalize("NFC", text))
    return "".join(char for char in shown if unicodedata.category(char) not in ("Cc", "Cf", "Cs")).strip()


def _open(session: Session, archive: Archive, actor: Actor, file_id: str, number: int) -> tuple[File, Corrected, int]:
    """The file, locked, its page as it stands, and the number of the page's last revision."""
    file = gate.require_file(session, actor, Action.TEXT_CORRECT, file_id)
    session.refresh(file, with_for_update=True)  # a worker that reads the file anew waits, or has finished
    if withheld := find_withholding(archive.config, file):
        raise withheld(action=Action.TEXT_CORRECT, object_type="file", object_id=file.id, reason=file.reason)
    page = find_stored(archive, file, number)
    if page is None:
        raise NotFoundError(object_type="page", object_id=file.id, reason="page_not_found")
    rulings = list_rulings(archive, session, file.id, number)
    return file, apply(page, newest(rulings).values()), rulings[-1].revision if rulings else 0


def _is_changed(entry: Entry | None, said: Said, revision: int) -> bool:
    """Whether somebody else had the last word on the entry since it was shown."""
    return entry is None or entry.text != said.shown or (entry.ruling is not None and entry.ruling.revision > revision)


def _finish(
    session: Session, archive: Archive, actor: Actor, file: File, page: PageText, detail: Mapping[str, int]
) -> None:
    """What belongs to every change: figures of the page, index promise, event."""
    session.flush()
    corrected = correct_page(archive, session, file.id, page)
    figures = {"uncertain": corrected.uncertain, "confidence": corrected.page.confidence}
    session.execute(update(Page).where(Page.file_id == file.id, Page.number == page.number).values(figures))
    catalogue.touch(session, file.item)
    audit.record(session, archive.keys, actor, "text:correct", "file", file.id, detail=detail)


def _seal(archive: Archive, file: File, ruling: Ruling) -> Correction:
    found, row_id = ruling.found, new_id()
    body = {
        "found": (found.text, found.box, found.edges, found.confidence, found.vertical, found.doubtful),
        "size": (ruling.width, ruling.height),
        "text": ruling.text,
    }
    packed = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Correction(
        id=row_id,
        file_id=file.id,
        page=ruling.page,
        revision=ruling.revision,
        line=ruling.line,
        sealed=archive.sealer.seal(_SEAL, packed, row_id.encode()),
        is_taken_back=ruling.is_taken_back,
        user_id=ruling.user_id,
        made_at=ruling.made_at,
    )


def _unseal(archive: Archive, row: Correction) -> Ruling:
    body = json.loads(archive.sealer.unseal(_SEAL, row.sealed, row.id.encode()))
    text, box, edges, confidence, vertical, doubtful = body["found"]
    return Ruling(
        line=row.line,
        page=row.page,
        revision=row.revision,
        found=Line(text, tuple(box) if box else None, tuple(edges), confidence, vertical, tuple(doubtful)),
        width=body["size"][0],
        height=body["size"][1],
        text=body["text"],
        is_taken_back=row.is_taken_back,
        user_id=row.user_id,
        made_at=row.made_at,
    )
