"""OFD, the fixed-layout format of GB/T 33190-2016: page count, text with boxes, pictures for recognition.

A page's text is that of its templates, its own layers and its annotations: in this order where no template mixes in,
else by place. Page units are points of the page as shown, with the origin at its top left.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from PIL import Image

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import lines, package, usefulness
from render.ops.ofd_image import draw_pictures, picture_share
from render.ops.ofd_layout import OfdFile, PageContent, PageParts, open_file
from render.ops.ofd_text import Glyph, iter_glyphs, join_glyphs

Result = tuple[dict[str, Any], bytes]
POINTS_PER_INCH = 72
_SAME_ROW = 0.5


def prepare() -> None:
    """Loads all codecs while files may still be opened."""
    Image.init()
    package.prepare()


def _inspect(_: dict[str, Any], source: Source) -> Result:
    """How many pages there are."""
    return {"pages": len(open_file(source).pages)}, b""


def _text(params: dict[str, Any], source: Source) -> Result:
    """Pages `first` to `last` (from 1): width, height, lines; a page that cannot be parsed has a reason."""
    file = open_file(source)
    wanted = range(params["first"], min(params["last"], len(file.pages)) + 1)
    return {"pages": [_read_page(file, number) for number in wanted]}, b""


OPS = {"ofd.inspect": _inspect, "ofd.text": _text}


def _read_page(file: OfdFile, number: int) -> dict[str, Any]:
    page = {"number": number, "width": 0.0, "height": 0.0, "lines": [], "needs_ocr": False}
    try:
        content = PageContent.read(_find_page(file, number))
        width, height = content.size
        glyphs = chain.from_iterable(
            iter_glyphs(thing, matrix, run)
            for run, (thing, matrix) in enumerate(content.iter_objects())
            if thing.tag == "TextObject"
        )
        found = lines.build_lines(join_glyphs(_in_order(glyphs, content)), width, height)
        share = picture_share(content)
        text = "".join(line["text"] for line in found)
        verdict = usefulness.judge(text, lambda: usefulness.Cover(images=share, objects=int(share > 0)))
    except OpError as err:
        if err.outcome != "unreadable":
            raise
        return page | {"reason": err.reason}
    return page | {
        "width": round(width, 2),
        "height": round(height, 2),
        "lines": [] if verdict.is_garbage and share else found,
        "needs_ocr": verdict.needs_ocr and share > 0,
    }


def draw_page(source: Source, number: int, *, dpi: float, max_pixels: int) -> tuple[Image.Image, float, float]:
    """Image of the pictures on page `number` for recognition, and the page's size in page units."""
    content = PageContent.read(_find_page(open_file(source), number))
    scale = dpi / POINTS_PER_INCH
    return draw_pictures(content, scale=scale, max_pixels=max_pixels), *content.size


def _find_page(file: OfdFile, number: int) -> PageParts:
    if not 1 <= number <= len(file.pages):
        raise OpError("page_not_found")
    return file.pages[number - 1]


def _in_order(glyphs: Iterator[Glyph], content: PageContent) -> Iterator[Glyph]:
    """By objects: as the page holds them, or, where a form's words are in a template, from top left to bottom right."""
    if not content.has_templates:
        return glyphs
    runs: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        runs.setdefault(glyph.run, []).append(glyph)
    rows: list[list[list[Glyph]]] = []
    for run in sorted(runs.values(), key=lambda run: run[0].at[1]):
        first = rows[-1][0][0] if rows else None
        if first is not None and run[0].at[1] - first.at[1] < _SAME_ROW * min(run[0].size, first.size):
            rows[-1].append(run)
        else:
            rows.append([run])
    ordered = (run for row in rows for run in sorted(row, key=lambda run: run[0].at[0]))
    return chain.from_iterable(ordered)
