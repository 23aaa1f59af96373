"""Files inside files, through the real child and the real vault: what comes out, and what hostile containers get."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from archive import outbox
from archive.members import iter_tree
from archive.models import File, Outbox, utc_now
from archive.outbox import Topic
from archive.record import Archive
from config import Config
from indexer import unpacking
from indexer.extract.registry import open_document
from indexer.pipeline import Found
from indexer.tools.containers import BOMB_BYTES
from indexer.tools.members import Portion
from indexer.unpacking import Room, Unpacked, unpack
from indexer.worker import Worker
from render import eicar
from render.errors import ToolError
from render.ops.compound import write_branch
from tests import packed
from tests.indexer_world import get_job, hand_in, let_time_pass, list_open, make_archive, make_docx, make_pdf, make_xlsx
from tests.service.indexer.real_files import read_real

FILES = {"档案/一.txt": "中文".encode() * 100, "二.txt": "第二份文件的文字".encode("gb18030")}
LETTER = packed.make_mail("来信", "正文", {"表.csv": "甲,乙\n".encode()})
REPLY = packed.make_mail("复函", "第一行\n\nFrom 开头的一行\n", {})
WHOLE: dict[str, tuple[bytes, list[str]]] = {
    "utf8.zip": (packed.make_zip(FILES), list(FILES)),
    "gbk.zip": (packed.make_zip(FILES, is_gbk=True), list(FILES)),
    "stored.zip": (packed.make_zip({"报告.pdf": make_pdf("正文")}, method=zipfile.ZIP_STORED), ["报告.pdf"]),
    "lzma.zip": (packed.make_zip(FILES, method=zipfile.ZIP_LZMA), list(FILES)),
    "pax.tar": (packed.make_tar(FILES, links={"链": "/etc/passwd"}), list(FILES)),
    "a.tar.gz": (packed.make_tar(FILES, "w:gz"), list(FILES)),
    "a.tar.bz2": (packed.make_tar(FILES, "w:bz2"), list(FILES)),
    "a.tar.xz": (packed.make_tar(FILES, "w:xz"), list(FILES)),
    "清单.txt.gz": (gzip.compress(b"text"), ["清单.txt"]),
    "清单.txt.bz2": (bz2.compress(b"text"), ["清单.txt"]),
    "清单.txt.xz": (lzma.compress(b"text"), ["清单.txt"]),
    "a.7z": (packed.SEVENZIP, ["档案/一.txt", "b.txt"]),
    "a.rar": (packed.make_rar(FILES), list(FILES)),
    "信箱.mbox": (
        packed.make_mailbox(LETTER, REPLY),
        ["0001 来信.eml", "0002 复函.eml"],
    ),
    "信.eml": (packed.make_mail("转发", "见附件", FILES, LETTER), ["档案/一.txt", "二.txt", "来信.eml"]),
    "稿.docx": (
        packed.embed(
            make_docx("正文"),
            {
                "表.xlsx": make_xlsx(("甲",)),
                "oleObject1.bin": packed.make_native("二.txt".encode("gb18030"), FILES["二.txt"]),
                "oleObject2.bin": packed.make_compound("Equation Native", b"x"),
            },
        ),
        ["表.xlsx", "二.txt"],
    ),
    "稿.doc": (
        write_branch(
            {
                "WordDocument": bytes(5000),
                "ObjectPool": {
                    "_1": {"\x01Ole10Native": packed.make_native_stream("二.txt".encode("gb18030"), FILES["二.txt"])},
                    "_2": {"Package": make_xlsx(("甲",))},
                    "_3": {"WordDocument": b"x" * 5000, "1Table": b"y" * 70},
                    "_4": {"Equation Native": b"x"},
                },
            }
        ),
        ["二.txt", "2.xlsx", "3.doc"],
    ),
    "表.xls": (
        write_branch({"Workbook": bytes(5000), "MBD01": {"CONTENTS": make_pdf("附")}, "MBD02": {"WordDocument": b"x"}}),
        ["1.pdf", "2.doc"],
    ),
    "讲.ppt": (
        packed.make_slides(write_branch({"Workbook": b"x" * 9000}), packed.make_native(b"b.txt", b"text")),
        ["1.xls", "b.txt"],
    ),
    "信.msg": (
        write_branch(packed.make_message("转发", "见附件", FILES, packed.make_message("来信", "正文", {}))),
        [*FILES, "来信.msg"],
    ),
    "winmail.dat": (packed.make_tnef(FILES), list(FILES)),
    "old.tnef": (packed.make_tnef(FILES, is_wide=False), list(FILES)),
    "文.pdf": (packed.attach_to_pdf(make_pdf("正文"), {"附件.txt": b"attached"}), ["附件.txt"]),
}


@pytest.fixture
def archive(tmp_path: Path, sqlite_url: str) -> Iterator[Archive]:
    """An archive without servers: nothing here needs the index or Tika."""
    settings = {"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys")}
    archive = make_archive(Config.load(settings), tmp_path, sqlite_url)
    yield archive
    archive.close()


@pytest.fixture
def worker(archive: Archive) -> Iterator[Worker]:
    worker = Worker(archive)
    yield worker
    worker.close()


@pytest.fixture
def take(archive: Archive, worker: Worker) -> Callable[..., Unpacked]:
    """Unpacks bytes the way the stage does."""

    def take(data: bytes, name: str, room: Room = unpacking.Room()) -> Unpacked:  # noqa: B008 - frozen
        document = open_document(data, name)
        with document.file:
            reader = worker.tools.find_member_reader(document.identified)
            return unpack(archive, reader, document, room, Path(name).stem)

    return take


def read(worker: Worker) -> None:
    while worker.work(Topic.INGEST):
        pass


def lease_and_read(archive: Archive, worker: Worker) -> Found:
    """What a worker found in the only file that is due, before anything of it is recorded."""
    with archive.database.writing() as session:
        (lease,) = outbox.take(session, Topic.INGEST, limit=1)
        source = worker.pipeline.begin(session, [lease])[lease.subject_id]
    return worker.pipeline.read(lease, source)


def list_files(archive: Archive) -> list[File]:
    with archive.database.reading() as session:
        return list(iter_tree(session.scalars(select(File)).all()))


def outcomes(archive: Archive) -> dict[str, tuple[str, str]]:
    return {file.member_path or file.name: (file.outcome, file.reason) for file in list_files(archive)}


def count_blobs(archive: Archive) -> int:
    return len(list(archive.vault.iter_addresses(timedelta(seconds=-5))))


@pytest.mark.parametrize("name", WHOLE)
def test_members_come_out_whole_with_their_names(archive: Archive, take: Callable[..., Unpacked], name: str) -> None:
    data, paths = WHOLE[name]
    found = take(data, name)
    assert ([member.path for member in found.members], found.is_whole) == (paths, True)
    assert [member.position for member in found.members] == list(range(len(paths)))
    for member in found.members:
        assert member.stored is not None
        with archive.vault.reader(member.stored.address) as blob:
            content = blob.read()
        assert len(content) == member.size
        assert content == FILES.get(member.path, content)
    assert count_blobs(archive) == len(paths)


def test_a_mail_in_a_mailbox_is_as_it_was_sent(archive: Archive, take: Callable[..., Unpacked]) -> None:
    member = take(packed.make_mailbox(LETTER, REPLY), "信箱.mbox").members[1]
    assert member.stored is not None
    with archive.vault.reader(member.stored.address) as blob:
        assert blob.read().strip() == REPLY.strip()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_attachment_names_that_declare_no_encoding(take: Callable[..., Unpacked], encoding: str) -> None:
    head = 'Subject: x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="检验报告.pdf"\n'
    mail = f"From: a@example.org\nTo: b@example.org\n{head}\nJVBERi0=\n".encode(encoding)
    assert [member.path for member in take(mail, "a.eml").members] == ["检验报告.pdf"]


def test_an_attachment_that_cannot_be_decoded_does_not_cost_the_others(take: Callable[..., Unpacked]) -> None:
    part = "--x\nContent-Type: application/pdf; name={}.pdf\nContent-Transfer-Encoding: {}\n\n{}\n"
    parts = (("a", "base64", "JVBERi0="), ("b", "base64", "%%%not base64"), ("c", "x-uuencode", "begin nonsense"))
    head = "From: a@example.org\nTo: b@example.org\nSubject: x\nContent-Type: multipart/mixed; boundary=x\n\n"
    mail = head + "".join(part.format(*one) for one in parts) + "--x--\n"
    found = take(mail.encode(), "a.eml")
    assert [member.path for member in found.members] == ["a.pdf", "b.pdf", "c.pdf"]
    assert found.members[0].size == 5


def nest_parts(depth: int) -> bytes:
    head = "From: a@example.org\nTo: b@example.org\nSubject: x\n"
    body = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return f"{head}{body}Content-Type: application/pdf\n\n%PDF-\n".encode()


def test_parts_nested_without_end_are_damage(take: Callable[..., Unpacked]) -> None:
    assert len(take(nest_parts(50), "a.eml").members) == 1
    with pytest.raises(ToolError, match="damaged"):
        take(nest_parts(5000), "a.eml")


def test_a_name_without_end_is_cut(take: Callable[..., Unpacked]) -> None:
    (member,) = take(packed.make_zip({"很长" * 8000 + ".txt": b"1"}), "a.zip").members
    assert len(member.path) == 300
    assert member.path.endswith("很长.txt")


def test_a_large_member_comes_in_portions(archive: Archive, take: Callable[..., Unpacked]) -> None:
    large = bytes(range(256)) * 40_000
    (member,) = take(packed.make_zip({"大.bin": large}, method=zipfile.ZIP_STORED), "a.zip").members
    assert member.stored is not None
    with archive.vault.reader(member.stored.address) as blob:
        assert blob.read() == large


def test_a_child_that_dies_between_portions_costs_nothing(worker: Worker) -> None:
    large = bytes(range(256)) * 40_000
    document = open_document(packed.make_tar({"小.txt": b"1", "大.bin": large}, "w:gz"), "a.tar.gz")
    reader, media_type = worker.tools.find_member_reader(document.identified), document.identified.media_type
    with document.file as file:
        first = reader.take(file, media_type, 1)
        assert isinstance(first, Portion)
        worker.tools.close()
        later = Worker(worker.archive)
        second = later.tools.find_member_reader(document.identified).take(file, media_type, 1, len(first.content))
        later.close()
    assert isinstance(second, Portion)
    assert large.startswith(first.content + second.content)


def test_members_are_files_of_the_item_and_count_for_the_job(archive: Archive, worker: Worker) -> None:
    inner = packed.make_tar({"内/三.txt": "最里面".encode(), "空.txt": b""}, "w:gz")
    file_id = hand_in(archive, packed.make_zip(FILES | {"内.tgz": inner}), "外.zip")
    read(worker)
    files = list_files(archive)
    assert [(file.depth, file.member_path, file.outcome, file.reason) for file in files] == [
        (0, "", "empty", "container"),
        (1, "档案/一.txt", "searchable", ""),
        (1, "二.txt", "searchable", ""),
        (1, "内.tgz", "empty", "container"),
        (2, "内/三.txt", "searchable", ""),
        (2, "空.txt", "refused", "empty_file"),
    ]
    assert {file.item_id for file in files} == {files[0].item_id}
    assert {file.root_id for file in files[1:]} == {file_id}
    job = get_job(archive, file_id)
    assert (job.total, job.done) == (6, 6)
    assert job.finished_at is not None
    assert count_blobs(archive) == 5 + 3  # bytes of five files, text of three


def test_what_file_managers_leave_behind_is_left_out(take: Callable[..., Unpacked]) -> None:
    junk = {"__MACOSX/._一.txt": b"1", "一/.DS_Store": b"1", "Thumbs.db": b"1", "desktop.ini": b"1"}
    found = take(packed.make_zip(junk | {"一.txt": b"1"}), "a.zip")
    assert ([member.path for member in found.members], found.is_whole) == (["一.txt"], True)


def test_unsafe_names_are_cleaned_and_explained(archive: Archive, worker: Worker) -> None:
    names = ("../../越.txt", "/etc/绝.txt", "C:\\盘.txt", "反\u202etxt.exe", "制\x1b表.txt")
    hand_in(archive, packed.make_tar({name: "文字".encode() for name in names}), "a.tar")
    read(worker)
    assert outcomes(archive) == {
        "a.tar": ("empty", "container"),
        "越.txt": ("searchable", "name_cleaned"),
        "etc/绝.txt": ("searchable", "name_cleaned"),
        "盘.txt": ("searchable", "name_cleaned"),
        "反txt.exe": ("searchable", "name_cleaned"),
        "制表.txt": ("searchable", "name_cleaned"),
    }


def test_a_locked_member_is_listed_and_the_others_are_read(archive: Archive, worker: Worker) -> None:
    data = packed.lock_member(packed.make_zip({"open.txt": b"open", "locked.txt": b"locked"}), "locked.txt")
    file_id = hand_in(archive, data, "a.zip")
    read(worker)
    assert outcomes(archive) == {
        "a.zip": ("empty", "members_left_out"),
        "open.txt": ("searchable", ""),
        "locked.txt": ("unreadable", "encrypted"),
    }
    locked = list_files(archive)[-1]
    assert (locked.address, locked.digest, locked.size) == (None, b"", 6)
    assert get_job(archive, file_id).done == 3


@pytest.mark.parametrize(
    ("name", "data", "outcome", "reason"),
    [
        ("a.zip", packed.lock_member(packed.make_zip({"a.txt": b"1"}), "a.txt"), "unreadable", "encrypted"),
        ("a.7z", packed.SEVENZIP_LOCKED, "unreadable", "encrypted"),
        ("a.7z", packed.SEVENZIP_HIDDEN, "unreadable", "encrypted"),
        ("a.zip", packed.make_zip(FILES)[:-30], "unreadable", "damaged"),
        ("a.7z", packed.SEVENZIP[:-30], "unreadable", "damaged"),
        ("a.gz", gzip.compress(b"")[:8], "unreadable", "damaged"),
        ("a.zip", packed.make_zip({}), "empty", "container_empty"),
        ("a.tar", packed.make_tar({}, links={"a": "b"}), "empty", "container_empty"),
    ],
)
def test_containers_that_give_nothing_are_explained_and_leave_nothing(
    archive: Archive, worker: Worker, name: str, data: bytes, outcome: str, reason: str
) -> None:
    hand_in(archive, data, name)
    read(worker)
    assert outcomes(archive) == {name: (outcome, reason)}
    assert count_blobs(archive) == 1


@pytest.mark.parametrize("name", ["a.gz", "a.tar.gz"])
def test_growth_beyond_measure_is_noticed_while_unpacking(archive: Archive, worker: Worker, name: str) -> None:
    zeros = bytes(BOMB_BYTES + 1)
    data = gzip.compress(zeros, 1) if name == "a.gz" else packed.make_tar({"一.txt": b"1", "零": zeros}, "w:gz")
    hand_in(archive, data, name)
    read(worker)
    assert outcomes(archive) == {name: ("quarantined", "expands_too_much")}
    assert count_blobs(archive) == 1


def test_what_stands_before_the_break_is_kept(archive: Archive, worker: Worker) -> None:
    data = packed.make_tar(FILES | {"三.txt": bytes(range(256)) * 100})
    hand_in(archive, data[: data.index(bytes(range(256))) + 1000], "断.tar")
    read(worker)
    assert outcomes(archive) == {
        "断.tar": ("empty", "members_left_out"),
        "档案/一.txt": ("searchable", ""),
        "二.txt": ("searchable", ""),
        "三.txt": ("unreadable", "damaged"),
    }


def test_a_bomb_inside_is_quarantined_alone(archive: Archive, worker: Worker) -> None:
    bomb = packed.make_zip({"零": bytes(BOMB_BYTES + 1)})
    hand_in(archive, packed.make_zip({"一.txt": "文字".encode(), "炸弹.zip": bomb}), "a.zip")
    read(worker)
    assert outcomes(archive) == {
        "a.zip": ("empty", "container"),
        "一.txt": ("searchable", ""),
        "炸弹.zip": ("quarantined", "expands_too_much"),
    }


def test_a_virus_inside_closes_all_that_it_lies_in_and_nothing_beside_it(archive: Archive, worker: Worker) -> None:
    inner = packed.make_zip({"病毒.com": eicar._STRING, "净.txt": "文字".encode()})
    file_id = hand_in(archive, packed.make_zip({"内.zip": inner, "旁.txt": "文字".encode()}), "外.zip")
    read(worker)
    assert outcomes(archive) == {
        "外.zip": ("quarantined", "virus"),
        "内.zip": ("quarantined", "virus"),
        "病毒.com": ("quarantined", "virus"),
        "净.txt": ("searchable", ""),
        "旁.txt": ("searchable", ""),
    }
    assert get_job(archive, file_id).done == 5


def test_packed_files_end_at_five_levels(archive: Archive, worker: Worker) -> None:
    hand_in(archive, packed.nest(b"deep", "deep.txt", 7), "a.zip")
    read(worker)
    files = list_files(archive)
    assert [(file.depth, file.outcome, file.reason) for file in files] == [
        *((depth, "empty", "container") for depth in range(5)),
        (5, "unreadable", "container_too_deep"),
    ]
    assert files[-1].address is not None


def test_too_many_members_are_quarantined(
    archive: Archive, worker: Worker, take: Callable[..., Unpacked], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = packed.make_zip({f"{n}.txt": b"%d" % n for n in range(20)})
    with pytest.raises(ToolError, match="expands_too_much"):
        take(data, "a.zip", Room(members=19))
    with pytest.raises(ToolError, match="expands_too_much"):
        take(data, "a.zip", Room(size=29))
    assert len(take(data, "a.zip", Room(members=20, size=30)).members) == 20
    for address in list(archive.vault.iter_addresses(timedelta(seconds=-5))):
        archive.vault.destroy(address)

    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 50)  # all levels together
    hand_in(archive, packed.make_zip({f"{n}.zip": data for n in range(4)}), "外.zip")
    read(worker)
    counted = Counter((file.depth, file.outcome) for file in list_files(archive))
    assert counted == {(0, "empty"): 1, (1, "empty"): 2, (1, "quarantined"): 2, (2, "searchable"): 40}


def test_an_item_whose_members_come_in_is_not_written_for_each(archive: Archive, worker: Worker) -> None:
    hand_in(archive, packed.make_zip({f"{n}.txt": b"%d" % n for n in range(60)}), "a.zip")
    with archive.database.writing() as session:
        session.execute(delete(Outbox).where(Outbox.topic == Topic.INDEX))
    worker.pipeline.record([lease_and_read(archive, worker)])
    (index,) = (row for row in list_open(archive) if row.topic == Topic.INDEX)
    assert index.due_at > utc_now() + timedelta(seconds=20)
    read(worker)
    (index,) = (row for row in list_open(archive) if row.topic == Topic.INDEX)
    assert index.due_at <= utc_now()


def test_thousands_of_members(archive: Archive, worker: Worker) -> None:
    hand_in(archive, packed.make_zip({f"{n % 30}/{n}.txt": f"第{n}份".encode() for n in range(3000)}), "三千.zip")
    worker.pipeline.record([lease_and_read(archive, worker)])
    files = list_files(archive)
    assert len(files) == 3001
    assert [file.member_path for file in files[1:4]] == ["0/0.txt", "1/1.txt", "2/2.txt"]


def test_a_worker_that_comes_late_with_the_same_container_adds_nothing(archive: Archive, worker: Worker) -> None:
    hand_in(archive, packed.make_zip(FILES), "a.zip")
    early = lease_and_read(archive, worker)
    let_time_pass(archive)
    late = lease_and_read(archive, worker)
    assert count_blobs(archive) == 1 + 2 * len(FILES)
    worker.pipeline.record([early])
    worker.pipeline.record([late])
    assert len(list_files(archive)) == 1 + len(FILES)
    assert count_blobs(archive) == 1 + len(FILES)


def test_a_broken_object_does_not_cost_the_others(take: Callable[..., Unpacked]) -> None:
    cut = packed.make_native_stream(b"a.txt", b"text" * 20)[:-30]
    objects = {"_1": {"\x01Ole10Native": cut}, "_2": {"Package": make_xlsx(("甲",))}}
    found = take(write_branch({"WordDocument": bytes(5000), "ObjectPool": objects}), "稿.doc")
    assert [(member.path, member.reason) for member in found.members] == [("1", "damaged"), ("2.xlsx", "")]
    assert not found.is_whole
    slides = packed.make_slides(b"no compound file", packed.make_native(b"b.txt", b"text"))
    assert [(member.path, member.reason) for member in take(slides, "讲.ppt").members] == [
        ("1", "damaged"),
        ("b.txt", ""),
    ]


def test_what_is_cut_off_in_a_tnef_file_is_damage(take: Callable[..., Unpacked]) -> None:
    whole = packed.make_tnef(FILES)
    for end in (len(whole) - 1, len(whole) - 40, 40, 12):
        with pytest.raises(ToolError, match="damaged"):
            take(whole[: end - 2], "winmail.dat")


def test_an_object_that_unpacks_without_end_stays_packed(take: Callable[..., Unpacked]) -> None:
    found = take(packed.make_slides(write_branch({"Workbook": b"x"}), bytes(BOMB_BYTES * 5)), "讲.ppt")
    assert [(member.path, member.reason) for member in found.members] == [("1.xls", ""), ("2", "too_large")]


@pytest.mark.parametrize(
    ("path", "paths"),
    [
        ("archives/归档材料_GBK文件名.zip", ["档案/北京市办法.txt", "项目/工程变更申请.docx"]),
        ("archives/档案移交.tar", ["检验科/遗传病检测项目表.docx", "法规/上海市档案条例.rtf"]),
        ("archives/testEmbedded.zip", ["test1.txt", "test2.txt"]),
        ("hostile/路径穿越.zip", ["evil.txt", "档案/目录.txt"]),
        ("born_digital/testMSG_att_doc.msg", ["test.txt", "report.pdf"]),
        (
            "born_digital/testWPSAttachment.pptx",
            [
                *("Document1.doc", "Document2.docx", "Presentation1.ppt", "Presentation2.pptx", "Workbook1.xls"),
                *("Workbook2.xlsx", "TXT.txt", "PDF.pdf", "XML.xml"),
            ],
        ),
    ],
)
def test_real_containers(take: Callable[..., Unpacked], path: str, paths: list[str]) -> None:
    assert [member.path for member in take(read_real(path), path).members] == paths
