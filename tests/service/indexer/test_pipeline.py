"""From bytes to searchable text: every kind of file, what becomes of it, and what the index then holds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from archive import texts
from archive.access.actor import SYSTEM
from archive.bundle import MEDIA_TYPE, Bundle, Leaf
from archive.models import Event
from archive.record import Archive
from archive.states import FileStage
from indexer.ingest import Ingest
from indexer.manifest import ManifestError
from indexer.worker import Worker
from mappings import fields
from mappings.aliases import Kind
from tests.indexer_world import (
    Index,
    count_open,
    drain,
    get_file,
    get_item,
    get_job,
    hand_in,
    make_docx,
    make_mail,
    make_mixed_pdf,
    make_page,
    make_pdf,
    make_scan,
    make_scanned_sheets,
    make_xlsx,
    register,
)
from tests.service.indexer.full_papers import build_wave

WORDS = "锅炉房年度检验报告"
SCANNED = ("锅炉检验报告", "消防水泵记录", "电梯年检合格")
BORN_DIGITAL = {
    "检验.docx": make_docx("一、概况", f"{WORDS}合格。"),
    "检验.xlsx": make_xlsx(("项目", "结论"), (WORDS, "合格")),
    "检验.pdf": make_pdf("第一页", f"{WORDS}合格"),
    "检验.txt": f"标题\n{WORDS}合格\n".encode("gb18030"),
    "检验.eml": make_mail("通知", f"请查收{WORDS}。"),
    "检验.html": f"<html><body><p>{WORDS}</p></body></html>".encode(),
}


@pytest.mark.parametrize("name", BORN_DIGITAL)
def test_born_digital_files_become_searchable(archive: Archive, worker: Worker, index: Index, name: str) -> None:
    file_id = hand_in(archive, BORN_DIGITAL[name], name)
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason, file.stage) == ("searchable", "", FileStage.DONE)
    assert file.is_scanned is False
    assert file.chars >= len(WORDS)
    assert file.page_count == len(file.pages) == file.pages_done
    assert index.find_words(WORDS) == {file.item_id}
    assert index.page_ids() == {f"{file_id}:{n}" for n in range(1, file.page_count + 1)}
    assert count_open(archive) == 0


def test_a_scan_is_recognised_page_by_page_and_assembled(archive: Archive, worker: Worker, index: Index) -> None:
    file_id = hand_in(archive, make_scan(*SCANNED), "扫描.tif")
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.engine, file.is_scanned) == ("searchable", "rapidocr", True)
    assert [(page.number, page.needs_ocr, page.is_read, page.partial_address) for page in file.pages] == [
        (number, True, True, None) for number in (1, 2, 3)
    ]
    with archive.vault.reader(file.text_address or "") as blob:
        pages = list(texts.iter_pages(blob))
    assert ["锅炉检验报告" in pages[0].text, "消防水泵记录" in pages[1].text, "电梯年检合格" in pages[2].text] == [
        True
    ] * 3
    assert all(line.box and len(line.edges) == len(line.text) for page in pages for line in page.lines)
    found = index.find(Kind.PAGES, {"match_phrase": {fields.PAGE_FOLD: "消防水泵记录"}})
    assert [hit["_id"] for hit in found] == [f"{file_id}:2"]
    assert found[0][fields.PAGE_CONFIDENCE] > 0.8
    every_age = timedelta(seconds=-5)
    assert len(list(archive.vault.iter_addresses(every_age))) == 2  # original and text: no partial stays


def test_a_mixed_document_keeps_its_text_layer_and_gains_the_scanned_page(
    archive: Archive, worker: Worker, index: Index
) -> None:
    file_id = hand_in(archive, make_mixed_pdf("合同正文第一条", "附件盖章页"), "合同.pdf")
    drain(worker)
    file = get_file(archive, file_id)
    assert file.outcome == "searchable"
    assert [page.needs_ocr for page in file.pages] == [False, True]
    assert index.find_words("合同正文第一条") == index.find_words("附件盖章页") == {file.item_id}


@pytest.mark.parametrize(
    ("data", "name", "outcome", "reason"),
    [
        (b"   \n", "空白.txt", "empty", "no_text"),
        (b"%PDF-1.7\nnothing", "坏.pdf", "unreadable", "damaged"),
        (b"PK\x03\x04" + b"\0" * 300, "坏.docx", "unreadable", "damaged"),
        (b"ID3" + b"\0" * 300, "坏.mp3", "unreadable", "damaged"),
        (build_wave(90), "录音.wav", "empty", "media_without_transcript"),
        (b"\0\1\2\3" * 200, "未知.bin", "unreadable", "format_not_supported"),
    ],
)
def test_what_cannot_be_read_is_kept_and_explained(
    archive: Archive, worker: Worker, index: Index, data: bytes, name: str, outcome: str, reason: str
) -> None:
    file_id = hand_in(archive, data, name)
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason, file.stage) == (outcome, reason, FileStage.DONE)
    [entry] = index.find(Kind.ITEMS)
    assert entry["_id"] == file.item_id
    assert entry[fields.EXTRACTION] == [outcome]
    assert index.page_ids() == set()
    with archive.vault.reader(file.address) as blob:
        assert blob.read() == data


def test_a_wrong_extension_is_read_by_content_and_said(archive: Archive, worker: Worker) -> None:
    file_id = hand_in(archive, make_pdf(WORDS), "检验.docx")
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason, file.media_type) == ("searchable", "extension_mismatch", "application/pdf")
    assert file.is_mismatched


def test_the_outcome_is_counted_by_the_job_and_written_to_the_trail(archive: Archive, worker: Worker) -> None:
    file_id = hand_in(archive, make_pdf(WORDS), "检验.pdf")
    assert get_job(archive, file_id).finished_at is None
    drain(worker)
    job = get_job(archive, file_id)
    assert (job.total, job.done) == (1, 1)
    assert job.finished_at is not None
    with archive.database.reading() as session:
        [event] = session.scalars(select(Event).where(Event.action == "file:read"))
        assert (event.object_id, event.detail) == (file_id, {"outcome": "searchable", "reason": ""})


@pytest.mark.parametrize(("wait", "recordings"), [(600.0, 1), (-1.0, 4)], ids=["together", "one by one"])
def test_the_revision_of_the_index_is_the_revision_of_the_record(
    archive: Archive, worker: Worker, index: Index, monkeypatch: pytest.MonkeyPatch, wait: float, recordings: int
) -> None:
    """Described once, four files handed in one by one; then each recording of findings counts once."""
    monkeypatch.setattr("indexer.worker.RECORD_SECONDS", wait)
    item_id = register(archive, "多份附件")
    for number in range(4):
        hand_in(archive, make_pdf(f"附件{number}"), f"{number}.pdf", item_id=item_id)
    drain(worker)
    item = get_item(archive, item_id)
    assert item.revision == 1 + 4 + recordings
    [entry] = index.find(Kind.ITEMS)
    assert entry["_version"] == entry[fields.REVISION] == item.revision
    assert {page[fields.REVISION] for page in index.find(Kind.PAGES)} == {item.revision}


def test_a_record_without_files_is_in_the_index(archive: Archive, worker: Worker, index: Index) -> None:
    item_id = register(archive, "仅有目录的档案", doc_no="晋卫发〔2023〕12号")
    drain(worker)
    found = index.find(Kind.ITEMS, {"term": {fields.NUMBERS: "doc:晋卫发|2023|12"}})
    assert [hit["_id"] for hit in found] == [item_id]


def test_a_recording_is_found_by_its_title_and_its_length_is_known(
    archive: Archive, worker: Worker, index: Index
) -> None:
    file_id = hand_in(archive, build_wave(90, INAM="院长办公会录音".encode()), "录音.wav")
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason, file.seconds) == ("searchable", "media_without_transcript", 90)
    assert index.find_words("院长办公会录音") == {file.item_id}


def test_blank_pages_are_not_recognised_and_count_as_read(archive: Archive, worker: Worker, index: Index) -> None:
    """Both sides were scanned: the back of the first sheet is bare paper, that of the second shines through."""
    file_id = hand_in(archive, make_scanned_sheets(), "双面.tif")
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason, file.page_count, file.pages_done) == ("searchable", "", 4, 4)
    assert [page.is_blank for page in file.pages] == [False, True, False, True]
    assert [page.reason for page in file.pages] == [""] * 4
    assert all(page.is_read for page in file.pages)
    assert file.blank_pages == 2
    assert index.find_words("电梯年检合格") == {file.item_id}


def test_a_file_of_blank_pages_says_so(archive: Archive, worker: Worker, index: Index) -> None:
    file_id = hand_in(archive, make_pdf("", ""), "空白.pdf")
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason, file.blank_pages) == ("empty", "blank", 2)


def test_numbered_images_are_read_as_pages_of_one_file(archive: Archive, worker: Worker, index: Index) -> None:
    """A missing number is told, an image that cannot be read is a page with a reason, and each page is found."""
    images = {
        "巡检_1.png": make_page("消防水泵记录"),
        "巡检_2.png": b"no image",
        "巡检_4.tif": make_scan(*SCANNED[::2]),
    }
    leaves = [Leaf(name, partial(BytesIO, data)) for name, data in images.items()]
    bundle = Bundle(leaves)
    file_id = hand_in(archive, b"".join(iter(lambda: bundle.read(), b"")), "巡检.zip")
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason, file.media_type) == ("searchable", "pages_unreadable", MEDIA_TYPE)
    assert [page.reason for page in file.pages] == ["", "damaged", "", ""]
    found = index.find(Kind.PAGES, {"match_phrase": {fields.PAGE_FOLD: "电梯年检合格"}})
    assert [hit["_id"] for hit in found] == [f"{file_id}:4"]


def test_gaps_between_numbered_images_are_told(archive: Archive, worker: Worker, tmp_path: Path) -> None:
    folder = tmp_path / "巡检记录"
    folder.mkdir()
    for number, text in ((1, "消防水泵记录"), (2, "锅炉检验报告"), (10, "电梯年检合格")):
        (folder / f"{number}.png").write_bytes(make_page(text))
    (folder / "说明.txt").write_text("巡检说明")
    run = Ingest(archive, SYSTEM)
    run.take(run.plan(folder, None, is_joining=True))
    drain(worker)
    told = {line.path: (line.outcome, line.reason, line.pages) for line in run.report()}
    assert told == {
        "巡检记录.zip": ("searchable", "numbers_missing", 3),
        "说明.txt": ("searchable", "", 1),
    }
    again = Ingest(archive, SYSTEM)
    again.take(again.plan(folder, None, is_joining=True))
    assert again.count()["duplicate"] == 2


def test_a_manifest_makes_the_images_of_a_folder_one_file(archive: Archive, worker: Worker, tmp_path: Path) -> None:
    scans = tmp_path / "合同"
    scans.mkdir()
    for name, text in (("封面.png", "消防水泵记录"), ("第2页.png", "电梯年检合格"), ("第10页.png", "锅炉检验报告")):
        (scans / name).write_bytes(make_page(text))
    manifest = tmp_path / "清单.csv"
    manifest.write_text("path,title,class,department\n合同,维保合同,WS·HQ,HQB\n", encoding="utf-8")
    run = Ingest(archive, SYSTEM)
    run.take(run.plan(tmp_path, manifest))
    drain(worker)
    [line] = run.report()
    assert (line.path, line.outcome, line.reason, line.pages) == ("合同.zip", "searchable", "numbers_missing", 3)
    assert get_file(archive, line.file_id or "").item.title == "维保合同"
    (scans / "说明.txt").write_text("不是图像")
    with pytest.raises(ManifestError) as failed:
        Ingest(archive, SYSTEM).plan(tmp_path, manifest)
    assert [(fault.column, fault.reason) for fault in failed.value.faults] == [("path", "not_images")]
