"""Renders the demo archive: `python -m samples.render [S01 S02 …]` writes files/, truth/, manifest.csv and ids.csv.

Every file depends only on its record and on the installed typefaces; rendering twice gives the same bytes. Results are
committed: the portal never runs this.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from samples import layouts
from samples.drawing import drawing
from samples.encode import save_pages
from samples.fonts import FontMissingError
from samples.forms import form, grid
from samples.manifest import write_manifest
from samples.office import write_office
from samples.paper import LOOKS, scan
from samples.photo import photograph
from samples.plain import write_plain
from samples.portable import write_pdf
from samples.records import HERE, Record, load_records
from samples.sheet import Sheet

FILES, TRUTH = HERE / "files", HERE / "truth"
PHOTO_QUALITY = 82
TRUTHS = (
    "S01",
    "S02",
    "S05",
    "S07",
    "S14",
    "S15",
    "S18",
    "S23",
    "S24",
    "S27",
    "S29",
    "S32",
    "S36",
    "S45",
    "S47",
    "S50",
    "S54",
)
"""Records whose rendered text is kept line by line, one or more for every look, form and hand."""
LAYOUTS: dict[str, Callable[[Record], list[Sheet]]] = {
    "official": layouts.official,
    "letter": layouts.letter,
    "minutes": layouts.minutes,
    "contract": layouts.contract,
    "report": layouts.report,
    "certificate": layouts.certificate,
    "typescript": layouts.typescript,
    "form": form,
    "grid": grid,
}


def draw_pages(record: Record) -> list[Sheet]:
    """The clean pages of a scan or drawing, before any machine saw them."""
    return drawing(record) if record.render.kind == "drawing" else LAYOUTS[record.render.layout](record)


def render(record: Record) -> None:
    """Writes the record's file, if it has one, and its ground truth, if it is kept."""
    if not record.file:
        return
    path = FILES / record.file
    path.parent.mkdir(parents=True, exist_ok=True)
    match record.render.kind:
        case "scan" | "drawing":
            _render_scan(record, path)
        case "photo":
            photograph(record).save(path, "JPEG", quality=PHOTO_QUALITY)
        case "pdf":
            write_pdf(record, path)
        case "docx" | "xlsx" | "pptx":
            write_office(record, path)
        case _:
            write_plain(record, path)


def _render_scan(record: Record, path: Path) -> None:
    pages, look = draw_pages(record), LOOKS[record.render.look]
    images = [scan(page.image, look, record.rng(f"scan {number}")) for number, page in enumerate(pages)]
    save_pages(images, path, record.render.format, look.quality)
    if record.sample_id in TRUTHS:
        TRUTH.mkdir(exist_ok=True)
        text = "\f".join("\n".join(page.written) + "\n" for page in pages)
        (TRUTH / f"{record.sample_id}.txt").write_text(text, encoding="utf-8")


def main(wanted: list[str]) -> int:
    """Renders all records, or those named."""
    records = load_records()
    try:
        for record in records:
            if not wanted or record.sample_id in wanted:
                render(record)
                size = (FILES / record.file).stat().st_size // 1024 if record.file else 0
                print(f"{record.sample_id} {size:5d} KB  {record.file}")
    except FontMissingError as error:
        print(error, file=sys.stderr)
        return 1
    write_manifest(records, HERE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
