"""What the record has already of entries that are to be taken in, so that a run repeated adds nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import intake
from archive.access.actor import Actor
from archive.models import File, Item
from archive.reasons import Outcome
from indexer.manifest import Entry
from mappings.archival_code import normalise_code


@dataclass(frozen=True)
class Taken:
    """What became of one entry at the door: a registered file, a twin of it, or a refusal with its reason."""

    entry: Entry
    item_id: str | None = None
    file_id: str | None = None
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Known:
    """What the record has already of some entries: items by archival code, files by item and digest, and files with
    the same bytes that the actor may know of."""

    items: Mapping[str, Item]
    files: Mapping[tuple[str, bytes], File]
    twins: dict[bytes, File]

    @classmethod
    def read(cls, session: Session, actor: Actor, entries: Sequence[Entry], digests: Sequence[bytes | None]) -> Known:
        """Asks for all entries at once; `digests` are those of their files, in order."""
        items, wanted = read_items(session, entries), [digest for digest in digests if digest]
        same = select(File).where(File.item_id.in_([item.id for item in items.values()]), File.digest.in_(wanted))
        files = session.scalars(same).all() if items and wanted else ()
        twins = intake.find_twins(session, actor, wanted) if wanted else {}
        return cls(items, {(file.item_id, file.digest): file for file in files}, twins)

    def find_item(self, entry: Entry) -> Item | None:
        """The item of the entry's archival code."""
        return self.items.get(code_of(entry))

    def find_duplicate(self, entry: Entry, digest: bytes | None) -> Taken | None:
        """A file with these bytes: in the entry's own record where it names one, else anywhere."""
        if digest is None:
            return None
        item = self.find_item(entry)
        if item is not None:
            twin = self.files.get((item.id, digest))
        else:
            twin = None if code_of(entry) else self.twins.get(digest)
        return Taken(entry, twin.item_id, twin.id, Outcome.DUPLICATE, "duplicate") if twin else None


def code_of(entry: Entry) -> str:
    """The archival code that the entry names, in normal form, or nothing."""
    code = entry.description.archival_code
    return normalise_code(code) if code else ""


def read_items(session: Session, entries: Sequence[Entry]) -> dict[str, Item]:
    """The items that the archival codes of the entries name, by code."""
    found = {}
    for codes in iter_portions({code for entry in entries if (code := code_of(entry))}):
        for item in session.scalars(select(Item).where(Item.archival_code.in_(codes))):
            found[str(item.archival_code)] = item
    return found


def iter_portions(ids: set[str]) -> Iterator[list[str]]:
    """Ids in lists short enough for one statement."""
    waiting = iter(ids)
    return iter(lambda: list(islice(waiting, 500)), [])
