"""Batches and large uploads in the browser: stopped and tried again by clicks, cut off and gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import select

from archive.models import File
from archive.record import Archive
from tests.browser.pages import Site
from tests.browser.test_journeys import upload

PIECE = 8 * 1024 * 1024
LARGE = b"0123456789abcdef" * (3 * PIECE // 16) + b"end"


def read_file(archive: Archive, name: str) -> bytes:
    """The bytes of the one file of that name."""
    with archive.database.reading() as session:
        file = session.scalars(select(File).where(File.name == name)).one()
    with archive.vault.reader(file.address or "") as blob:
        return blob.read()


def hand_in(page: Page, base: str, folder: Path, title: str) -> None:
    """A small upload; the page of its batch is open afterwards."""
    paper = folder / f"{title}.txt"
    paper.write_text(title, encoding="utf-8")
    upload(page, base, paper, title=title)
    page.wait_for_url("**/jobs/**")
    page.goto(page.url.replace("/jobs/", "/batches/"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_batch_is_stopped_and_tried_again(site: Site, tmp_path: Path, scripts: bool) -> None:
    title = f"停止再试 {scripts}"
    with site.visit("clerk") as page:
        hand_in(page, site.base, tmp_path, title)
        address = page.url
    with site.visit("clerk", scripts=scripts) as page:
        page.goto(f"{site.base}/batches")
        page.get_by_role("link", name=title).click()
        expect(page.locator("#job-state")).to_contain_text("处理中")
        page.get_by_role("button", name="停止读取").click()
        expect(page.locator("#job-state")).to_contain_text("已停止")
        expect(page.locator(".handed-file")).to_contain_text("读取已被人员停止")
        page.get_by_role("button", name="重试 1 个文件").click()
        expect(page.locator("#job-state")).to_contain_text("处理中")
        assert page.url == address


def test_a_batch_follows_the_work_without_a_reload(site: Site, small_archive: Archive, tmp_path: Path) -> None:
    with site.visit("clerk") as page:
        hand_in(page, site.base, tmp_path, "活的批次")
        page.evaluate("window.isSamePage = true")
        with small_archive.database.writing() as session:
            file = session.scalars(select(File).where(File.name == "活的批次.txt")).one()
            file.outcome, file.reason = "unreadable", "damaged"
        expect(page.locator("#job-state")).to_contain_text("处理完毕")
        expect(page.locator(".handed-file")).to_contain_text("文件已损坏或不完整")
        expect(page.locator(".chips")).to_contain_text("未能读取")
        assert page.evaluate("window.isSamePage")


def test_a_large_upload_goes_on_where_the_connection_broke(site: Site, small_archive: Archive, tmp_path: Path) -> None:
    large = tmp_path / "断线.bin"
    large.write_bytes(LARGE)
    seen: list[str] = []

    def interfere(route: Route) -> None:
        request = route.request
        seen.append(request.method)
        if request.method == "PATCH" and seen.count("PATCH") in (2, 4):
            route.abort("connectionreset")
        else:
            route.continue_()

    with site.visit("clerk") as page:
        page.route("**/upload/files**", interfere)
        upload(page, site.base, large, title="断线续传")
        page.wait_for_url("**/jobs/**")
    assert seen == ["POST", "PATCH", "PATCH", "HEAD", "PATCH", "PATCH", "HEAD", "PATCH", "PATCH"]
    assert read_file(small_archive, "断线.bin") == LARGE


def test_a_large_upload_goes_on_after_the_page_was_left(site: Site, small_archive: Archive, tmp_path: Path) -> None:
    large = tmp_path / "离开.bin"
    large.write_bytes(LARGE)
    with site.visit("clerk") as page:
        page.route(
            "**/upload/files/*",
            lambda route: route.continue_() if route.request.headers.get("upload-offset") == "0" else route.abort(),
        )
        with page.expect_request_finished(lambda request: request.method == "PATCH"):
            upload(page, site.base, large, title="离开再来")
        expect(page.locator(".queue .state")).to_contain_text("正在自动续传")
        page.goto(f"{site.base}/upload")
        page.unroute_all()
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request) if "/upload/files" in request.url else None)
        upload(page, site.base, large, title="离开再来")
        page.wait_for_url("**/jobs/**")
    assert [request.method for request in sent] == ["HEAD", "PATCH", "PATCH", "PATCH"]
    assert read_file(small_archive, "离开.bin") == LARGE
