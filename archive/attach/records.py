"""The catalogued records that names of files may mean, as far as the actor may add files to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.attach.matching import Target
from archive.models import CaseVolume, File, Item

PORTION = 500
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class Missing:
    """A record without a file, in a volume for which files came."""

    item_id: str
    code: str


@dataclass(frozen=True)
class PageDifference:
    """A record whose files have another number of pages than its catalogue entry."""

    item_id: str
    code: str
    catalogued: int
    found: int


def find_targets(session: Session, actor: Actor, codes: Collection[str]) -> list[Target]:
    """Records of those codes, and all pieces of those volumes, to which the actor may add files."""
    found: dict[str, Target] = {}
    for portion in _portions(codes):
        volumes = dict(
            session.execute(
                select(CaseVolume.id, CaseVolume.archival_code).where(CaseVolume.archival_code.in_(portion))
            ).all()
        )
        named = Item.archival_code.in_(portion) | Item.volume_id.in_(volumes)
        may = policy.condition(Action.ITEM_ATTACH, actor) & policy.condition(Action.ITEM_DISCOVER, actor)
        for item in session.scalars(select(Item).where(named, may).options(selectinload(Item.volume))):
            code = str(item.archival_code)
            first, last = _read_range(str(item.meta.get("page_range", "")))
            volume = str(item.volume.archival_code) if item.volume else ""
            found[code] = Target(code, item.id, volume, first, last)
    return list(found.values())


def find_touched(session: Session, actor: Actor, codes: Collection[str]) -> list[Target]:
    """The records of those codes, and all others of the volumes that they lie in."""
    volumes = {target.volume for target in find_targets(session, actor, codes)}
    return find_targets(session, actor, set(codes) | (volumes - {""}))


def _read_range(text: str) -> tuple[int | None, int | None]:
    match = _RANGE.fullmatch(text)
    return (int(match[1]), int(match[2]) if match[2] else None) if match else (None, None)


def list_missing(session: Session, targets: Collection[Target]) -> list[Missing]:
    """Those of the records that have no file at all. A volume's own entry needs none where its pieces are listed."""
    wholes = {target.volume for target in targets if target.volume != target.code}
    wanted = {target.item_id: target.code for target in targets if target.code not in wholes}
    for portion in _portions(wanted):
        for item_id in session.scalars(select(File.item_id).where(File.item_id.in_(portion)).distinct()):
            wanted.pop(item_id, None)
    return [Missing(item_id, code) for item_id, code in sorted(wanted.items(), key=lambda pair: pair[1])]


def list_page_differences(session: Session, item_ids: Collection[str]) -> list[PageDifference]:
    """Records whose files, all of them read, have another number of pages than the catalogue says."""
    found: list[PageDifference] = []
    pages, unread = func.sum(File.page_count), func.count().filter(File.page_count.is_(None))
    for portion in _portions(item_ids):
        rows = session.execute(
            select(Item.id, Item.archival_code, Item.page_count, pages)
            .join(File, File.item_id == Item.id)
            .where(Item.id.in_(portion), Item.page_count.is_not(None), File.parent_id.is_(None))
            .group_by(Item.id, Item.archival_code, Item.page_count)
            .having(unread == 0, pages != Item.page_count)
        )
        found += [PageDifference(row[0], str(row[1]), int(row[2] or 0), int(row[3] or 0)) for row in rows]
    return sorted(found, key=lambda difference: difference.code)


def _portions(values: Collection[str]) -> Iterator[list[str]]:
    waiting = iter(values)
    return iter(lambda: list(islice(waiting, PORTION)), [])
