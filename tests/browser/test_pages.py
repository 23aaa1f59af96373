"""Every page at two widths and in two languages: nothing sticks out or is left untranslated, nobody is shut out."""

from __future__ import annotations

import pytest

from tests.browser.pages import HEIGHTS, LANGUAGES, PAGES, WIDTHS, Shown, Site, find_problems, find_untranslated


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole(site: Site, shown: Shown, language: str) -> None:
    problems = []
    with site.visit(shown.account, language=language, width=min(WIDTHS)) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        shown.open(page, site.base)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            problems += [f"{width}: {problem}" for problem in find_problems(page, language)]
        problems += [error for error in errors if str(shown.status) not in error and "422" not in error]
    assert problems == []


def test_untranslated_words_would_be_noticed(site: Site) -> None:
    with site.visit("clerk") as page:
        page.goto(f"{site.base}/upload")
        page.evaluate("document.querySelector('label[for=title]').textContent = 'Title of it'")
        assert find_untranslated(page, "zh") == ["Title of it"]
    with site.visit("clerk", language="en") as page:
        page.goto(f"{site.base}/upload")
        page.evaluate("document.querySelector('label[for=title]').textContent = '题名'")
        assert "题名" in find_untranslated(page, "en")


def test_a_page_that_sticks_out_would_be_noticed(site: Site) -> None:
    with site.visit("clerk", width=390) as page:
        page.goto(f"{site.base}/upload")
        page.evaluate("document.querySelector('h1').style.width = '600px'")
        assert any("too wide" in problem for problem in find_problems(page, "zh"))


@pytest.mark.parametrize(
    "shown", [page for page in PAGES if page.name in ("viewer", "item", "search")], ids=lambda s: s.name
)
def test_the_page_holds_at_four_times_the_size(site: Site, shown: Shown) -> None:
    """400 % of 1280 px leaves 320 px (WCAG 2.2, 1.4.10)."""
    with site.visit(shown.account, width=390) as page:
        shown.open(page, site.base)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_dark_pages_keep_their_contrast(site: Site) -> None:
    problems = []
    for shown in PAGES:
        if shown.name in ("item", "viewer", "volume", "upload", "uploads"):
            with site.visit(shown.account) as page:
                page.emulate_media(color_scheme="dark")
                shown.open(page, site.base)
                problems += [f"{shown.name}: {problem}" for problem in find_problems(page, "zh")]
    assert problems == []
