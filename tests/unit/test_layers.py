"""The import directions of the packages, read from the source, and who may read the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "archive": {"archive", "config", "mappings"},
    "indexer": {"archive", "config", "indexer", "mappings", "render", "retrieval"},
    "mappings": {"mappings"},
    "portal": {"archive", "config", "mappings", "portal", "render", "retrieval"},
    "render": {"render"},
    "retrieval": {"archive", "config", "mappings", "retrieval"},
    "services": {"config", "services"},
}
OWN = set(ALLOWED) | {"bench", "config", "manage", "samples", "tests"}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_package_imports_only_what_lies_below_it(package: str) -> None:
    files = sources(package)
    assert files
    wrong = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files
        for module in imported(path)
        if module.split(".")[0] in OWN - ALLOWED[package]
    }
    assert not wrong


def test_only_config_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for package in (*ALLOWED, "samples", "bench")
        for path in sources(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
    }
    assert not readers


READING_ALIASES = {"Kind", "Problem", "alias_name", "check_index", "find_index"}


def taken_names(path: Path) -> Iterator[tuple[str, str]]:
    """Modules and the names imported from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def test_only_the_indexer_writes_to_the_search_engine() -> None:
    writers = {
        f"{path.relative_to(ROOT)}: {module} {name}"
        for package in set(ALLOWED) - {"indexer", "mappings"}
        for path in sources(package)
        for module, name in taken_names(path)
        if module == "elasticsearch.helpers"
        or (module, name) == ("elasticsearch", "helpers")
        or (module == "mappings.aliases" and name not in READING_ALIASES)
    }
    assert not writers
