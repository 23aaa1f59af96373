"""Words that tracked changes took out of a Word document (ECMA-376 part 1, 17.13.5): they are still in the file."""

from __future__ import annotations

import re
from typing import Any

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import package
from render.ops.package import Package

Result = tuple[dict[str, Any], bytes]
_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_MARK = b"delText"


def prepare() -> None:
    """Loads what a package needs."""
    package.prepare()


def _deleted(_: dict[str, Any], source: Source) -> Result:
    """Each deletion as one text, part by part in the order of the text; a part that cannot be parsed gives none."""
    members = Package(source)
    try:
        found = [text for name in members.names if _PARTS.fullmatch(name) for text in _read(members, name)]
    finally:
        members.close()
    return {"deleted": found}, b""


OPS = {"word.deleted": _deleted}


def _read(members: Package, name: str) -> list[str]:
    try:
        data = members.read(name)
        if _MARK not in data:
            return []
        tree = package.parse_xml(data)
    except OpError:
        return []  # The document itself is read elsewhere, and its faults are told there.
    texts = ("".join(part.text or "" for part in deletion.iter("delText")) for deletion in tree.iter("del"))
    return [text for text in texts if text.strip()]
