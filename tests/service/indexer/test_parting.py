"""Stacks of scans with separator sheets: each part reaches its record, and what reaches none is kept and told."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from archive import accounts, catalogue, intake, outbox
from archive.access.actor import SYSTEM, Actor, Role, resolve_actor
from archive.models import Event, File, Item
from archive.record import Archive
from archive.separators import write_code
from archive.states import State
from indexer.ingest import Ingest
from indexer.worker import Worker
from tests.indexer_world import FONT, Index, describe, drain, get_file

VOLUME = "H002-KJ·SB·YL-087"
CONTRACT, ACCEPTANCE, UNKNOWN = f"{VOLUME}-001", f"{VOLUME}-002", f"{VOLUME}-009"
HIDDEN = "H002-KJ·SB·YL-088-001"
SIZE = (1240, 1754)
"""A4 at 150 dots an inch."""


def page(text: str) -> Image.Image:
    image = Image.new("L", SIZE, 250)
    ImageDraw.Draw(image).text((160, 300), text, font=ImageFont.truetype(FONT, 48), fill=10)
    return image


def separator(text: str, form: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> Image.Image:
    image, code = page("分隔页"), zxingcpp.create_barcode(text, form)
    scale = 6 if form == zxingcpp.BarcodeFormat.QRCode else 2
    image.paste(Image.fromarray(code.to_image(scale=scale, add_quiet_zones=True)), (100, 700))
    return image


def make_tiff(pages: Sequence[Image.Image]) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw", dpi=(150, 150))
    return out.getvalue()


def make_pdf(pages: Sequence[Image.Image]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for image in pages:
        canvas.drawImage(ImageReader(image), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def clerk(archive: Archive) -> Actor:
    """A filing clerk with two catalogued drafts of the own department; a third draft is of another one."""
    with archive.database.writing() as session:
        for code, title, department in (
            (CONTRACT, "采购合同", "HQB"),
            (ACCEPTANCE, "验收报告", "HQB"),
            (HIDDEN, "别的科室的设备", "BAS"),
        ):
            more = {"class_code": "KJ·SB·YL", "department": department, "state": State.DRAFT, "archival_code": code}
            catalogue.create_item(session, archive, SYSTEM, describe(title, **more))
        user = accounts.create_user(session, archive.keys, SYSTEM, name="li", roles=[Role.CLERK], departments=["HQB"])
        return resolve_actor(session, user)


def hand_in_stack(archive: Archive, actor: Actor, data: bytes, name: str) -> str:
    stored = intake.store(archive, io.BytesIO(data))
    with archive.database.writing() as session:
        item = catalogue.create_item(session, archive, actor, describe("一叠扫描件", state=State.DRAFT))
        job = intake.open_job(session, actor, intake.UPLOAD)
        return intake.register(session, archive, actor, item, stored, name=name, job=job, is_stack=True).id


def files_of(archive: Archive, code: str) -> list[File]:
    with archive.database.reading() as session:
        return list(session.scalars(select(File).join(Item).where(Item.archival_code == code)))


def inside(archive: Archive, stack_id: str) -> list[tuple[str, str, str, int | None]]:
    """Name, outcome, reason and pages of what stayed with a stack."""
    with archive.database.reading() as session:
        kept = session.scalars(select(File).where(File.parent_id == stack_id).order_by(File.position))
        return [(file.name, file.outcome, file.reason, file.page_count) for file in kept]


PAGES = ("消防水泵记录", "锅炉检验报告", "电梯年检合格")


@pytest.mark.parametrize(("make", "ending"), [(make_pdf, "pdf"), (make_tiff, "tif")])
def test_each_part_reaches_its_record(
    archive: Archive, worker: Worker, index: Index, clerk: Actor, make: object, ending: str
) -> None:
    first, second, third = map(page, PAGES)
    back = Image.new("L", SIZE, 248)
    stack = [separator(write_code(CONTRACT)), back, first, second, separator(write_code(ACCEPTANCE)), third]
    data = make(stack)  # type: ignore[operator]
    stack_id = hand_in_stack(archive, clerk, data, f"一叠.{ending}")
    drain(worker)
    kept = get_file(archive, stack_id)
    assert (kept.outcome, kept.reason, kept.page_count) == ("empty", "stack_parted", None)
    with archive.vault.reader(kept.address or "") as blob:
        assert blob.read() == data, "the stack stays as it came"
    [contract], [acceptance] = files_of(archive, CONTRACT), files_of(archive, ACCEPTANCE)
    assert (contract.name, contract.outcome, contract.page_count) == (f"一叠 (3-4).{ending}", "searchable", 2)
    assert (acceptance.name, acceptance.outcome, acceptance.page_count) == (f"一叠 (6-6).{ending}", "searchable", 1)
    assert index.find_words("消防水泵记录") == index.find_words("锅炉检验报告") == {contract.item_id}
    assert index.find_words("电梯年检合格") == {acceptance.item_id}
    assert index.find_words("分隔页") == set(), "a separator sheet is no page"
    with archive.database.reading() as session:
        attached = session.scalars(select(Event).where(Event.action == "item:attach")).all()
        assert {(event.actor_id, event.detail["stack"]) for event in attached} == {(clerk.id, stack_id)}


def test_hidden_and_missing_records_are_answered_alike_and_nothing_is_lost(
    archive: Archive, worker: Worker, index: Index, clerk: Actor
) -> None:
    answers = []
    for code in (HIDDEN, UNKNOWN):
        stack = [page(PAGES[0]), separator(write_code(code)), page(PAGES[1]), separator(write_code(CONTRACT))]
        stack_id = hand_in_stack(archive, clerk, make_pdf([*stack, page(f"第{len(answers) + 1}份合同")]), "一叠.pdf")
        drain(worker)
        kept = get_file(archive, stack_id)
        answers.append((kept.outcome, kept.reason, inside(archive, stack_id)))
        assert index.find_words(PAGES[1]) >= {kept.item_id}
    assert answers[0] == answers[1]
    assert answers[0] == (
        "empty",
        "stack_parts_left",
        [
            ("一叠 (1-1).pdf", "searchable", "before_separator", 1),
            ("一叠 (3-3).pdf", "searchable", "separator_unknown", 1),
        ],
    )
    assert files_of(archive, HIDDEN) == []
    assert len(files_of(archive, CONTRACT)) == 2


def test_codes_of_other_makings_part_nothing(archive: Archive, worker: Worker, clerk: Actor) -> None:
    """Invoices bear QR codes, parcels bar codes, and neither names a record."""
    stack = [page(PAGES[0]), separator("https://example.org/fp?no=1"), separator(CONTRACT.replace("·", "."))]
    stack_id = hand_in_stack(archive, clerk, make_pdf([*stack, page(PAGES[1])]), "发票.pdf")
    drain(worker)
    kept = get_file(archive, stack_id)
    assert (kept.outcome, kept.reason, kept.page_count) == ("searchable", "no_separators", 4)
    assert files_of(archive, CONTRACT) == []


def test_bar_codes_and_sheets_without_pages(archive: Archive, worker: Worker, clerk: Actor) -> None:
    bars = zxingcpp.BarcodeFormat.Code128
    stack = [separator(write_code(CONTRACT), bars), page(PAGES[0]), separator(write_code(ACCEPTANCE))]
    stack_id = hand_in_stack(archive, clerk, make_tiff(stack), "一叠.tif")
    drain(worker)
    assert [file.page_count for file in files_of(archive, CONTRACT)] == [1]
    assert get_file(archive, stack_id).reason == "stack_parts_left"
    assert [told[1:3] for told in inside(archive, stack_id)] == [("empty", "separator_without_pages")]


def test_who_did_not_ask_for_it_gets_no_part(archive: Archive, worker: Worker, clerk: Actor, tmp_path: Path) -> None:
    path = tmp_path / "一叠.pdf"
    path.write_bytes(make_pdf([separator(write_code(CONTRACT)), page(PAGES[0])]))
    plain = Ingest(archive, clerk)
    plain.take(plain.plan(path, None))
    drain(worker)
    [line] = plain.report()
    assert (line.outcome, line.pages) == ("searchable", 2)
    assert files_of(archive, CONTRACT) == []


def test_numbered_images_are_parted_like_any_stack(
    archive: Archive, worker: Worker, clerk: Actor, tmp_path: Path
) -> None:
    folder = tmp_path / "一叠"
    folder.mkdir()
    stack = [separator(write_code(CONTRACT)), page(PAGES[0]), separator(write_code(ACCEPTANCE)), page(PAGES[1])]
    for number, image in enumerate(stack, 1):
        image.save(folder / f"{number}.png")
    run = Ingest(archive, clerk, is_parting=True)
    run.take(run.plan(folder, None, is_joining=True))
    drain(worker)
    [line] = run.report()
    assert (line.outcome, line.reason) == ("empty", "stack_parted")
    assert [file.chars for file in files_of(archive, CONTRACT)] == [len(PAGES[0])]
    assert [file.outcome for file in files_of(archive, ACCEPTANCE)] == ["searchable"]


def test_reading_a_stack_again_adds_nothing_twice(archive: Archive, worker: Worker, clerk: Actor) -> None:
    stack = [separator(write_code(CONTRACT)), page(PAGES[0]), separator(write_code(UNKNOWN)), page(PAGES[1])]
    stack_id = hand_in_stack(archive, clerk, make_pdf(stack), "一叠.pdf")
    drain(worker)
    before = inside(archive, stack_id)
    with archive.database.writing() as session:
        file = session.get_one(File, stack_id)
        file.outcome = file.reason = ""
        outbox.promise(session, outbox.Topic.INGEST, stack_id)
    drain(worker)
    assert inside(archive, stack_id) == before
    assert len(files_of(archive, CONTRACT)) == 1
    part = files_of(archive, CONTRACT)[0]
    with archive.vault.reader(part.address or "") as blob:
        assert len(pdfium.PdfDocument(blob.read())) == 1
