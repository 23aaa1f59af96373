"""Correcting a page by keyboard alone, on a phone, and without scripts."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from archive.record import Archive
from tests import portal_papers as papers
from tests.browser import world
from tests.browser.pages import Site

FIRST, SECOND = papers.PAGES[0]


def open_sheet(page: Page, site: Site, archive: Archive, number: int = 1) -> str:
    """The screen of an uncertain page; the address of its viewer."""
    paper = papers.shelve_unsure(archive)
    page.goto(f"{site.base}/review/files/{paper.file_id}/pages/{number}")
    return f"{site.base}/files/{paper.file_id}/pages/{number}"


def test_a_page_is_corrected_by_keyboard_alone(site: Site, small_archive: Archive) -> None:
    with site.visit("clerk") as page:
        viewer = open_sheet(page, site, small_archive)
        fields = page.locator(".say input.form-control")
        expect(fields.nth(0)).to_be_focused()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text("后勤社会化考核细则")
        page.keyboard.press("Enter")
        expect(fields.nth(1)).to_be_focused()
        expect(page.locator("[data-done]")).to_contain_text("1 / 2")
        page.keyboard.press("Enter")
        expect(page.locator("button[value=save]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".note-ok")).to_contain_text("已保存 2 行")
        page.goto(viewer)
        expect(page.locator(".lines")).to_contain_text("后勤社会化考核细则")
        expect(page.locator(".unsure, .doubtful")).to_have_count(0)
        world.drain(small_archive)
        page.goto(f"{site.base}/search?q=后勤社会化考核细则")
        expect(page.locator(".hits .hit")).not_to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_each_field_stands_under_the_very_words_of_the_scan(site: Site, small_archive: Archive, width: int) -> None:
    with site.visit("clerk", width=width) as page:
        open_sheet(page, site, small_archive)
        page.wait_for_load_state("networkidle")
        for crop in page.locator(".crop svg").all():
            shot = Image.open(io.BytesIO(crop.screenshot())).convert("L")
            middle = shot.crop((0, shot.height // 4, shot.width, shot.height * 3 // 4))
            edge = shot.crop((0, 0, shot.width, max(1, shot.height // 12)))
            assert middle.getextrema()[0] < 100, "the line is in its piece"
            assert edge.getextrema()[0] > 150, "and its neighbours are not"


def test_correcting_works_without_scripts(site: Site, small_archive: Archive) -> None:
    with site.visit("clerk", scripts=False) as page:
        viewer = open_sheet(page, site, small_archive)
        page.locator(".say input.form-control").first.fill("没有脚本也能改")
        page.locator("[name=confirm]").nth(1).check()
        page.locator(".say input.form-control").first.press("Enter")  # the form's first button saves
        expect(page.locator(".note-ok")).to_contain_text("已保存 2 行")
        page.goto(viewer)
        expect(page.locator(".lines")).to_contain_text("没有脚本也能改")
        page.locator(".tool-out a").first.click()
        page.locator("details.history summary").click()
        page.locator("details.history button").first.click()
        expect(page.locator(".note-ok")).to_contain_text("已撤回")


def test_the_slower_of_two_is_told_on_the_line(site: Site, small_archive: Archive) -> None:
    with site.visit("clerk") as slow, site.visit("clerk") as fast:
        open_sheet(slow, site, small_archive)
        fast.goto(slow.url)
        fast.locator(".say input.form-control").first.fill("快者所改")
        fast.keyboard.press("Control+Enter")
        expect(fast.locator(".note-ok")).to_contain_text("已保存")
        slow.locator(".say input.form-control").first.fill("慢者所改")
        slow.keyboard.press("Control+Enter")
        expect(slow.locator(".line-refused .mistake")).to_contain_text("慢者所改")
        expect(slow.locator(".line-refused input.form-control")).to_have_value("快者所改")
