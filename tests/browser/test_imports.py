"""Catalogue first, files later: a table becomes records found without a scan, then scans find their records."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from archive.record import Archive
from tests import portal_papers as papers
from tests.browser import tables, world
from tests.browser.pages import Site, open_item

SCAN = (("冷水机组采购合同",), ("第二页 付款方式",), ("第三页 质保条款",))


def test_records_are_found_before_anybody_scanned_them_and_scans_find_them(site: Site, small_archive: Archive) -> None:
    first = f"{tables.VOLUME}-001"
    with site.visit("archivist") as page:
        tables.upload(page, site.base, tables.VOLUME)
        fields = page.locator("select[name=column]").evaluate_all("(all) => all.map((one) => one.value)")
        assert fields == ["", "archival_code", "title", "creator", "date", "page_range", "note"]
        page.select_option("#department", "HQB")
        page.locator(".upload-send button").click()
        expect(page.locator("table.lines").first).to_contain_text("2019年13月")
        expect(page.locator(".imports-counts")).to_contain_text(re.compile(r"新建\s*3"))
        page.locator(".imports-next .btn-primary").click()
        expect(page.locator(".imports-counts")).to_contain_text(re.compile(r"新建\s*3.*未导入\s*2"))
        world.drain(small_archive)
        open_item(page, site.base, first)
        expect(page.locator("h1")).to_have_text("冷水机组采购合同")

        tables.attach(page, site.base, (f"{first}.pdf", papers.make_pdf(SCAN)), ("说明.pdf", b"no code"))
        rows = page.locator("table.lines tbody tr")
        expect(rows.nth(0)).to_contain_text("已挂接")
        expect(rows.nth(1)).to_contain_text("没有档号")
        world.drain(small_archive)
        page.locator(".imports-next a").click()
        expect(page.locator(".imports-codes")).to_have_text(re.compile(f"{tables.VOLUME}-002"))
        expect(page.locator("table.lines tbody tr")).to_have_text(re.compile(f"{first}.*6.*3", re.DOTALL))
        page.goto(f"{site.base}/search?q=质保条款")
        expect(page.locator(".hits")).to_contain_text(first)


def test_an_import_needs_no_scripts(site: Site) -> None:
    with site.visit("clerk", scripts=False) as page:
        tables.preview(page, site.base)
        expect(page.locator("h1")).to_have_text("导入预览")
        page.locator(".imports-discard button").click()
        expect(page.locator(".note")).to_contain_text("未导入任何内容")
