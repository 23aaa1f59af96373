"""Imports in the portal: from the upload to the report, within rights, and nothing left in the clear."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from archive.models import CatalogueImport, Item
from tests.portal_world import ADMINISTRATORS, Portal, post, read_events, read_token

HEAD = ("档号", "题名", "归口", "日期", "备注")


def workbook(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def send(client: FlaskClient, data: bytes, name: str = "目录.xlsx", source: str = "旧系统") -> TestResponse:
    """Sends the form of the first step."""
    token = read_token(client.get("/imports"))
    form = {"csrf_token": token, "source": source, "file": FileStorage(io.BytesIO(data), name)}
    return client.post("/imports", data=form, content_type="multipart/form-data")


def begin(client: FlaskClient, *rows: Sequence[object], head: Sequence[str] = HEAD) -> str:
    """Address of an import whose table was uploaded."""
    answer = send(client, workbook(head, *rows))
    assert answer.status_code == 303, answer.text
    return str(answer.location).removesuffix("/columns")


def settle(client: FlaskClient, address: str, **more: str) -> TestResponse:
    """Sends the form of the columns as it stands."""
    page = client.get(f"{address}/columns").text
    chosen = [
        next(iter(re.findall(r'value="([^"]*)" selected', select)), "")
        for select in re.findall(r'<select[^>]*name="column".*?</select>', page, re.DOTALL)
    ]
    form = {"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page)[0], "heading": "1"}
    return client.post(f"{address}/columns", data=form | {"column": chosen, "department": "HQB"} | more)


def items(portal: Portal, code: str) -> list[Item]:
    with portal.archive.database.reading() as session:
        return list(session.scalars(select(Item).where(Item.archival_code.startswith(code))))


def test_a_table_becomes_records_by_upload_columns_preview_and_report(portal: Portal) -> None:
    client = portal.browser("archivist")
    volume = "H002-KJ·SB·HQ-071"
    address = begin(
        client,
        (f"{volume}-001", "采购合同", "", "2021.3", ""),
        (f"{volume}-002", "验收报告", "", "13月", ""),
        ("H002-KJ·SB·HQ-072-001", "说明书", "", "2020", ""),
    )
    assert "是什么" in client.get(f"{address}/columns").text
    assert settle(client, address, state="filed").status_code == 303
    preview = client.get(address).text
    assert "不是有效日期" in preview
    assert "整卷未导入" in preview
    assert "导入 1 行" in preview
    assert items(portal, volume) == []
    assert post(client, f"{address}/apply").status_code == 303
    report = client.get(address).text
    assert "已完成" in report
    assert items(portal, volume) == []
    (made,) = items(portal, "H002-KJ·SB·HQ-072")
    assert (made.title, made.state, made.department, made.date) == ("说明书", "filed", "HQB", "20200000")
    assert {event.detail["step"] for event in read_events(portal.archive, "catalogue:import")} >= {"begin", "start"}


def test_the_report_is_a_table_in_which_no_cell_acts(portal: Portal) -> None:
    client = portal.browser("archivist")
    evil = '=HYPERLINK("http://x","y")'
    out = io.StringIO()
    csv.writer(out).writerows((("档号", "题名"), ("H002-KJ·SB·HQ-073-001", evil), ("@SUM(A1)", "+x")))
    address = str(send(client, out.getvalue().encode(), "目录.csv").location).removesuffix("/columns")
    settle(client, address, state="filed")
    post(client, f"{address}/apply")
    answer = client.get(f"{address}/report.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row[2] for row in rows[1:]] == [f"'{evil}", "'+x"]
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_the_columns_of_a_source_are_remembered(portal: Portal) -> None:
    client = portal.browser("archivist")
    rows = ("H002-KJ·SB·HQ-074-001", "说明书")
    answer = send(client, workbook(("编码", "名目"), rows), source="设备科台账")
    address = str(answer.location).removesuffix("/columns")
    refused = settle(client, address)
    assert refused.status_code == 422
    assert "没有指定“题名”列" in refused.text
    assert settle(client, address, column=["archival_code", "title"]).status_code == 303  # type: ignore[arg-type]
    again = str(send(client, workbook(("编码", "名目"), rows), source="设备科台账").location)
    page = client.get(again).text
    assert re.findall(r'value="([^"]*)" selected', page)[:2] == ["archival_code", "title"]


@pytest.mark.parametrize(
    ("data", "source", "words"),
    [
        (b"PK\x03\x04 no workbook", "旧系统", "无法读取这份表格"),
        (b"", "旧系统", "文件为空"),
        (b"\r\n", "旧系统", "表格中没有内容"),
        (b"a,b", "  ", "请填写此项"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(portal: Portal, data: bytes, source: str, words: str) -> None:
    answer = send(portal.browser("archivist"), data, source=source)
    assert answer.status_code == 422
    assert words in answer.text


def test_nothing_of_the_table_lies_in_the_clear_and_the_file_is_gone(portal: Portal) -> None:
    client = portal.browser("archivist")
    before = {path for path in portal.archive.config.data.rglob("*") if path.is_file()}
    address = begin(client, ("H002-KJ·SB·HQ-075-001", "CANARY-4f1c-in-the-clear", "", "", ""))
    new = {path for path in portal.archive.config.vault.rglob("*") if path.is_file()} - before
    assert len(new) == 1, "the rows; the workbook itself is not kept"
    for path in portal.archive.config.data.rglob("*"):
        if path.is_file():
            assert b"CANARY-4f1c" not in path.read_bytes(), path
    post(client, f"{address}/discard")
    assert not any(path.exists() for path in new)
    assert client.get(address).status_code == 404


def test_an_import_is_missing_to_everybody_else(portal: Portal) -> None:
    table = workbook(HEAD, ("H002-KJ·SB·HQ-076-001", "说明书", "", "", ""))
    sent = send(portal.browser("archivist"), table, source="甲号库房")
    address = str(sent.location).removesuffix("/columns")
    other = portal.browser("clerk")
    assert "甲号库房" in portal.browser("archivist").get("/imports").text
    assert "甲号库房" not in other.get("/imports").text
    for path in ("", "/columns", "/report.csv"):
        assert other.get(f"{address}{path}").status_code == 404
    for path in ("/apply", "/discard", "/columns"):
        assert post(other, f"{address}{path}").status_code == 404


@pytest.mark.parametrize("name", ["publicity", "logistics", "officer", *ADMINISTRATORS])
def test_who_may_not_import_sees_no_form_and_no_link(portal: Portal, name: str) -> None:
    client = portal.browser(name)
    assert client.get("/imports").status_code == 403
    assert "/imports" not in client.get("/account").text


def test_a_clerk_cannot_file_by_forging_the_form(portal: Portal) -> None:
    client = portal.browser("clerk")
    address = begin(client, ("H002-KJ·SB·HQ-077-001", "说明书", "", "", ""))
    assert 'value="filed"' not in client.get(f"{address}/columns").text
    assert settle(client, address, state="filed").status_code == 403
    with portal.archive.database.reading() as session:
        assert session.get_one(CatalogueImport, address.rpartition("/")[2]).stage == "columns"


def drop(client: FlaskClient, *files: tuple[bytes, str]) -> TestResponse:
    """Drops files on the page for scans."""
    token = read_token(client.get("/imports/attach"))
    parts = [FileStorage(io.BytesIO(data), name) for data, name in files]
    return client.post(
        "/imports/attach", data={"csrf_token": token, "files": parts}, content_type="multipart/form-data"
    )


def test_dropped_scans_find_their_records_and_the_rest_is_told(portal: Portal) -> None:
    client = portal.browser("archivist")
    volume = "H002-KJ·SB·HQ-078"
    head = ("档号", "题名", "页数")
    address = begin(client, (f"{volume}-001", "合同", 5), (f"{volume}-002", "验收", 3), head=head)
    settle(client, address, state="filed")
    post(client, f"{address}/apply")
    blobs = {path for path in portal.archive.config.vault.rglob("*") if path.is_file()}
    page = drop(client, (b"scan one", "h002_kj_sb_hq_078_001.pdf"), (b"x", "合同.pdf"), (b"", f"{volume}-002.pdf"))
    assert page.status_code == 200
    assert "已挂接" in page.text
    assert "没有档号" in page.text
    assert "文件为空" in page.text
    assert len({path for path in portal.archive.config.vault.rglob("*") if path.is_file()} - blobs) == 1
    report = client.get(re.findall(r'href="(/imports/attach/[0-9a-f-]{36})"', page.text)[0]).text
    assert f"{volume}-002" in report.partition("缺文件的目录")[2]
    again = drop(client, (b"scan one", f"{volume}-001 副本.pdf"))
    assert "已有" in again.text
    assert (
        portal.browser("clerk").get(re.findall(r'href="(/imports/attach/[0-9a-f-]{36})"', page.text)[0]).status_code
        == 404
    )


def test_scans_are_never_attached_to_records_of_others(portal: Portal) -> None:
    """The clerk may see the filed record; adding to it is the archive room's."""
    code = portal.item(portal.ids["S18"]).archival_code
    page = drop(portal.browser("clerk"), (b"other", f"{code}.pdf"))
    assert "没有找到此档号的目录" in page.text
    assert code not in re.sub(r"<td>[^<]*\.pdf</td>", "", page.text)


def test_a_volume_lists_its_pieces_and_leads_to_its_own_entry(portal: Portal) -> None:
    client = portal.browser("archivist")
    volume = "H002-KJ·SB·HQ-079"
    address = begin(client, (volume, "冷却塔档案", "", "2020", ""), (f"{volume}-001", "说明书", "", "2020", ""))
    settle(client, address, state="filed")
    post(client, f"{address}/apply")
    whole, piece = sorted(items(portal, volume), key=lambda item: str(item.archival_code))
    page = client.get(f"/volumes/{whole.volume_id}").text
    assert page.count("<tr data-row>") == 1
    assert f'href="/items/{whole.id}"' in page
    assert f'href="/items/{piece.id}"' in page
    assert "案卷条目" in client.get(f"/items/{whole.id}").text
    assert "案卷条目" not in client.get(f"/items/{piece.id}").text
