"""What one person sees of a page: which words are masked, which boxes are blackened, whose mark lies over it.

Masks. Without the right to unmask, text and image are hidden by the same spans. An image is withheld as a whole where
a mask cannot be placed: while the text is still being read; in classes about patients and personnel also where no text
was found; and where a sensitive word has no known place on the page.

Marks. Whoever reads by the rules of the class reads plain pages. A mark with name and time lies over every page for
officers of the health authority, and for those whom only a grant lets in – borrowed sight should be traceable when a
photo of the screen turns up. Prints carry it always, with the line that they prove nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive import catalogue, masking
from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor, Role
from archive.masking import Span
from archive.models import Item
from archive.record import Archive
from archive.texts import Line, PageText
from portal.page_marks import Box, find_hidden_boxes

if TYPE_CHECKING:
    from portal.files.service import OpenedFile


@dataclass(frozen=True)
class SeenPage:
    """A page for one person: `page` with the words this person may see, `spans` of those masked, boxes over them.

    `withheld` is empty, or the code of why the page image cannot be shown.
    """

    page: PageText | None
    spans: tuple[Span, ...] = ()
    hidden: tuple[Box, ...] = ()
    withheld: str = ""


def needs_stamp(actor: Actor, item: Item) -> bool:
    """Whether this reader's pages carry the reader's mark."""
    without_grants = replace(actor, grants=())
    return Role.AUTHORITY in actor.roles or not policy.decide(Action.ITEM_READ, without_grants, item).allowed


def see_page(archive: Archive, opened: OpenedFile, number: int, page: PageText | None) -> SeenPage:
    """Page `number`, of which `page` is the text, as the opener may see it."""
    if opened.sees_all:
        return SeenPage(page)
    masker = catalogue.build_masker(archive, opened.item)
    not_yet = "" if opened.is_page_read(number) else "page_not_read"
    if page is None or not page.text.strip():
        return SeenPage(page, withheld=not_yet or ("page_not_maskable" if masker.is_personal else ""))
    spans = masker.find_spans(page.text)
    unplaced = any(not any(page.boxes(span.start, span.end)) for span in spans)
    return SeenPage(
        page=mask_page(page, spans),
        spans=tuple(spans),
        hidden=find_hidden_boxes(page, spans, personal=masker.is_personal),
        withheld=not_yet or ("page_not_maskable" if unplaced and page.width else ""),
    )


def mask_page(page: PageText, spans: Sequence[Span]) -> PageText:
    """The page with its sensitive words starred; lines, boxes and offsets stay."""
    if not spans:
        return page
    masked = masking.mask(page.text, spans)
    lines: list[Line] = []
    offset = 0
    for line in page.lines:
        lines.append(replace(line, text=masked[offset : offset + len(line.text)]))
        offset += len(line.text) + 1
    return replace(page, lines=tuple(lines))


def find_masking_need(archive: Archive, opened: OpenedFile, pages: Sequence[PageText]) -> str:
    """Why the original may not leave: empty, or a code. It cannot be masked, so it goes whole or not at all."""
    if opened.sees_all:
        return ""
    if not opened.is_read:
        return "page_not_read"
    masker = catalogue.build_masker(archive, opened.item)
    if masker.is_personal and not any(page.text.strip() for page in pages):
        return "page_not_maskable"
    if any(masker.find_spans(page.text) for page in pages):
        return "original_masked"
    return ""


def mask_words(archive: Archive, item: Item, text: str, *, sees_all: bool) -> str:
    """A short text about the item – a file name, a remark – as this person may see it."""
    return text if sees_all else catalogue.build_masker(archive, item).mask(text)
