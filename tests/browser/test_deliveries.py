"""A scanning firm's delivery, from its files to the acceptance sheet, at both widths and in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from archive.record import Archive
from tests import portal_papers as papers
from tests.browser import tables, world
from tests.browser.pages import LANGUAGES, WIDTHS, Site, find_problems

VOLUME = "H002-KJ·SB·HQ-085"
FIRM = "晋北数码加工有限公司"


def attach_delivery(page: Page, base: str) -> None:
    """Two pieces get their scans, one file belongs to nothing."""
    tables.upload(page, base, VOLUME)
    page.select_option("#department", "HQB")
    page.locator(".upload-send button").click()
    page.locator(".imports-next .btn-primary").click()
    scans = [(f"{VOLUME}-00{n}.pdf", papers.make_pdf(((f"第{n}件 扫描",),) * (6 if n == 1 else 2))) for n in (1, 2)]
    tables.attach(page, base, *scans, ("说明.pdf", b"no code"), firm=FIRM)


def test_a_delivery_is_inspected_record_by_record_and_returned_or_accepted(site: Site, small_archive: Archive) -> None:
    with site.visit("archivist") as page:
        attach_delivery(page, site.base)
        page.locator(".imports-next a[href='/deliveries']").click()
        page.locator(".delivery-list a").first.click()
        expect(page.locator("h1")).to_have_text(FIRM)
        world.drain(small_archive)
        page.reload()
        expect(page.locator(".delivery-findings")).to_contain_text("说明.pdf")
        expect(page.locator(".delivery-findings")).to_contain_text("页数与目录不符")
        page.locator(".delivery-draw button").click()
        expect(page.locator(".delivery-sample li")).to_have_count(2)
        address = page.url.partition("#")[0]
        page.locator(".delivery-sample li a.btn").first.click()
        expect(page.locator("#leaf")).to_be_visible()
        page.goto(address)
        page.locator(".delivery-verdicts [value=pass]").first.click()
        expect(page.locator("#sample")).to_contain_text("已检 1 件，共 2 件")
        page.locator(".delivery-sample select").nth(1).select_option("unclear")
        page.locator(".delivery-verdicts [value=fail]").nth(1).click()
        expect(page.locator("#sample")).to_contain_text("合格率 50%")
        expect(page.locator("[name=do][value=accept]")).to_have_count(0)
    for language in LANGUAGES:
        for width in WIDTHS:
            with site.visit("archivist", language=language, width=width) as page:
                page.goto(address)
                assert find_problems(page, language) == []
    with site.visit("archivist", scripts=False) as page:
        page.goto(address)
        page.locator(".delivery-verdicts [value=pass]").nth(1).click()
        page.fill("#remark", "说明.pdf 不属于目录，另行处理")
        page.locator("[name=do][value=accept]").click()
        expect(page.locator(".delivery-facts")).to_contain_text("已验收")
        with page.expect_download() as download:
            page.locator("a[href$='sheet.pdf']").click()
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
        expect(page.locator(".delivery-draw, .delivery-judge")).to_have_count(0)


@pytest.mark.parametrize("name", ["clerk", "publicity"])
def test_others_see_no_delivery(site: Site, name: str) -> None:
    with site.visit(name) as page:
        page.goto(f"{site.base}/deliveries")
        expect(page.locator(".delivery-list")).to_have_count(0)
