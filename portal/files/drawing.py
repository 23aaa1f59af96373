"""Page images for views: the service of this application, sizes and formats that may be asked for, and the stamp."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast
from weakref import finalize

from flask import Flask, current_app

from archive.models import utc_now
from archive.record import Archive
from config import ZONE
from portal import context
from portal.files.service import OpenedFile
from portal.files.sight import SeenPage
from portal.images import DrawingFailedError, PageImages, Size, Subject
from portal.page_cache import PageCache
from portal.page_marks import Stamp
from portal.rendering import SandboxRenderer

_KEY: Final = "guidang.images"
THUMBNAIL: Final = "thumb"
THUMBNAIL_PIXELS: Final = 240
ZOOMS: Final = ("100", "150", "200")
"""Enlargements of a page, in percent of the resolution for viewing. Nothing else is drawn, so the cache stays small."""
PRINT_ZOOM: Final = "150"
NOT_EVIDENCE: Final = "仅供查阅，不作凭证  For reference only, not valid as evidence"


class NoImageError(DrawingFailedError):
    """The file has no page images: an office document, mail, sound."""

    code = "no_page_image"
    status = 404


class WithheldError(DrawingFailedError):
    """The image cannot be masked (yet), so it is not shown."""

    code = "not_granted"
    status = 403


def init_images(app: Flask) -> None:
    """Sets up page images. Children are started when the first page is asked for, after the server has forked."""
    with app.app_context():
        archive = context.get_archive()
    renderer = SandboxRenderer(archive.vault)
    finalize(app, renderer.close)
    app.extensions[_KEY] = PageImages(renderer, PageCache(archive))


def get_images() -> PageImages:
    """The page image service of the running application."""
    return cast(PageImages, current_app.extensions[_KEY])


def find_size(archive: Archive, name: str) -> Size | None:
    """The size of that name."""
    if name == THUMBNAIL:
        return Size(longest=THUMBNAIL_PIXELS)
    return Size(dpi=archive.config.view_dpi * int(name) // 100) if name in ZOOMS else None


def build_subject(opened: OpenedFile, number: int, seen: SeenPage) -> Subject:
    """What is drawn for this person. Raises NoImageError, WithheldError."""
    if not opened.has_images:
        raise NoImageError
    if seen.withheld:
        raise WithheldError(reason=seen.withheld)
    width, height = (seen.page.width, seen.page.height) if seen.page else (0.0, 0.0)
    return Subject(
        address=opened.address,
        media_type=opened.file.media_type,
        page=number,
        hidden=seen.hidden,
        width=width,
        height=height,
    )


def build_stamp(person: context.Person, address: str, *, print_number: str = "") -> Stamp:
    """The reader's mark: name, account, minute and network address; on prints also their number."""
    at: datetime = utc_now().astimezone(ZONE)
    who = f"{person.display_name} {person.name}" if person.display_name != person.name else person.name
    lines = (who, f"{at:%Y-%m-%d %H:%M} {address}".strip())
    return Stamp(lines, f"{NOT_EVIDENCE}  {who}  {at:%Y-%m-%d %H:%M}  {print_number}" if print_number else "")
