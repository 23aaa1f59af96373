"""Pages of batches: figures and reasons in words, rights, report, stopping and trying again."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select, update

from archive.models import File, Job, Page, utc_now
from archive.record import Archive
from tests.portal_world import ADMINISTRATORS, Portal, post, read_events
from tests.service.portal.test_upload import hand_in


@pytest.fixture
def batch(portal: Portal) -> str:
    """Three files of the clerk: read, failed for a reason that may pass, still waiting."""
    files = ((b"1", "=HYPERLINK(1).txt"), (b"2", "锅炉.pdf"), (b"3", "电梯.pdf"))
    job_id = hand_in(portal.browser("clerk"), *files).location.rpartition("/")[2]
    with portal.archive.database.writing() as session:
        outcomes = {"=HYPERLINK(1).txt": ("searchable", ""), "锅炉.pdf": ("unreadable", "tool_timeout")}
        for file in session.scalars(select(File).where(File.job_id == job_id)):
            file.outcome, file.reason = outcomes.get(file.name, ("", ""))
            file.decided_at = utc_now() if file.outcome else None
    return job_id


def states(archive: Archive, job_id: str) -> dict[str, tuple[str, str]]:
    with archive.database.reading() as session:
        files = session.scalars(select(File).where(File.job_id == job_id))
        return {file.name: (file.outcome, file.reason) for file in files}


def test_the_page_shows_figures_files_and_reasons_in_words(portal: Portal, batch: str) -> None:
    page = portal.browser("clerk").get(f"/batches/{batch}").text
    assert "共 3 个文件，已完成 2 个。" in page
    assert "读取文件超时，已停止" in page
    assert "锅炉.pdf" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert re.search(r"重试 1 个文件", page)
    failed = portal.browser("clerk").get(f"/batches/{batch}?outcome=unreadable").text
    assert "锅炉.pdf" in failed
    assert "电梯.pdf" not in failed


def test_the_list_shows_own_batches_with_what_failed(portal: Portal, batch: str) -> None:
    page = portal.browser("clerk").get("/batches").text
    assert f"/batches/{batch}" in page
    assert "1 个失败" in page
    assert f"/batches/{batch}" not in portal.browser("logistics").get("/batches").text


@pytest.mark.parametrize("path", ["", "/report.csv"])
def test_a_batch_of_others_looks_like_none(portal: Portal, batch: str, path: str) -> None:
    for name in ("logistics", "publicity"):
        client = portal.browser(name)
        hidden, missing = client.get(f"/batches/{batch}{path}"), client.get(f"/batches/{'0' * 8}{batch[8:]}{path}")
        assert (hidden.status_code, missing.status_code) == (404, 404)
        varying = re.compile(r"[0-9a-f-]{36}|[0-9a-f]{16}|[\w.-]{60,}")
        assert varying.sub("", hidden.text) == varying.sub("", missing.text)
        assert post(client, f"/batches/{batch}/cancel").status_code == 404
        assert post(client, f"/batches/{batch}/retry").status_code == 404
    assert states(portal.archive, batch)["电梯.pdf"] == ("", "")


@pytest.mark.parametrize("name", [*ADMINISTRATORS, "officer"])
def test_who_is_not_staff_opens_no_batch(portal: Portal, batch: str, name: str) -> None:
    client = portal.browser(name)
    assert client.get("/batches").status_code == 403
    assert client.get(f"/batches/{batch}").status_code == 403


def test_the_report_is_safe_to_open_and_has_the_reasons(portal: Portal, batch: str) -> None:
    answer = portal.browser("clerk").get(f"/batches/{batch}/report.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row[0] for row in rows[1:]} == {"'=HYPERLINK(1).txt", "锅炉.pdf", "电梯.pdf"}
    assert next(row for row in rows if row[0] == "锅炉.pdf")[6].startswith("读取文件超时")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_stopping_and_trying_again(portal: Portal, batch: str) -> None:
    client = portal.browser("clerk")
    assert client.post(f"/batches/{batch}/cancel").status_code == 400  # without the token of the form
    answer = post(client, f"/batches/{batch}/cancel", page=f"/batches/{batch}")
    assert answer.status_code == 303
    assert states(portal.archive, batch)["电梯.pdf"] == ("unreadable", "cancelled")
    page = client.get(f"/batches/{batch}").text
    assert "读取已被人员停止" in page
    assert "http-equiv" not in page
    post(client, f"/batches/{batch}/retry", page=f"/batches/{batch}")
    assert states(portal.archive, batch) == {
        "=HYPERLINK(1).txt": ("searchable", ""),
        "锅炉.pdf": ("", ""),
        "电梯.pdf": ("", ""),
    }
    assert [event.object_id for event in read_events(portal.archive, "batch:retry")][-1] == batch


def test_an_item_says_how_many_of_its_pages_no_search_finds(portal: Portal, batch: str) -> None:
    with portal.archive.database.writing() as session:
        files = session.scalars(select(File).where(File.job_id == batch)).all()
        item_id = files[0].item_id
        whole = next(file for file in files if file.outcome == "searchable")
        whole.page_count, whole.reason = 30, "pages_unreadable"
        session.add_all(Page(file_id=whole.id, number=n, reason="tool_crashed" if n <= 2 else "") for n in range(1, 31))
        session.execute(update(File).where(File.name == "锅炉.pdf", File.job_id == batch).values(page_count=10))
    page = portal.browser("clerk").get(f"/items/{item_id}").text
    assert "共 40 页，其中 12 页无法检索" in page
    assert "10 页: 读取文件超时" in page
    with portal.archive.database.writing() as session:
        session.execute(update(Job).where(Job.id == batch).values(finished_at=utc_now()))
        session.execute(update(File).where(File.job_id == batch).values(outcome="searchable", reason=""))
        session.execute(update(Page).where(Page.file_id == whole.id).values(reason=""))
    assert "无法检索" not in portal.browser("clerk").get(f"/items/{item_id}").text
