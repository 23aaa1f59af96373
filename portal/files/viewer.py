"""The page viewer as data: one page with its hits, the way to the next, and everything beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from flask import url_for

from archive.access.actions import Action
from archive.record import Archive
from archive.texts import UNSURE, PageText
from portal.files.drawing import ZOOMS
from portal.files.service import OpenedFile, find_page, iter_pages
from portal.files.sight import SeenPage, mask_words, see_page
from portal.page_marks import Box
from retrieval.highlight import Marker
from retrieval.language import parse_query
from retrieval.params import parse_query_text

FIT: Final = "fit"
STRIP: Final = 30
"""Pages shown before and after the present one in the strip of thumbnails."""
LOOKED_THROUGH: Final = 120
"""Pages looked through for hits before and after the present one."""


@dataclass(frozen=True)
class Piece:
    """Characters of a line that look alike. `hit` counts from 1 on the page, 0 is none; `is_unsure`: look twice."""

    text: str
    hit: int = 0
    is_masked: bool = False
    is_unsure: bool = False


@dataclass(frozen=True)
class TextLine:
    """One recognised line; `confidence` in percent where it is uncertain."""

    pieces: tuple[Piece, ...]
    confidence: int | None = None


@dataclass(frozen=True)
class Hit:
    """One hit on the page, numbered from 1, with a box for every line it touches (left, top, width, height)."""

    number: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Thumbnail:
    """A page in the strip; without a picture where there is none, or none that may be shown yet."""

    number: int
    hits: int
    url: str
    has_picture: bool
    is_blank: bool


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything that the template shows."""

    opened: OpenedFile
    name: str
    title: str
    number: int
    query: str
    zoom: str
    page: PageText | None
    image_url: str
    withheld: str
    lines: tuple[TextLine, ...]
    hits: tuple[Hit, ...]
    current: int
    total_hits: int
    hits_before: int
    links: dict[str, str]
    zooms: tuple[tuple[str, str], ...]
    thumbnails: tuple[Thumbnail, ...] = field(repr=False)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing on the page."""
        return self.number in self.opened.blank

    @property
    def can_print(self) -> bool:
        """Whether the print button shows."""
        return Action.ITEM_PRINT in self.opened.rights

    @property
    def can_correct(self) -> bool:
        """Whether the text of the page may be corrected by this person, and has places to correct."""
        has_places = self.page is not None and any(line.box for line in self.page.lines)
        return Action.TEXT_CORRECT in self.opened.rights and self.opened.is_read and has_places

    @property
    def can_download(self) -> bool:
        """Whether the download button shows."""
        return Action.ITEM_DOWNLOAD in self.opened.rights


def build_marker(query: str) -> Marker | None:
    """What finds hits of a query; None for an empty one. Raises BadRequestError for an over-long query."""
    text = parse_query_text(query)
    return Marker(parse_query(text)) if text else None


def find_hits(marker: Marker | None, page: PageText | None) -> list[tuple[int, int]]:
    """Spans of the hits on a page as its reader sees it."""
    return marker.find_spans(page.text) if marker and page else []


def build_view(archive: Archive, opened: OpenedFile, number: int, query: str, zoom: str, current: int) -> View:
    """The page for this person. Raises BadRequestError for an over-long query."""
    marker = build_marker(query)
    seen = see_page(archive, opened, number, find_page(archive, opened, number))
    spans = find_hits(marker, seen.page)
    counts = _count_hits(archive, opened, marker, number)
    route = _Route(opened.file.id, query.strip(), zoom if zoom in ZOOMS else FIT)
    current = min(max(current, 1), len(spans))
    return View(
        opened=opened,
        name=mask_words(archive, opened.item, opened.file.name, sees_all=opened.sees_all),
        title=opened.item.title if opened.sees_all else opened.item.title_masked,
        number=number,
        query=route.query,
        zoom=route.zoom,
        page=seen.page,
        image_url=route.image(number) if opened.has_images and not seen.withheld else "",
        withheld=seen.withheld if opened.has_images else "",
        lines=tuple(_iter_lines(seen, spans)),
        hits=tuple(_iter_hits(seen.page, spans)),
        current=current,
        total_hits=sum(counts.values()),
        hits_before=sum(count for page, count in counts.items() if page < number),
        links=_build_links(route, number, opened.page_total, current, len(spans), counts),
        zooms=tuple((name, route.page(number, zoom=name)) for name in (FIT, *ZOOMS)),
        thumbnails=tuple(_iter_thumbnails(route, opened, number, counts)),
    )


@dataclass(frozen=True)
class _Route:
    """Addresses that keep the query and the enlargement."""

    file_id: str
    query: str
    zoom: str

    def page(self, number: int, *, hit: int = 0, zoom: str = "") -> str:
        chosen = zoom or self.zoom
        return url_for(
            "files.show",
            file_id=self.file_id,
            number=number,
            q=self.query or None,
            zoom=chosen if chosen != FIT else None,
            hit=hit or None,
            _anchor=f"hit-{hit}" if hit else None,
        )

    def image(self, number: int) -> str:
        size = self.zoom if self.zoom in ZOOMS else ZOOMS[0]
        return url_for("files.image", file_id=self.file_id, number=number, size=size)


def _build_links(
    route: _Route, number: int, total: int, current: int, here: int, counts: dict[int, int]
) -> dict[str, str]:
    """Addresses by name: previous, next, previous_hit, next_hit; what is not there has no entry."""
    links: dict[str, str] = {}
    if number > 1:
        links["previous"] = route.page(number - 1)
    if number < total:
        links["next"] = route.page(number + 1)
    before = [page for page, count in counts.items() if count and page < number]
    after = [page for page, count in counts.items() if count and page > number]
    if current > 1:
        links["previous_hit"] = route.page(number, hit=current - 1)
    elif before:
        links["previous_hit"] = route.page(before[-1], hit=counts[before[-1]])
    if current < here:
        links["next_hit"] = route.page(number, hit=current + 1)
    elif after:
        links["next_hit"] = route.page(after[0], hit=1)
    return links


def _count_hits(archive: Archive, opened: OpenedFile, marker: Marker | None, number: int) -> dict[int, int]:
    """Hits by page, as this person sees the pages."""
    if marker is None:
        return {}
    pages = iter_pages(archive, opened, max(1, number - LOOKED_THROUGH), number + LOOKED_THROUGH)
    return {page.number: len(marker.find_spans(_seen_text(archive, opened, page))) for page in pages}


def _seen_text(archive: Archive, opened: OpenedFile, page: PageText) -> str:
    seen = see_page(archive, opened, page.number, page).page
    return seen.text if seen else ""


def _iter_thumbnails(route: _Route, opened: OpenedFile, number: int, counts: dict[int, int]) -> Iterator[Thumbnail]:
    if opened.page_total > 1:
        for page in range(max(1, number - STRIP), min(opened.page_total, number + STRIP) + 1):
            count = counts.get(page, 0)
            drawn = opened.has_images and (opened.sees_all or opened.is_page_read(page))
            address = route.page(page, hit=min(count, 1))
            yield Thumbnail(page, count, address, has_picture=drawn, is_blank=page in opened.blank)


def _iter_hits(page: PageText | None, spans: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    for number, (start, end) in enumerate(spans, 1):
        boxes = page.boxes(start, end) if page else ()
        yield Hit(number, tuple((left, top, right - left, bottom - top) for left, top, right, bottom in boxes))


def _iter_lines(seen: SeenPage, hits: Sequence[tuple[int, int]]) -> Iterator[TextLine]:
    """Lines cut where a hit or a mask begins or ends."""
    if seen.page is None:
        return
    offset = 0
    masks = [(span.start, span.end) for span in seen.spans]
    for line in seen.page.lines:
        doubts = [(offset + place, offset + place + 1) for place in line.doubtful]
        unsure = line.confidence is not None and line.confidence < UNSURE
        yield TextLine(
            tuple(_iter_pieces(line.text, offset, hits, masks, doubts)),
            round(line.confidence * 100) if unsure and line.confidence is not None else None,
        )
        offset += len(line.text) + 1


Spans = Sequence[tuple[int, int]]


def _iter_pieces(text: str, start: int, hits: Spans, masks: Spans, doubts: Spans) -> Iterator[Piece]:
    end = start + len(text)
    edges = {edge for span in (*hits, *masks, *doubts) for edge in span if start < edge < end}
    for first, last in pairwise(sorted(edges | {start, end})):
        yield Piece(
            text[first - start : last - start],
            hit=next((number for number, (a, b) in enumerate(hits, 1) if a <= first < b), 0),
            is_masked=any(a <= first < b for a, b in masks),
            is_unsure=any(a <= first < b for a, b in doubts),
        )
