"""Separator sheets to print: the code for machines, the number and the title for people, one sheet a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import zxingcpp
from sqlalchemy import select

from archive import audit
from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import NotFoundError
from archive.models import Item
from archive.record import Archive
from archive.separators import write_code
from portal.items.model import title_of

MOST: Final = 200
"""Sheets of one case volume."""


@dataclass(frozen=True)
class Code:
    """A QR code (ISO/IEC 18004) as an outline of `size` × `size` modules, its quiet zone included."""

    size: int
    outline: str


@dataclass(frozen=True)
class Sheet:
    """One sheet."""

    archival_code: str
    title: str
    code: Code


def open_item_sheet(archive: Archive, actor: Actor, item_id: str) -> list[Sheet]:
    """The sheet of one record, its event committed; none for a record without an archival code.

    Raises NotFoundError alike for hidden and missing records, and for whoever uploads nothing.
    """
    _require_uploader(actor, "item", item_id)
    with archive.database.writing() as session:
        item = gate.require_item(session, actor, Action.ITEM_DISCOVER, item_id)
        audit.record(session, archive.keys, actor, "sheet:print", "item", item.id)
        return _build_sheets(actor, [item])


def open_volume_sheets(archive: Archive, actor: Actor, volume_id: str) -> list[Sheet]:
    """The sheets of all pieces that the reader may know of. A volume without such a piece is a missing one."""
    _require_uploader(actor, "volume", volume_id)
    with archive.database.writing() as session:
        seen = policy.condition(Action.ITEM_DISCOVER, actor)
        wanted = select(Item).where(Item.volume_id == volume_id, seen).order_by(Item.archival_code, Item.id)
        items = session.scalars(wanted.limit(MOST)).all()
        if not items:
            raise NotFoundError(action=Action.ITEM_DISCOVER, object_type="volume", object_id=volume_id)
        audit.record(session, archive.keys, actor, "sheet:print", "volume", volume_id)
        return _build_sheets(actor, items)


def _require_uploader(actor: Actor, object_type: str, object_id: str) -> None:
    if not policy.permits(Action.UPLOAD_USE, actor):
        raise NotFoundError(action=Action.UPLOAD_USE, object_type=object_type, object_id=object_id)


def _build_sheets(actor: Actor, items: Sequence[Item]) -> list[Sheet]:
    return [
        Sheet(item.archival_code, title_of(actor, item), draw_code(write_code(item.archival_code)))
        for item in items
        if item.archival_code
    ]


def draw_code(text: str) -> Code:
    """The QR code of a text, a quarter of which may be lost (level Q)."""
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    modules = np.array(drawn.to_image(scale=1, add_quiet_zones=True)) == 0
    outline = "".join(f"M{x} {y}h1v1h-1z" for y, x in zip(*map(np.ndarray.tolist, modules.nonzero()), strict=True))
    return Code(len(modules), outline)
