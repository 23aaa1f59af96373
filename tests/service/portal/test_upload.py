"""Handing in: the form with and without scripts, what is refused and why, what is never left behind."""

from __future__ import annotations

import io
import re
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from archive import accounts
from archive.access.actor import SYSTEM, Role
from archive.models import File, Item, Job
from archive.record import Archive
from tests import portal_papers as papers
from tests.portal_world import ADMINISTRATORS, PASSWORD, Portal, read_events, read_token

CANARY = b"CANARY-b7c2f1-in-the-clear"
FIELDS = {"title": "电梯维保记录", "class": "WS·HQ", "department": "HQB"}
JSON = {"Accept": "application/json"}


def blobs(archive: Archive) -> set[str]:
    """Addresses of all blobs, and what writers left unfinished."""
    return {path.name for path in archive.config.vault.rglob("*") if path.is_file() and path.name != "recovery.json"}


def hand_in(
    client: FlaskClient, *files: tuple[bytes, str], headers: dict[str, str] | None = None, **fields: str
) -> TestResponse:
    """Sends the form."""
    token = read_token(client.get("/upload"))
    parts = [FileStorage(io.BytesIO(data), name) for data, name in files]
    data = FIELDS | fields | {"csrf_token": token, "files": parts}
    return client.post("/upload", data=data, headers=headers or {}, content_type="multipart/form-data")


def files_of(archive: Archive, job_id: str) -> list[File]:
    with archive.database.reading() as session:
        return list(session.scalars(select(File).where(File.job_id == job_id).order_by(File.position)))


def test_a_form_without_scripts_makes_one_item_of_many_files(portal: Portal) -> None:
    client = portal.browser("clerk")
    answer = hand_in(client, (b"first", "一.txt"), (b"second", "附件 二.txt"))
    assert answer.status_code == 303
    job_id = answer.location.rpartition("/")[2]
    first, second = files_of(portal.archive, job_id)
    assert (first.name, second.name, first.item_id) == ("一.txt", "附件 二.txt", second.item_id)
    made = papers.get_item(portal.archive, first.item_id)
    assert (made.title, made.class_code, made.department, made.state) == ("电梯维保记录", "WS·HQ", "HQB", "draft")
    assert made.owner_id == portal.user("clerk").id
    with portal.archive.vault.reader(second.address) as stored:
        assert stored.read() == b"second"
    page = client.get(answer.location).text
    assert "一.txt" in page
    assert {event.object_id for event in read_events(portal.archive, "file:register")} >= {first.id, second.id}


def test_every_file_can_be_an_item_of_its_own(portal: Portal) -> None:
    answer = hand_in(portal.browser("clerk"), (b"1", "请示.pdf"), (b"2", "批复.pdf"), title="", each="1")
    files = files_of(portal.archive, answer.location.rpartition("/")[2])
    titles = {papers.get_item(portal.archive, file.item_id).title for file in files}
    assert titles == {"请示", "批复"}


def test_scripts_get_json_and_add_file_by_file(portal: Portal) -> None:
    client = portal.browser("clerk")
    begun = hand_in(client, (b"1", "a.txt"), headers=JSON)
    assert begun.status_code == 201
    assert begun.json["files"][0]["reason"] == ""
    added = hand_in(client, (b"2", "b.txt"), headers=JSON, job=begun.json["job"], item=begun.json["item"])
    assert (added.json["job"], added.json["item"]) == (begun.json["job"], begun.json["item"])
    assert [file.name for file in files_of(portal.archive, begun.json["job"])] == ["a.txt", "b.txt"]


def test_an_empty_file_is_refused_by_name_and_the_others_are_taken(portal: Portal) -> None:
    before = blobs(portal.archive)
    client = portal.browser("clerk")
    answer = hand_in(client, (b"", "空.txt"), (b"full", "满.txt"))
    assert [file.name for file in files_of(portal.archive, answer.location.rpartition("/")[2])] == ["满.txt"]
    assert "“空.txt”未接收：文件为空（0 字节）" in client.get(answer.location).text
    assert len(blobs(portal.archive) - before) == 1


def test_when_nothing_can_be_taken_the_form_comes_back_filled_in(portal: Portal) -> None:
    before = blobs(portal.archive)
    client = portal.browser("clerk")
    answer = hand_in(client, (b"", "空.txt"))
    assert answer.status_code == 422
    assert "空.txt" in answer.text
    assert "文件为空（0 字节）" in answer.text
    assert 'value="电梯维保记录"' in answer.text
    assert blobs(portal.archive) == before
    refused = hand_in(client, (b"", "空.txt"), headers=JSON)
    assert (refused.status_code, refused.json["files"][0]["reason"]) == (422, "empty_file")


def test_a_file_over_the_limit_is_refused_by_name(portal: Portal) -> None:
    small = portal.again(max_upload_bytes=1000)
    before = blobs(portal.archive)
    answer = hand_in(small.browser("clerk"), (b"x" * 1001, "大.bin"), (b"x" * 1000, "正好.bin"))
    assert [file.name for file in files_of(portal.archive, answer.location.rpartition("/")[2])] == ["正好.bin"]
    assert len(blobs(portal.archive) - before) == 1


def test_a_request_over_the_limit_is_refused_before_it_is_read(portal: Portal) -> None:
    small = portal.again(max_upload_bytes=1000)
    client = small.browser("clerk")
    token = read_token(client.get("/upload"))
    body = Body(b"", 50_000_000, b"")
    answer = client.post(
        "/upload",
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 413
    assert "超过上限" in answer.text
    assert not body.is_begun


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": "  "}, "title", "请填写此项"),
        ({"title": "长" * 301}, "title", "内容过长"),
        ({"class": ""}, "class", "请填写此项"),
        ({"class": "XX"}, "class", "没有这个值"),
        ({"department": ""}, "department", "请填写此项"),
        ({"department": "NIX"}, "department", "没有这个值"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_kept(
    portal: Portal, change: dict[str, str], field: str, words: str
) -> None:
    before = blobs(portal.archive)
    answer = hand_in(portal.browser("clerk"), (b"data", "a.txt"), **change)
    assert answer.status_code == 422
    place = answer.text.index(f'id="{field}-mistake"')
    assert words in answer.text[place : place + 900]
    assert f'aria-describedby="{field}-mistake"' in answer.text
    assert blobs(portal.archive) == before
    answer = hand_in(portal.browser("clerk"), (b"data", "a.txt"), headers=JSON, **change)
    assert words in answer.json["error"]["fields"][field]


def test_a_form_without_files_says_so(portal: Portal) -> None:
    answer = hand_in(portal.browser("clerk"))
    assert answer.status_code == 422
    assert "请选择要上传的文件" in answer.text


def test_nobody_files_for_a_department_that_is_not_his(portal: Portal) -> None:
    before = blobs(portal.archive)
    assert hand_in(portal.browser("clerk"), (b"x", "a.txt"), department="XCK").status_code == 403
    assert blobs(portal.archive) == before
    options = portal.browser("clerk").get("/upload").text
    assert 'value="HQB" selected' in options
    assert 'value="XCK"' not in options
    assert 'value="XCK"' in portal.browser("archivist").get("/upload").text


def test_nobody_adds_to_the_item_or_job_of_somebody_else(portal: Portal) -> None:
    begun = hand_in(portal.browser("clerk"), (b"1", "a.txt"), headers=JSON).json
    other = portal.browser("publicity")
    before = blobs(portal.archive)
    own = {"department": "XCK", "headers": JSON}
    assert hand_in(other, (b"2", "b.txt"), item=begun["item"], **own).status_code == 404
    assert hand_in(other, (b"2", "b.txt"), job=begun["job"], **own).status_code == 404
    assert blobs(portal.archive) == before
    assert len(files_of(portal.archive, begun["job"])) == 1


@pytest.mark.parametrize("who", [*ADMINISTRATORS, "officer"])
def test_those_who_may_not_upload_send_nothing_into_the_vault(portal: Portal, who: str) -> None:
    before = blobs(portal.archive)
    client = portal.browser(who)
    assert client.get("/upload").status_code == 403
    token = read_token(client.get("/account"))
    data = FIELDS | {"csrf_token": token, "files": FileStorage(io.BytesIO(b"x" * 200_000), "a.bin")}
    assert client.post("/upload", data=data, content_type="multipart/form-data").status_code == 403
    assert blobs(portal.archive) == before


def test_visitors_send_nothing_into_the_vault(portal: Portal) -> None:
    before = blobs(portal.archive)
    data = FIELDS | {"files": FileStorage(io.BytesIO(b"x" * 200_000), "a.bin")}
    answer = portal.visitor().post("/upload", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302
    assert blobs(portal.archive) == before


def test_a_forged_form_leaves_nothing(portal: Portal) -> None:
    before = blobs(portal.archive)
    data = FIELDS | {"csrf_token": "forged", "files": FileStorage(io.BytesIO(b"x" * 200_000), "a.bin")}
    answer = portal.browser("clerk").post("/upload", data=data, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert blobs(portal.archive) == before


def test_files_for_other_addresses_are_not_taken(portal: Portal) -> None:
    client = portal.browser("clerk")
    before = blobs(portal.archive)
    answer = send_body(client, 2_000_000, "/account/password")
    assert answer.status_code == 413
    assert blobs(portal.archive) == before


class Body(io.RawIOBase):
    """A form body made while it is read; `look` is called half-way."""

    def __init__(self, head: bytes, size: int, tail: bytes, look: object = None, *, breaks_off: bool = False) -> None:
        self._head, self._tail = io.BytesIO(head), io.BytesIO(tail)
        self._left, self._half, self._look, self._breaks_off = size, size // 2, look, breaks_off
        self.length = len(head) + size + len(tail)
        self._place, self._begun = 0, False

    @property
    def is_begun(self) -> bool:
        """Whether a byte was asked for."""
        return self._begun

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        """The test client measures the body so, before it is sent."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = self.length if whence == io.SEEK_END else 0
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        self._begun = True
        if data := self._head.read(size):
            return data
        if self._left:
            if self._left < self._half and self._look is not None:
                self._look()  # type: ignore[operator]
                self._look = None
            if self._left < self._half and self._breaks_off:
                return b""
            data = (CANARY * (1 + size // len(CANARY)))[: min(size, self._left)]
            self._left -= len(data)
            return data
        return self._tail.read(size)


def send_body(client: FlaskClient, size: int, path: str = "/upload", **options: object) -> TestResponse:
    """A form with one file of `size` bytes, streamed."""
    token = read_token(client.get("/upload"))
    head = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (FIELDS | {"csrf_token": token}).items()
    )
    head += '--x\r\nContent-Disposition: form-data; name="files"; filename="big.bin"\r\n\r\n'
    body = Body(head.encode(), size, b"\r\n--x--\r\n", **options)  # type: ignore[arg-type]
    return client.post(
        path,
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        headers=JSON,
    )


def find_canary(folders: list[Path]) -> Iterator[str]:
    """Files that hold the canary, deleted ones that this process still has open included."""
    opened = list(Path("/proc/self/fd").iterdir())
    plain = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in (*plain, *(fd for fd in opened if fd.is_file())):
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    if CANARY in block:
                        yield str(path)
                        break
        except OSError:
            continue


def test_nothing_rests_in_the_clear_while_it_arrives(portal: Portal) -> None:
    data = portal.archive.config.data
    fresh = Path(tempfile.mkdtemp(dir=data))
    kept, tempfile.tempdir = tempfile.tempdir, str(fresh)
    seen: list[list[str]] = []
    try:
        answer = send_body(portal.browser("clerk"), 8_000_000, look=lambda: seen.append(list(find_canary([data]))))
    finally:
        tempfile.tempdir = kept
    assert answer.status_code == 201
    assert seen == [[]]
    assert list(find_canary([data])) == []
    (stored,) = files_of(portal.archive, answer.json["job"])
    assert portal.archive.vault.read(stored.address, 0, len(CANARY)) == CANARY


def test_memory_stays_flat_however_large_the_file(portal: Portal) -> None:
    client = portal.browser("clerk")
    peaks = []
    for size in (2_000_000, 64_000_000):
        tracemalloc.start()
        assert send_body(client, size).status_code == 201
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 4_000_000


def test_an_upload_that_breaks_off_leaves_nothing(portal: Portal) -> None:
    before = blobs(portal.archive)
    answer = send_body(portal.browser("clerk"), 4_000_000, breaks_off=True)
    assert answer.status_code >= 400
    assert blobs(portal.archive) == before


def test_a_job_shows_its_state_to_its_owner_alone(portal: Portal) -> None:
    begun = hand_in(portal.browser("clerk"), (b"1", "a.txt"), headers=JSON).json
    state = portal.call("clerk", f"/jobs/{begun['job']}").json
    assert (state["state"], state["stage"], state["progress"]) == ("working", "waiting", 0)
    assert state["files"] == [{"file_id": begun["files"][0]["file_id"], "outcome": "", "reason": ""}]
    assert portal.browser("clerk").get(f"/jobs/{begun['job']}", headers=JSON).json == state
    for who in ("publicity", "archivist"):
        assert portal.call(who, f"/jobs/{begun['job']}").status_code == 404
    with portal.archive.database.writing() as session:
        file = session.get_one(File, begun["files"][0]["file_id"])
        file.stage, file.page_count, file.pages_done = "recognising", 4, 2
    assert portal.call("clerk", f"/jobs/{begun['job']}").json["progress"] == pytest.approx(0.55)
    with portal.archive.database.writing() as session:
        file = session.get_one(File, begun["files"][0]["file_id"])
        file.stage, file.outcome, file.reason = "done", "unreadable", "encrypted"
    done = portal.call("clerk", f"/jobs/{begun['job']}").json
    assert (done["state"], done["progress"], done["files"][0]["reason"]) == ("done", 1, "encrypted")
    page = portal.browser("clerk").get(f"/jobs/{begun['job']}").text
    assert "设有打开密码" in page
    assert "data-watch" not in page


def test_own_uploads_are_listed_filtered_and_paged(portal: Portal) -> None:
    client = portal.browser("logistics")
    for start in (0, 25):
        parts = [(f"{n}".encode(), f"文件{n:02}.txt") for n in range(start, start + 25)]
        job = hand_in(client, *parts, headers=JSON).json["job"]
    with portal.archive.database.writing() as session:
        for file in session.scalars(select(File).where(File.job_id == job).limit(3)):
            file.outcome, file.stage = "searchable", "done"
    first, second = client.get("/uploads").text, client.get("/uploads?page=2").text
    names = re.findall(r">(文件\d\d\.txt)<", first + second)
    assert len(names) == len(set(names)) == 50
    assert len(re.findall(r">(文件\d\d\.txt)<", client.get("/uploads?outcome=searchable").text)) == 3
    assert len(re.findall(r">(文件\d\d\.txt)<", client.get("/uploads?outcome=working").text)) == 40
    for odd in ("?page=0", "?page=99999", "?page=x", "?outcome=banana"):
        assert client.get(f"/uploads{odd}").status_code == 200
    assert "文件00.txt" not in portal.browser("publicity").get("/uploads").text


def test_an_empty_list_teaches(portal: Portal) -> None:
    newcomer = {"roles": [Role.READER], "departments": ["XCK"], "clearance": 2, "password": PASSWORD}
    with portal.archive.database.writing() as session:
        accounts.create_user(session, portal.archive.keys, SYSTEM, name="newcomer", **newcomer)
    assert "还没有上传过文件" in portal.browser("newcomer").get("/uploads").text


def test_names_from_outside_are_only_names(portal: Portal) -> None:
    client = portal.browser("clerk")
    answer = hand_in(client, (b"x", "../../etc/passwd"), (b"y", "<b>.txt"))
    names = [file.name for file in files_of(portal.archive, answer.location.rpartition("/")[2])]
    assert names == ["passwd", "<b>.txt"]
    assert "<b>.txt" not in client.get(answer.location).text


def test_the_class_is_offered_in_both_languages_to_be_found_by(portal: Portal) -> None:
    html = portal.browser("clerk").get("/upload").text
    assert re.search(r'<option value="WS·HQ" data-also="WS·HQ 后勤管理 logistics administration"', html)
    assert '<option value="WS"' not in html, "only classes that papers are filed in"
    assert re.search(r'<optgroup label="[^"]*基建', html)


def test_nothing_is_registered_when_the_record_cannot_be_written(portal: Portal) -> None:
    with portal.archive.database.reading() as session:
        counts = [len(session.scalars(select(kind)).all()) for kind in (Item, File, Job)]
    hand_in(portal.browser("clerk"), (b"x", "a.txt"), department="XCK")
    with portal.archive.database.reading() as session:
        assert [len(session.scalars(select(kind)).all()) for kind in (Item, File, Job)] == counts


def make_photo(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (60, 80), shade).save(out, "PNG")
    return out.getvalue()


def test_numbered_images_become_one_file_of_pages(portal: Portal) -> None:
    before = blobs(portal.archive)
    images = {f"合同_{number}.png": make_photo(20 * number) for number in (10, 2, 1)}
    answer = hand_in(
        portal.browser("clerk"), *((data, name) for name, data in images.items()), (b"x", "说明.txt"), joined="1"
    )
    joined, other = files_of(portal.archive, answer.location.rpartition("/")[2])
    assert (joined.name, other.name, joined.item_id) == ("合同.zip", "说明.txt", other.item_id)
    with portal.archive.vault.reader(joined.address) as stored, ZipFile(io.BytesIO(stored.read())) as bundle:
        assert bundle.namelist()[1:] == ["合同_1.png", "合同_2.png", "合同_10.png"]
        assert {name: bundle.read(name) for name in images} == images
    assert len(blobs(portal.archive) - before) == 2, "what was joined is kept once"


def test_images_stay_files_of_their_own_where_nobody_asked_for_pages(portal: Portal) -> None:
    answer = hand_in(portal.browser("clerk"), (make_photo(1), "合同_1.png"), (make_photo(2), "合同_2.png"))
    assert [file.name for file in files_of(portal.archive, answer.location.rpartition("/")[2])] == [
        "合同_1.png",
        "合同_2.png",
    ]


def test_each_paper_of_numbered_images_can_be_an_item(portal: Portal) -> None:
    names = ("合同_1.png", "合同_2.png", "验收1.png", "验收2.png")
    images = [(make_photo(number), name) for number, name in enumerate(names)]
    answer = hand_in(portal.browser("clerk"), *images, title="", each="1", joined="1", headers=JSON)
    made = {part["name"]: part["file_id"] for part in answer.json["files"]}
    assert made["合同_1.png"] == made["合同_2.png"] != made["验收1.png"] == made["验收2.png"]
    titles = {papers.get_item(portal.archive, f.item_id).title for f in files_of(portal.archive, answer.json["job"])}
    assert titles == {"合同", "验收"}


def test_pages_that_are_too_large_together_are_refused_with_the_reason(portal: Portal) -> None:
    small = portal.again(max_upload_bytes=1000)
    before = blobs(portal.archive)
    images = [(make_photo(number) + bytes(700), f"{number}.png") for number in (1, 2)]
    answer = hand_in(small.browser("clerk"), *images, joined="1")
    assert answer.status_code == 422
    assert "文件超过大小上限" in answer.text
    assert blobs(portal.archive) == before
