"""Documents cannot rot: what the program has is what they name."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from archive.states import State
from config import Config

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def rows(text: str) -> dict[str, str]:
    """Settings tables: variable to default as written."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", text, re.MULTILINE))


def test_every_setting_is_documented_with_its_default() -> None:
    documented = rows((DOCS / "settings.md").read_text(encoding="utf-8"))
    settings = {f.metadata["name"]: f.metadata["default"] for f in fields(Config)}
    assert documented.keys() == settings.keys()
    for name, default in settings.items():
        if not default.startswith("="):
            assert documented[name] == (f"`{default}`" if default else "–"), name


def test_secrets_are_marked_and_hidden() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    for f in fields(Config):
        line = next(line for line in text.splitlines() if line.startswith(f"| `{f.metadata['name']}`"))
        assert line.endswith("(secret) |") is not f.repr, f.name


def test_every_state_is_documented() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert all(state in text for state in State)


def test_every_decision_is_numbered_once() -> None:
    numbers = [path.name[:4] for path in sorted((DOCS / "adr").glob("*.md"))]
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]), ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    broken = [target for target in targets if not (path.parent / target).exists()]
    assert not broken


def test_documents_name_no_machine() -> None:
    listed = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "requirements").iterdir(), ROOT / "requirements.txt"]
    machine = re.compile(r"/(work|root|farm|opt|home/[a-z]+)/")
    assert not [path.name for path in listed if machine.search(path.read_text(encoding="utf-8"))]
