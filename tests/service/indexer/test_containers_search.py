"""Files inside files are found by their own words, and the report of ingest names each with its path."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from archive.access.actor import SYSTEM
from archive.record import Archive
from indexer.ingest import Ingest
from indexer.reconcile import reconcile
from indexer.worker import Worker
from render.ops.compound import write_branch
from tests import packed
from tests.indexer_world import Index, drain, get_file, hand_in, make_docx, make_pdf

DOCX, PDF, TEXT = "锅炉年度检验报告", "消防水泵维修记录", "电梯困人应急预案"


def test_words_inside_are_found_and_reported(archive: Archive, worker: Worker, index: Index, tmp_path: Path) -> None:
    mail = packed.make_mail("转发报告", "请查收附件", {"检验.docx": make_docx(DOCX), "记录.pdf": make_pdf(PDF)})
    inner = packed.make_zip({"来信.eml": mail}, is_gbk=True)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "移交.zip").write_bytes(packed.make_zip({"卷一/信件.zip": inner, "预案.txt": TEXT.encode("gb18030")}))
    run = Ingest(archive, SYSTEM)
    run.take(run.plan(folder, None))
    drain(worker)
    assert run.progress().is_over
    lines = {line.path: line for line in run.report()}
    assert {path: (line.outcome, line.reason) for path, line in lines.items()} == {
        "移交.zip": ("empty", "container"),
        "移交.zip!/卷一/信件.zip": ("empty", "container"),
        "移交.zip!/卷一/信件.zip!/来信.eml": ("searchable", ""),
        "移交.zip!/卷一/信件.zip!/来信.eml!/检验.docx": ("searchable", ""),
        "移交.zip!/卷一/信件.zip!/来信.eml!/记录.pdf": ("searchable", ""),
        "移交.zip!/预案.txt": ("searchable", ""),
    }
    assert run.progress().files == 6
    assert json.dumps([asdict(line) for line in lines.values()])
    (item_id,) = {line.item_id for line in lines.values()}
    for words in (DOCX, PDF, TEXT, "请查收附件"):
        assert index.find_words(words) == {item_id}
    searchable = {line.file_id for line in lines.values() if line.outcome == "searchable"}
    assert {page.partition(":")[0] for page in index.page_ids()} == searchable
    assert reconcile(archive, index.client, is_repairing=False).is_clean

    again = Ingest(archive, SYSTEM)
    again.take(again.plan(folder, None))
    assert [line.outcome for line in again.report()][:2] == ["duplicate", "empty"]
    assert len(list(again.report())) == 6


def test_words_in_attached_messages_winmail_and_old_documents_are_found(
    archive: Archive, worker: Worker, index: Index
) -> None:
    inner = packed.make_message("来信的主题是冷却塔清洗", "请安排冷却塔清洗与消毒", {"记录.pdf": make_pdf(PDF)})
    outer = write_branch(packed.make_message("转发", "请查收转来的信件", {}, inner))
    letter = packed.make_mail("外院来信", "正文", {"winmail.dat": packed.make_tnef({"检验.docx": make_docx(DOCX)})})
    files = {name: hand_in(archive, data, name) for name, data in (("转发.msg", outer), ("来信.eml", letter))}
    drain(worker)
    assert index.find_words("请安排冷却塔清洗与消毒") == {get_file(archive, files["转发.msg"]).item_id}
    assert index.find_words(PDF) == {get_file(archive, files["转发.msg"]).item_id}
    assert index.find_words(DOCX) == {get_file(archive, files["来信.eml"]).item_id}
