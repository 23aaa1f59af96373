"""A catalogue of the kind that departments keep in Excel, and its way through the pages of an import."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import openpyxl
from playwright.sync_api import Page

VOLUME, SHOWN = "H002-KJ·SB·HQ-081", "H002-KJ·SB·HQ-091"
"""Of the journey, and of the pages that are only looked at."""
HEAD = ("序 号", "档  号", "题  名", "责 任 者", "文件日期", "页  号", "备  注")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_rows(volume: str) -> Sequence[Sequence[object]]:
    """A volume with two pieces, and another one with faults."""
    other = f"{volume[:-1]}2"
    return (
        (1, volume, "住院综合楼1号冷水机组档案", "后勤保障部", "2019至2023", "", ""),
        (2, f"{volume}-001", "冷水机组采购合同", "后勤保障部", "2019-03-12", "1-6", ""),
        (3, f"{volume}-002", "冷水机组安装验收报告", "后勤保障部", "2019.8.30", "7-9", ""),
        (4, f"{other}-001", "冷却塔说明书", "晋北制冷设备厂", "2019年13月", "1-20", "缺封底"),
        (5, f"{other}-002", "冷却塔检修记录", "后勤保障部", "2022", "18-25", ""),
    )


def workbook(volume: str) -> bytes:
    """The catalogue with a title above its headings, as such lists have."""
    book = openpyxl.Workbook()
    book.active.title = "卷内目录"
    for row in (("卷内文件目录",), (), HEAD, *list_rows(volume)):
        book.active.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def upload(page: Page, base: str, volume: str = SHOWN) -> None:
    """Until the page of the columns."""
    page.goto(f"{base}/imports")
    page.fill("#source", "设备科台账")
    page.set_input_files("#file", {"name": "冷水机组目录.xlsx", "mimeType": XLSX, "buffer": workbook(volume)})
    page.locator(".upload-send button").click()
    page.wait_for_url("**/columns")


def preview(page: Page, base: str) -> None:
    """Until the preview."""
    upload(page, base)
    page.select_option("#department", "HQB")
    page.locator(".upload-send button").click()
    page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}$"))


def take_over(page: Page, base: str) -> None:
    """Until the report."""
    preview(page, base)
    if page.locator(".imports-next .btn-primary[type=submit]").count():
        page.locator(".imports-next .btn-primary[type=submit]").click()
        page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}$"))


def attach(page: Page, base: str, *files: tuple[str, bytes], firm: str = "") -> None:
    """Drops scans on their page, those of a scanning firm as its delivery."""
    page.goto(f"{base}/imports/attach")
    page.fill("#firm", firm)
    dropped = [{"name": name, "mimeType": "application/pdf", "buffer": data} for name, data in files]
    page.set_input_files("#files", dropped)
    page.locator(".upload-send button").click()
    page.wait_for_selector("table.lines")
