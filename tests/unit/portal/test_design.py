"""What the design promises and a machine can check: contrast, size, no inline code, icons and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import ROOT
from portal.icons import icon

TEMPLATES = sorted((ROOT / "portal" / "templates").rglob("*.html"))
STATIC = ROOT / "static"
TEXT_ON = {
    "ink": ("paper", "sheet", "sunk", "info-soft", "ok-soft", "warn-soft", "bad-soft", "accent-soft", "mark"),
    "ink-soft": ("paper", "sheet", "sunk", "accent-soft"),
    "accent": ("paper", "sheet", "accent-soft"),
    "accent-deep": ("paper", "sheet"),
    "on-accent": ("accent", "accent-deep"),
    "info": ("info-soft", "sheet", "paper"),
    "ok": ("ok-soft", "sheet", "paper"),
    "warn": ("warn-soft", "sheet", "paper"),
    "bad": ("bad-soft", "sheet", "paper"),
}
EDGES = {"line-strong": ("paper", "sheet"), "info": ("paper", "sheet")}
"""Borders of fields and the focus ring: 3:1 (WCAG 2.2, 1.4.11)."""


def read_tokens(*, dark: bool) -> dict[str, str]:
    light, darker = (STATIC / "css/tokens.css").read_text(encoding="utf-8").split("prefers-color-scheme: dark", 1)
    found = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})")
    return dict(found.findall(light)) | (dict(found.findall(darker)) if dark else {})


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_text_and_edges_stand_out(dark: bool) -> None:
    tokens = read_tokens(dark=dark)
    weak = [
        (front, back, round(contrast(tokens[front], tokens[back]), 2))
        for table, least in ((TEXT_ON, 4.5), (EDGES, 3.0))
        for front, backs in table.items()
        for back in backs
        if contrast(tokens[front], tokens[back]) < least
    ]
    assert weak == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_has_code_or_style_in_it(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]*\sstyle\s*=", text)
    assert not re.search(r"<[^>]*\son\w+\s*=", text)
    assert not re.search(r"<style|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(?:src|href)=[\"']https?://", text)


def test_every_icon_is_in_the_bundle() -> None:
    sources = TEMPLATES + sorted((ROOT / "portal").rglob("*.py"))
    names = {name for path in sources for name in re.findall(r"icon\('([\w-]+)'", path.read_text(encoding="utf-8"))}
    assert len(names) > 20
    for name in names:
        assert "<path" in icon(name), name


def test_the_search_page_needs_little() -> None:
    own = ["css/tokens.css", "css/layout.css", "css/forms.css", "css/search.css", "js/app.js", "js/suggest.js"]
    assert sum((STATIC / name).stat().st_size for name in [*own, "img/seal.svg"]) <= 50_000


def test_no_text_is_smaller_than_thirteen_pixels() -> None:
    for path in (STATIC / "css").glob("*.css"):
        for size in re.findall(r"font(?:-size)?:[^;{}]*?(\d*\.?\d+)rem", path.read_text(encoding="utf-8")):
            # Smaller ones are icons beside words.
            assert float(size) >= 0.8125 or float(size) in (0.75, 0.8), f"{path.name}: {size}rem"


def test_style_sheets_and_scripts_reach_for_nothing_outside() -> None:
    for path in [*(STATIC / "css").glob("*.css"), *(STATIC / "js").glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        assert "http://" not in text.replace("http://www.w3.org", ""), path.name
        assert "https://" not in text, path.name
        assert "@import" not in text, path.name
        assert "eval(" not in text, path.name
        assert not re.search(r"(?:inner|outer)HTML\s*\+?=[^=]|insertAdjacentHTML|document\.write", text), path.name
