"""Every page of the portal: who opens it, how it is reached, and what must hold of it at every width and language.

Used by the tests over a small archive and by `make screenshots` over a running demo.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from portal.messages import load
from tests.browser import tables
from tests.browser.world import password

WIDTHS: Final = (1280, 390)
HEIGHTS: Final = {1280: 860, 390: 844}
LANGUAGES: Final = ("zh", "en")
CHROMIUM: Final = "/usr/bin/chromium"
CONTRACT: Final = "H002-ZY·HT·2023·D30-0021"
BOILER: Final = "H002-KJ·SB·TZ-003-004"
HEALTH_RECORD: Final = "健康档案"
HAN: Final = re.compile(r"[\u4e00-\u9fff]")
LABELS: Final = "button, label, th, dt, h2, summary, legend, [aria-label], [placeholder], .tool, .chips a"
"""Elements that hold our words; what stands elsewhere may be data, which is Chinese in every language."""
DATA: Final = re.compile(r"杜文|韩雪|孟军|曹福生|贺兰|石坚|晋北|简体中文|\.(tif|pdf|jpg)|^\W*[A-Z]{1,2}·")
"""Names and file names that may stand within such elements."""
LATIN: Final = re.compile(r"[A-Za-z]{4,}")
KEPT_LATIN: Final = re.compile(r"JPEG|HTML|Excel|Word|Enter|H002|English|\b[A-Z]{2}\b")


@dataclass(frozen=True)
class Site:
    """A portal that answers at `base`, and a browser."""

    base: str
    browser: Browser
    sessions: dict[str, list[Any]] = field(default_factory=dict)
    """Cookies by account, so that each signs in once."""

    @contextmanager
    def visit(self, name: str = "", *, language: str = "zh", width: int = 1280, scripts: bool = True) -> Iterator[Page]:
        """A new browser profile in which the person is signed in."""
        context = self.browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=scripts,
            has_touch=width < 500,
            reduced_motion="reduce",
        )
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "guidang_language", "value": language, "url": self.base}])
        page = context.new_page()
        try:
            if name in self.sessions:
                context.add_cookies(self.sessions[name])
            elif name:
                sign_in(page, self.base, name)
                kept = [cookie for cookie in context.cookies() if cookie["name"] != "guidang_language"]
                self.sessions[name] = cast(list[Any], kept)
            yield page
        finally:
            context.close()


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def sign_in(page: Page, base: str, name: str) -> None:
    """Fills in the sign-in page."""
    page.goto(f"{base}/sign-in")
    page.fill("#name", name)
    page.fill("#password", password(name))
    page.click(".gate button[type=submit].btn-primary")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def open_item(page: Page, base: str, code: str) -> None:
    """The item of an archival code, by way of the search page."""
    page.goto(f"{base}/search?q={code}")
    page.goto(f"{base}{page.locator('.hit h2 a').first.get_attribute('href')}")


def open_page(page: Page, base: str, code: str, number: int, query: str) -> None:
    """A page of the first file of an item."""
    open_item(page, base, code)
    href = page.locator("a.file-name").first.get_attribute("href") or ""
    page.goto(f"{base}{href.partition('?')[0].rpartition('/')[0]}/{number}?q={query}")
    wait_for_leaf(page)


def wait_for_leaf(page: Page) -> None:
    """Until the page image is there."""
    page.wait_for_function("() => [...document.images].every((i) => i.loading === 'lazy' || i.naturalWidth > 0)")


def _open_volume(page: Page, base: str) -> None:
    open_item(page, base, BOILER)
    page.goto(f"{base}{page.locator('.item-volume a').get_attribute('href')}")


def _open_sheets(page: Page, base: str) -> None:
    _open_volume(page, base)
    page.goto(f"{base}{page.locator('main a.btn-quiet[href$=sheets]').get_attribute('href')}")


def _open_print(page: Page, base: str) -> None:
    open_page(page, base, CONTRACT, 1, "")
    page.goto(f"{base}{page.locator('a.tool-wide').first.get_attribute('href')}")
    wait_for_leaf(page)


def _open_review(page: Page, base: str) -> None:
    """The least certain page of the queue."""
    page.goto(f"{base}/review")
    page.locator(".waiting-what a").first.click()
    page.wait_for_selector(".line")


def _send_mistake(page: Page, base: str) -> None:
    """The upload form as it comes back; without scripts on the way, so that the server's page is seen."""
    page.goto(f"{base}/upload")
    page.evaluate("document.querySelector('form.upload').noValidate = true")
    page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('form.upload'))")
    page.wait_for_selector(".mistake")


def _attach(page: Page, base: str) -> None:
    """Files without a record, and one that finds it."""
    tables.take_over(page, base)
    tables.attach(page, base, (f"{tables.SHOWN}-001.pdf", b"%PDF-1.4 a scan"), ("采购合同.pdf", b"no code"))


def _open_delivery(page: Page, base: str) -> None:
    """A delivery of a scanning firm, with a file that belongs to no record."""
    tables.take_over(page, base)
    scan = f"a scan {page.viewport_size} {page.url}".encode()
    tables.attach(page, base, (f"{tables.SHOWN}-001.pdf", scan), ("采购合同.pdf", b"no code"), firm="晋北数码加工")
    page.goto(f"{base}/deliveries")
    page.locator(".delivery-list a").first.click()
    page.wait_for_selector(".delivery-figures")


def _list_deliveries(page: Page, base: str) -> None:
    _open_delivery(page, base)
    page.goto(f"{base}/deliveries")


def _open_batch(page: Page, base: str) -> None:
    """A batch just handed in."""
    page.goto(f"{base}/upload")
    page.set_input_files("#files", {"name": "巡查.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.fill("#title", "巡查记录")
    page.fill("#class", "WS·HQ")
    page.press("#class", "Enter")
    page.click("form.upload [type=submit]")
    page.wait_for_url("**/jobs/**")
    page.goto(page.url.replace("/jobs/", "/batches/"))


def _list_batches(page: Page, base: str) -> None:
    _open_batch(page, base)
    page.goto(f"{base}/batches")


def _path(path: str) -> Callable[[Page, str], None]:
    return lambda page, base: page.goto(base + path) and None


@dataclass(frozen=True)
class Shown:
    """One page: its name, who opens it, and how."""

    name: str
    account: str
    open: Callable[[Page, str], None]
    status: int = 200


PAGES: Final = (
    Shown("sign-in", "", _path("/sign-in")),
    Shown("start", "archivist", _path("/")),
    Shown("search", "archivist", _path("/search?q=电梯")),
    Shown("search-nothing", "publicity", _path("/search?q=青花瓷七号")),
    Shown("item", "archivist", lambda page, base: open_item(page, base, CONTRACT)),
    Shown("item-not-readable", "publicity", lambda page, base: open_item(page, base, CONTRACT)),
    Shown("volume", "archivist", _open_volume),
    Shown("viewer", "archivist", lambda page, base: open_page(page, base, CONTRACT, 1, "电梯")),
    Shown("viewer-masked", "archivist", lambda page, base: open_page(page, base, CONTRACT, 2, "联系人")),
    Shown("viewer-text", "records", lambda page, base: open_page(page, base, HEALTH_RECORD, 1, "过敏")),
    Shown("print", "archivist", _open_print),
    Shown("separator-sheets", "archivist", _open_sheets),
    Shown("review", "clerk", _path("/review")),
    Shown("review-page", "clerk", _open_review),
    Shown("upload", "clerk", _path("/upload")),
    Shown("upload-mistake", "clerk", _send_mistake),
    Shown("uploads", "clerk", _path("/uploads")),
    Shown("batches", "clerk", _list_batches),
    Shown("batch", "clerk", _open_batch),
    Shown("operations", "sysadmin", _path("/operations")),
    Shown("imports", "archivist", _path("/imports")),
    Shown("imports-columns", "archivist", tables.upload),
    Shown("imports-preview", "clerk", tables.preview),
    Shown("imports-report", "archivist", tables.take_over),
    Shown("attach", "archivist", _path("/imports/attach")),
    Shown("attach-report", "archivist", _attach),
    Shown("deliveries", "archivist", _list_deliveries),
    Shown("delivery", "archivist", _open_delivery),
    Shown("account", "clerk", _path("/account")),
    Shown("error", "clerk", _path("/items/00000000-0000-4000-8000-000000000000"), status=404),
)


def find_problems(page: Page, language: str) -> list[str]:
    """What is wrong with the page as it stands: wider than the window, words of another language, barriers."""
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    problems = [f"{wide} px too wide: {_find_widest(page)}"] if wide > 0 else []
    problems += [f"untranslated: {text}" for text in find_untranslated(page, language)]
    violations = Axe().run(page).response["violations"]
    return problems + [f"{v['id']}: {node['html'][:160]}" for v in violations for node in v["nodes"][:3]]


def _find_widest(page: Page) -> str:
    script = """() => [...document.querySelectorAll('body *')]
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
        .filter((e) => !e.closest('.table-frame, .strip, .pane, .leaves'))
        .slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(' | ')"""
    found: str = page.evaluate(script)
    return found


_TEXTS: Final = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    while (walk.nextNode()) found.push(walk.currentNode.textContent.trim());
    const names = ['title', 'aria-label', 'placeholder', 'alt'];
    for (const e of document.querySelectorAll(names.map((name) => `[${name}]`).join(',')))
        for (const name of names) found.push(e.getAttribute(name) || '');
    return found.filter(Boolean);
}"""
_LABEL_TEXTS: Final = """(wanted) => [...document.querySelectorAll(wanted)]
    .filter((e) => !e.querySelector('input, select, ul') && !e.closest('.hit h2, tbody, .picker-list'))
    .flatMap((e) => [
        e.querySelector('table') ? '' : e.textContent.trim(),
        e.getAttribute('aria-label'),
        e.getAttribute('placeholder'),
    ])
    .filter(Boolean)"""


def find_untranslated(page: Page, language: str) -> list[str]:
    """Sentences of the catalogue left in English on a Chinese page, and labels in the wrong language on either."""
    texts: list[str] = page.evaluate(_TEXTS)
    labels: list[str] = page.evaluate(_LABEL_TEXTS, LABELS)
    if language == "en":
        sentences = {str(m.string) for m in load("zh_Hans_CN") if isinstance(m.string, str) and "%" not in m.string}
        left = [text for text in texts if text in sentences and HAN.search(text)]
        return left + [label for label in labels if HAN.search(DATA.sub("", label)) and not DATA.search(label)]
    english = {m.id for m in load("zh_Hans_CN") if isinstance(m.id, str) and m.id != m.string and "%" not in m.id}
    left = [text for text in texts if text in english]
    return left + [label for label in labels if LATIN.search(KEPT_LATIN.sub("", label)) and not HAN.search(label)]
