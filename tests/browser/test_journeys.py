"""What people come for, walked through with a real browser."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from archive.record import Archive
from tests import portal_papers as papers
from tests.browser import world
from tests.browser.pages import CONTRACT, Site, open_item, open_page, wait_for_leaf

LETTER, REQUEST, RULES = "H002-WS·HQ·2023·D30·YB-0031", "H002-WS·HQ·2023·D30·HQB-0026", "H002-WS·HQ·2023·D30·HQB-0012"
REPAIR = "H002-KJ·JJ·ZYL-11-001"
LIFTS = {
    "archivist": ({CONTRACT, LETTER, REQUEST, RULES, REPAIR}, {"KJ": 1, "WS": 3, "ZY": 1}),
    "publicity": ({CONTRACT, LETTER, REQUEST, RULES}, {"WS": 3, "ZY": 1}),
    "authority": ({CONTRACT}, {"ZY": 1}),
}
"""What each account finds for 电梯 among `world.PAPERS`: archival codes, and counts of the top classes."""


def search(page: Page, base: str, words: str) -> None:
    """Types into the box that is always there."""
    page.goto(base)
    page.fill("#q", words)
    page.press("#q", "Enter")
    page.wait_for_url("**/search**")


def shown_codes(page: Page) -> set[str]:
    return {text.strip() for text in page.locator(".hits .code").all_inner_texts()}


def class_counts(page: Page, base: str, words: str, classes: set[str]) -> dict[str, int]:
    """Counts beside the classes in the list of facets; a class that is not listed has none."""
    counts = {}
    for code in classes:
        link = page.locator(
            f'.facet-values > li > a[href*="class={code}&"], .facet-values > li > a[href$="class={code}"]'
        )
        if link.count():
            counts[code] = int(re.sub(r"\D", "", link.first.locator(".count").inner_text()))
    return counts


@pytest.mark.parametrize("name", LIFTS)
def test_the_same_words_find_for_each_what_each_may_know(site: Site, name: str) -> None:
    codes, counts = LIFTS[name]
    with site.visit(name) as page:
        search(page, site.base, "电梯")
        assert shown_codes(page) == codes
        assert class_counts(page, site.base, "电梯", {"KJ", "WS", "ZY"}) == counts


def read_ink(page: Page, rect: str) -> float:
    """Share of dark pixels of the page image under a box of the overlay."""
    place = page.locator(rect).bounding_box()
    assert place is not None
    page.evaluate("document.querySelector('.leaf svg').style.display = 'none'")
    shot = Image.open(io.BytesIO(page.screenshot(clip=place))).convert("L")
    page.evaluate("document.querySelector('.leaf svg').style.display = ''")
    return sum(shot.histogram()[:128]) / (shot.width * shot.height)


def test_a_hit_opens_on_its_scan_with_a_box_over_the_words(site: Site) -> None:
    with site.visit("archivist") as page:
        search(page, site.base, "电梯")
        page.locator(".hit", has_text="电梯维护保养合同").locator(".snippet-page").first.click()
        wait_for_leaf(page)
        expect(page.locator(".hit-current rect")).to_have_count(1)
        expect(page.locator("mark").first).to_have_text("电梯")
        assert page.locator(".hit").count() == 3
        for number in (1, 2, 3):
            assert 0.05 < read_ink(page, f"#hit-{number} rect") < 0.6, "letters, not paper"
        title = page.locator("#hit-1 rect").bounding_box()
        leaf = page.locator("#leaf").bounding_box()
        assert title
        assert leaf
        # The title stands centred in the upper quarter; its first two of eight characters begin left of the middle.
        assert 0.25 < (title["x"] - leaf["x"]) / leaf["width"] < 0.45
        assert 0.08 < (title["y"] - leaf["y"]) / leaf["height"] < 0.25
        assert 1.2 < title["width"] / title["height"] < 2.4, "two square characters on a slightly turned sheet"


def test_boxes_of_a_paper_of_known_geometry_are_exact(site: Site, small_archive: Archive, tmp_path: Path) -> None:
    paper = tmp_path / "已知位置.pdf"
    paper.write_bytes(papers.make_pdf([("后勤社会化服务考核办法", "锚碇件维护保养按月考核")]))
    with site.visit("clerk") as page:
        upload(page, site.base, paper, title="已知位置的一页")
        page.wait_for_url("**/jobs/**")
        world.drain(small_archive)
        expect(page.locator(".tag-ok")).to_have_count(1, timeout=30_000)
        search(page, site.base, "锚碇件")
        page.locator(".snippet-page").first.click()
        wait_for_leaf(page)
        rect = page.locator(".hit-current rect")
        found = [float(rect.get_attribute(name) or 0) for name in ("x", "y", "width", "height")]
    left, top, size = papers.LEFT, papers.top_of(1), papers.SIZE
    for value, known in zip(found, (left, top, 3 * size, size), strict=True):
        assert abs(value - known) <= 0.35 * size, (found, known)
    assert abs(found[0] - left) <= 2
    assert abs(found[2] - 3 * size) <= 3


def upload(page: Page, base: str, *files: Path, title: str) -> None:
    """Fills in the form as a person with scripts does."""
    page.goto(f"{base}/upload")
    page.set_input_files("#files", list(files))
    page.fill("#title", title)
    page.fill("#class", "后勤管理")
    page.press("#class", "Enter")
    page.click("form.upload [type=submit]")


def test_files_are_sent_one_by_one_and_refusals_stay_in_sight(site: Site, tmp_path: Path) -> None:
    full, empty = tmp_path / "有字.txt", tmp_path / "空.txt"
    full.write_text("一份通知", encoding="utf-8")
    empty.write_bytes(b"")
    with site.visit("clerk") as page:
        upload(page, site.base, full, empty, title="两个文件")
        expect(page.locator(".queue .state-ok")).to_have_count(1)
        expect(page.locator(".queue .state-bad")).to_contain_text("0 字节")
        page.locator("[data-watch-link]").click()
        page.wait_for_url("**/jobs/**")
        expect(page.locator(".handed-file")).to_have_count(1)
        expect(page.locator("#job-state")).to_contain_text("0")


def test_a_mistake_found_by_the_server_is_shown_at_its_field(site: Site, tmp_path: Path) -> None:
    paper = tmp_path / "a.txt"
    paper.write_text("x", encoding="utf-8")
    with site.visit("clerk") as page:
        upload(page, site.base, paper, title=" ")
        expect(page.locator("#title-mistake")).to_contain_text("请填写此项")
        expect(page.locator("#title")).to_be_focused()
        assert page.locator(".queue li").count() == 1, "the chosen file is still there"
        page.fill("#title", "有题名了")
        page.click("form.upload [type=submit]")
        page.wait_for_url("**/jobs/**")


def test_classes_are_found_by_a_part_of_their_name(site: Site) -> None:
    with site.visit("clerk") as page:
        page.goto(f"{site.base}/upload")
        page.fill("#class", "电梯")
        assert page.locator(".picker-list [data-value]").count() >= 1
        page.fill("#class", "没有这种门类")
        expect(page.locator(".picker-list")).to_contain_text("没有")
        page.fill("#class", "logistics administration")
        page.press("#class", "Enter")
        expect(page.locator("select[name=class]")).to_have_value("WS·HQ")


def test_logistics_finds_the_boiler_report_on_a_phone_in_two_taps(site: Site) -> None:
    with site.visit("logistics", width=390) as page:
        search(page, site.base, "锅炉 检验")
        page.locator(".snippet-page").first.tap()
        wait_for_leaf(page)
        expect(page.locator(".hit-current rect").first).to_be_in_viewport()
        assert page.locator(".hit").count() >= 2


def test_keys_turn_pages_step_through_hits_and_enlarge(site: Site) -> None:
    with site.visit("archivist") as page:
        open_page(page, site.base, CONTRACT, 1, "电梯")
        page.keyboard.press("n")
        page.wait_for_url(re.compile("hit=2"))
        page.keyboard.press("p")
        page.wait_for_url(re.compile("hit=1"))
        page.keyboard.press("]")
        page.wait_for_url(re.compile("/pages/2"))
        page.keyboard.press("[")
        page.wait_for_url(re.compile("/pages/1"))
        page.keyboard.press("+")
        page.wait_for_url(re.compile("zoom=100"))
        wait_for_leaf(page)
        wide = page.locator("#leaf").evaluate("image => image.naturalWidth")
        page.keyboard.press("+")
        page.wait_for_url(re.compile("zoom=150"))
        wait_for_leaf(page)
        assert page.locator("#leaf").evaluate("image => image.naturalWidth") == pytest.approx(1.5 * wide, abs=3)
        page.locator("#find").focus()
        page.keyboard.press("n")
        assert "zoom=150" in page.url, "letters are letters where one writes"


def test_masked_words_are_black_on_the_scan_and_stars_beside_it(site: Site) -> None:
    with site.visit("archivist") as page:
        open_page(page, site.base, CONTRACT, 2, "")
        masked = page.locator(".masked").all_inner_texts()
        assert "139****0018" in masked
        assert "13900000018" not in page.content()
        own = Image.open(io.BytesIO(page.locator("#leaf").screenshot())).convert("L")
    with site.visit("logistics") as page:
        open_page(page, site.base, CONTRACT, 2, "")
        assert "13900000018" in page.content()
        full = Image.open(io.BytesIO(page.locator("#leaf").screenshot())).convert("L")
    assert sum(own.histogram()[:40]) > sum(full.histogram()[:40]) + 1000


def test_everything_needed_works_without_scripts(site: Site, tmp_path: Path) -> None:
    paper = tmp_path / "没有脚本.txt"
    paper.write_text("一份通知", encoding="utf-8")
    with site.visit("clerk", scripts=False) as page:
        search(page, site.base, "电梯")
        page.locator(".snippet-page").first.click()
        expect(page.locator(".hit-current rect")).to_have_count(1)
        page.locator('[data-step="next_hit"]').click()
        expect(page.locator(".count")).to_contain_text("2 /")
        page.goto(f"{site.base}/upload")
        page.set_input_files("#files", paper)
        page.fill("#title", "没有脚本")
        page.select_option("#class", "WS·HQ")
        page.click("form.upload [type=submit]")
        page.wait_for_url("**/jobs/**")
        expect(page.locator(".handed-file")).to_contain_text("没有脚本.txt")


def test_who_may_not_read_is_told_whom_to_ask(site: Site) -> None:
    with site.visit("publicity") as page:
        open_item(page, site.base, CONTRACT)
        expect(page.locator(".note-warn")).to_contain_text("后勤保障部")
        assert page.locator("a.file-name").count() == 0


def test_archival_codes_are_copied_with_one_click(site: Site) -> None:
    with site.visit("archivist") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_item(page, site.base, CONTRACT)
        page.locator(".item-tags .code button").click()
        assert page.evaluate("navigator.clipboard.readText()") == CONTRACT
