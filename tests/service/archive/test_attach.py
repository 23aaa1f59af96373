"""Files for catalogued records: matched by name, added once, within rights, with what is missing and what differs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from sqlalchemy import select

from archive import accounts, catalogue, outbox
from archive.access.actor import SYSTEM, Actor, Role, resolve_actor
from archive.attach.attaching import read_report
from archive.attach.manifest import read_manifest
from archive.attach.matching import Manifest
from archive.catalogue import Description
from archive.catalogue_import.tables import Table
from archive.errors import InvalidError, NotFoundError, NotGrantedError
from archive.models import File, Item
from archive.outbox import Topic
from archive.record import Archive
from archive.states import State
from indexer.attach import Attachment
from tests import portal_papers as papers

VOLUME = "H002-KJ·SB·YL-087"
PIECES = ((f"{VOLUME}-001", "采购合同", 5), (f"{VOLUME}-002", "验收报告", 4), (f"{VOLUME}-003", "说明书", None))


def person(archive: Archive, name: str, role: Role, *departments: str) -> Actor:
    with archive.database.writing() as session:
        user = accounts.create_user(
            session, archive.keys, SYSTEM, name=name, roles=[role], departments=departments, password="correct horse"
        )
        return resolve_actor(session, user)


@pytest.fixture
def archivist(archive: Archive) -> Actor:
    """Somebody of the archive room, with the records of one volume filed and without files."""
    with archive.database.writing() as session:
        for code, title, pages in PIECES:
            described = Description(
                title=title,
                class_code="KJ·SB·YL",
                department="HQB",
                archival_code=code,
                page_count=pages,
                state=State.FILED,
            )
            catalogue.create_item(session, archive, SYSTEM, described)
    return person(archive, "archivist", Role.ARCHIVIST)


def attach(
    archive: Archive,
    actor: Actor,
    folder: Path,
    files: dict[str, bytes],
    manifest: Manifest | None = None,
    *,
    is_dry: bool = False,
) -> Attachment:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    run = Attachment(archive, actor)
    run.run(folder, manifest or {}, is_dry=is_dry)
    return run


def told(run: Attachment) -> dict[str, tuple[str, str]]:
    return {answer.path: (answer.outcome, answer.reason) for answer in run.answers}


def files_of(archive: Archive, code: str) -> list[File]:
    with archive.database.reading() as session:
        return list(session.scalars(select(File).join(Item).where(Item.archival_code == code).order_by(File.position)))


FILES = {
    f"{VOLUME}-001 合同.pdf": b"contract",
    "Ｈ００２－ＫＪ．ＳＢ．ＹＬ－０８７－００２.pdf": b"acceptance",
    f"{VOLUME}-009.pdf": b"not in the catalogue",
    "合同.pdf": b"no code",
    f"{VOLUME}-001 空.pdf": b"",
}


def test_files_reach_their_records_and_everything_else_is_told(
    archive: Archive, archivist: Actor, tmp_path: Path
) -> None:
    run = attach(archive, archivist, tmp_path / "in", FILES)
    assert told(run) == {
        f"{VOLUME}-001 合同.pdf": ("attached", ""),
        "Ｈ００２－ＫＪ．ＳＢ．ＹＬ－０８７－００２.pdf": ("attached", ""),
        f"{VOLUME}-009.pdf": ("surplus", "not_catalogued"),
        "合同.pdf": ("surplus", "no_code_in_name"),
        f"{VOLUME}-001 空.pdf": ("refused", "empty_file"),
    }
    assert [record.code for record in run.missing] == [f"{VOLUME}-003"]
    (file,) = files_of(archive, f"{VOLUME}-001")
    with archive.vault.reader(file.address) as stored:
        assert stored.read() == b"contract"
    with archive.database.reading() as session:
        assert outbox.count_open(session, Topic.INGEST, [file.id]) == 1
    assert len(list(archive.vault.iter_addresses(timedelta(0)))) == 2, "nothing of the surplus is kept"


def test_doing_it_again_attaches_nothing_twice(archive: Archive, archivist: Actor, tmp_path: Path) -> None:
    attach(archive, archivist, tmp_path / "in", FILES)
    again = attach(archive, archivist, tmp_path / "in", {f"{VOLUME}-001 副本.pdf": b"contract"})
    outcomes = told(again)
    assert outcomes[f"{VOLUME}-001 合同.pdf"] == outcomes[f"{VOLUME}-001 副本.pdf"] == ("present", "duplicate")
    assert len(files_of(archive, f"{VOLUME}-001")) == 1
    assert len(list(archive.vault.iter_addresses(timedelta(0)))) == 2


def test_a_dry_run_attaches_nothing(archive: Archive, archivist: Actor, tmp_path: Path) -> None:
    run = attach(archive, archivist, tmp_path / "in", FILES, is_dry=True)
    assert told(run)[f"{VOLUME}-001 合同.pdf"] == ("attached", "")
    assert [record.code for record in run.missing] == [f"{VOLUME}-003"]
    assert list(archive.vault.iter_addresses(timedelta(0))) == []


def test_a_manifest_says_where_nameless_files_belong(archive: Archive, archivist: Actor, tmp_path: Path) -> None:
    table = Table("", (("文件", "档号"), ("a\\0001.pdf", "h002-kj.sb.yl-087-003"), ("b.pdf", f"{VOLUME}-099")))
    run = attach(archive, archivist, tmp_path / "in", {"a/0001.pdf": b"1", "b.pdf": b"2"}, read_manifest(table))
    assert told(run) == {"a/0001.pdf": ("attached", ""), "b.pdf": ("surplus", "not_catalogued")}
    assert len(files_of(archive, f"{VOLUME}-003")) == 1


def test_a_manifest_shares_out_the_pages_of_one_scan(archive: Archive, archivist: Actor, tmp_path: Path) -> None:
    scan = papers.make_pdf((("第一页",), ("第二页",), ("第三页",)))
    rows = (
        ("整卷.pdf", f"{VOLUME}-001", "1-2"),
        ("整卷.pdf", f"{VOLUME}-002", "3"),
        ("整卷.pdf", f"{VOLUME}-003", "4"),
    )
    listed = read_manifest(Table("", (("文件", "档号", "页号"), *rows)))
    run = attach(archive, archivist, tmp_path / "in", {"整卷.pdf": scan}, listed)
    assert told(run) == {
        "整卷 (1-2).pdf": ("attached", ""),
        "整卷 (3-3).pdf": ("attached", ""),
        "整卷 (4-4).pdf": ("refused", "page_not_found"),
    }
    (file,) = files_of(archive, f"{VOLUME}-001")
    with archive.vault.reader(file.address) as stored, pdfium.PdfDocument(stored.read()) as document:
        assert len(document) == 2
        assert "第二页" in document[1].get_textpage().get_text_bounded()
    again = attach(archive, archivist, tmp_path / "in", {}, listed)
    assert told(again)["整卷 (1-2).pdf"] == ("present", "duplicate")


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ((("文件", "题名"), ("a", "b")), "archival_code"),
        ((("题名", "档号"), ("a", "b")), "path"),
        ((("文件", "档号"), ("a", "b"), ("a", "c")), "path"),
        ((("文件", "档号", "页号"), ("a", "b", "1-5"), ("a", "c", "")), "path"),
        ((("文件", "档号", "页号"), ("a", "b", "5-1")), "pages"),
    ],
)
def test_a_manifest_that_cannot_be_followed_is_refused(rows: tuple[tuple[str, ...], ...], field: str) -> None:
    with pytest.raises(InvalidError) as error:
        read_manifest(Table("", rows))
    assert list(error.value.details) == [field]


def test_page_counts_are_compared_once_all_files_are_read(archive: Archive, archivist: Actor, tmp_path: Path) -> None:
    run = attach(archive, archivist, tmp_path / "in", FILES)
    with archive.database.reading() as session:
        before = read_report(session, archivist, run.job_id)
    assert (before.is_done, before.differences) == (False, ())
    with archive.database.writing() as session:
        for file in session.scalars(select(File)):
            file.page_count, file.outcome = 5, "searchable"
    with archive.database.reading() as session:
        after = read_report(session, archivist, run.job_id)
        assert [(d.code, d.catalogued, d.found) for d in after.differences] == [(f"{VOLUME}-002", 4, 5)]
        assert [record.code for record in after.missing] == [f"{VOLUME}-003"]
        assert after.is_done


def test_who_may_not_add_files_finds_no_record(archive: Archive, archivist: Actor, tmp_path: Path) -> None:
    clerk = person(archive, "clerk", Role.CLERK, "HQB")
    run = attach(archive, clerk, tmp_path / "in", FILES)
    assert {outcome for outcome, _ in told(run).values()} == {"surplus"}, "filed records are the archive room's"
    assert run.missing == ()
    with pytest.raises(NotGrantedError):
        attach(archive, person(archive, "reader", Role.READER, "HQB"), tmp_path / "in", FILES)


def test_a_report_belongs_to_whoever_attached(archive: Archive, archivist: Actor, tmp_path: Path) -> None:
    run = attach(archive, archivist, tmp_path / "in", FILES)
    other = person(archive, "other", Role.ARCHIVIST)
    with archive.database.reading() as session, pytest.raises(NotFoundError):
        read_report(session, other, run.job_id)
