"""`make screenshots`: pictures every page of the running demo and checks what the browser tests check.

All pictures go to docs/screenshots/all (not kept in the repository), those that the README shows to docs/screenshots.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page

from config import ROOT, Config
from tests.browser.pages import LANGUAGES, PAGES, WIDTHS, Site, find_problems, open_browser

FOLDER: Final = ROOT / "docs" / "screenshots"
KEPT: Final = {
    ("search", "zh", 1280),
    ("viewer", "zh", 1280),
    ("viewer", "zh", 390),
    ("item", "en", 1280),
    ("upload", "zh", 1280),
}
LARGEST: Final = 150_000


def save(page: Page, path: Path) -> None:
    """The visible part of the page as JPEG, as good as fits the limit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for quality in (88, 80, 70, 60):
        image.save(path, "JPEG", quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= LARGEST:
            return


def main() -> int:
    """Exit code 1 when a page has a problem; each is printed."""
    config = Config.load()
    base, problems = f"http://{config.host}:{config.port}", 0
    with open_browser() as browser:
        site = Site(base, browser)
        for shown in PAGES:
            for language in LANGUAGES:
                for width in WIDTHS:
                    with site.visit(shown.account, language=language, width=width) as page:
                        shown.open(page, base)
                        found = find_problems(page, language)
                        name = f"{shown.name}-{width}-{language}.jpg"
                        save(page, FOLDER / "all" / name)
                        if (shown.name, language, width) in KEPT:
                            save(page, FOLDER / name)
                    problems += len(found)
                    sys.stdout.write(f"{name}: {'; '.join(found) or 'ok'}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
