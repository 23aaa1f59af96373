"""Papers for the tests of pages, images and files: known words at known places, so that boxes can be checked by pixel.

Pages are A4 in points (595 × 842), drawn by reportlab; the texts beside them are written by hand to the same geometry.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from archive import catalogue, intake, texts
from archive.access.actor import SYSTEM
from archive.catalogue import Description
from archive.models import File, Grant, Item, Page, new_id, utc_now
from archive.reasons import Outcome
from archive.record import Archive
from archive.states import FileStage, State
from archive.texts import Line, PageText

WIDTH, HEIGHT = 595.0, 842.0
LEFT, SIZE = 72.0, 20.0
PHONE = "13900000031"
NAME = "冯涛"
PAGES = (
    ("后勤社会化服务考核办法", "电梯维护保养按月考核"),
    (f"联系人：{NAME} 电话{PHONE}", "电梯困人应当立即救援"),
    ("附则", "本办法自印发之日起施行"),
)


def top_of(line: int) -> float:
    """Upper edge of a line of a page, in points from the top."""
    return 100.0 + 60.0 * line


def make_pdf(pages: Sequence[Sequence[str]] = PAGES) -> bytes:
    """Each line in `SIZE` points, its box at `LEFT`, `top_of(line)`."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for lines in pages:
        canvas.setFont("STSong-Light", SIZE)
        for number, text in enumerate(lines):
            canvas.drawString(LEFT, HEIGHT - top_of(number) - 0.85 * SIZE, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def make_tiff(count: int = 2) -> bytes:
    """Frames of 1240 × 1754 pixels (A4 at 150 dpi), frame n with n black bars."""
    frames = []
    for number in range(1, count + 1):
        frame = Image.new("L", (1240, 1754), 255)
        for bar in range(number):
            ImageDraw.Draw(frame).rectangle((100, 100 + 80 * bar, 1100, 130 + 80 * bar), fill=0)
        frames.append(frame)
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw", dpi=(150, 150))
    return out.getvalue()


def read_lines(lines: Iterable[str], *, confidence: float | None = None, doubtful: tuple[int, ...] = ()) -> list[Line]:
    """Lines as recognition would give them for `make_pdf`: wide characters a full, others half a size."""
    found = []
    for number, text in enumerate(lines):
        edges, right = [], LEFT
        for char in text:
            right += SIZE if ord(char) > 255 else SIZE / 2
            edges.append(right)
        top = top_of(number)
        found.append(Line(text, (LEFT, top, right, top + SIZE), tuple(edges), confidence, doubtful=doubtful))
    return found


def read_page(number: int, lines: Sequence[str], **more: Any) -> PageText:
    """A page as recognition would give it."""
    return PageText(number, WIDTH, HEIGHT, tuple(read_lines(lines, **more)), "test")


def read_pages(pages: Sequence[Sequence[str]] = PAGES) -> list[PageText]:
    """All pages of `make_pdf`."""
    return [read_page(number, lines) for number, lines in enumerate(pages, 1)]


@dataclass(frozen=True)
class Paper:
    """An item with one file."""

    item_id: str
    file_id: str


def describe(title: str, **more: Any) -> Description:
    """A filed paper of logistics: its members see all, the archive room reads masked, other staff only discover."""
    plain = {"class_code": "WS·HQ", "department": "HQB", "state": State.FILED, "sensitivity": 2}
    return Description(**{"title": title, **plain, **more})


def shelve(
    archive: Archive,
    data: bytes,
    pages: Sequence[PageText],
    *,
    name: str = "考核办法.pdf",
    media_type: str = "application/pdf",
    outcome: str = Outcome.SEARCHABLE,
    reason: str = "",
    title: str = "后勤社会化服务考核办法",
    owner: str | None = None,
    **more: Any,
) -> Paper:
    """An item with a file that was read; without an outcome, one whose pages wait for recognition."""
    stored = intake.store(archive, io.BytesIO(data))
    address = None
    if pages and outcome:
        with archive.vault.writer() as writer:
            for piece in texts.pack_pages(texts.pack_page(page) for page in pages):
                writer.write(piece)
            address = writer.finish().address
    with archive.database.writing() as session:
        item = catalogue.create_item(session, archive, SYSTEM, describe(title, **more))
        item.owner_id = owner
        job = intake.open_job(session, SYSTEM, "import")
        file = intake.register(session, archive, SYSTEM, item, stored, name=name, job=job)
        file.media_type, file.outcome, file.reason = media_type, str(outcome), reason
        file.stage = FileStage.DONE if outcome else FileStage.RECOGNISING
        file.page_count, file.text_address = len(pages) or None, address
        session.flush()
        if not outcome:
            _add_partial_pages(archive, session, file, pages)
        return Paper(item.id, file.id)


def shelve_unsure(archive: Archive, **more: Any) -> Paper:
    """A scan: page 1 has an uncertain line and one with doubtful characters, page 2 is certain, page 3 uncertain."""
    pages = [read_page(number, lines, confidence=0.95) for number, lines in enumerate(PAGES, 1)]
    first, second = pages[0].lines
    [*_, third] = read_lines(("", "", "二〇二四年五月"), confidence=0.97)
    unsure = replace(first, confidence=0.42), replace(second, doubtful=(0, 1)), third
    pages[0] = replace(pages[0], lines=unsure)
    pages[2] = read_page(3, PAGES[2], confidence=0.5)
    shelved = shelve(archive, make_pdf(), pages, **more)
    with archive.database.writing() as session:
        for page in pages:
            figures = {"confidence": page.confidence, "uncertain": page.uncertain}
            session.add(Page(file_id=shelved.file_id, number=page.number, needs_ocr=True, **figures))
    return shelved


def _add_partial_pages(archive: Archive, session: Any, file: File, pages: Sequence[PageText]) -> None:
    for page in pages:
        partial = archive.vault.put(texts.pack_page(page)).address if page.lines else None
        file.pages_done += partial is not None
        session.add(Page(file_id=file.id, number=page.number, width=WIDTH, height=HEIGHT, partial_address=partial))


def grant(archive: Archive, user_id: str, item_id: str, *rights: str, level: int = 3) -> str:
    """A grant for an hour; its id."""
    with archive.database.writing() as session:
        row = Grant(
            id=new_id(),
            user_id=user_id,
            item_id=item_id,
            rights=list(rights),
            level=level,
            reason="test",
            granted_by=new_id(),
            valid_from=utc_now() - timedelta(minutes=1),
            valid_until=utc_now() + timedelta(hours=1),
        )
        session.add(row)
        return row.id


def revoke(archive: Archive, grant_id: str) -> None:
    """Ends a grant."""
    with archive.database.writing() as session:
        session.get_one(Grant, grant_id).revoked_at = utc_now()


def get_file(archive: Archive, file_id: str) -> File:
    """The file as it stands."""
    with archive.database.reading() as session:
        return session.get_one(File, file_id)


def get_item(archive: Archive, item_id: str) -> Item:
    """The item as it stands."""
    with archive.database.reading() as session:
        return session.get_one(Item, item_id)


def open_image(data: bytes) -> Image.Image:
    """The image, decoded."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.convert("RGB")


def darkest_and_lightest(image: Image.Image, box: tuple[float, float, float, float]) -> tuple[int, int]:
    """Grey values within a box in points of an A4 page."""
    across, down = image.width / WIDTH, image.height / HEIGHT
    left, top, right, bottom = box
    part = image.crop((round(left * across), round(top * down), round(right * across), round(bottom * down)))
    low, high = part.convert("L").getextrema()
    return int(low), int(high)  # type: ignore[arg-type]
