"""Names of files inside containers: which encoding they are written in, and what of them is fit to be shown.

Threat: a name that leads out of its folder, hides its ending (right-to-left marks) or breaks a line of a list. Names
are never used as paths; what is shown is a path of plain printable parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.intake import NAME_LENGTH
from indexer.extract.encoding import decode, detect_encoding

_DRIVE = re.compile(r"^[A-Za-z]:")
_BLANK = re.compile("[\u00a0\u2000-\u200a\u3000]")
_WIDE = "\u0800"
"""First character that takes three bytes of UTF-8; such a name is never another encoding by chance."""
_CHINESE = ("gb18030", "big5hkscs")
_ELSE = "cp437"
"""What a ZIP file's names are in when nothing else is said (APPNOTE.TXT, D.1)."""


def decode_names(names: Sequence[bytes]) -> list[str]:
    """The names as text. All that are not UTF-8 share an encoding: a single short name says too little."""
    foreign = [name for name in names if _as_utf8(name) is None]
    found = detect_encoding(b"\n".join(foreign), _CHINESE) if foreign else None
    return [_choose(name, found or _ELSE, has_foreign=bool(foreign)) for name in names]


def _choose(name: bytes, encoding: str, *, has_foreign: bool) -> str:
    text = _as_utf8(name)
    if text is None or (has_foreign and not name.isascii() and max(text) < _WIDE):
        return decode(name, encoding)
    return text


def _as_utf8(name: bytes) -> str | None:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return None


def clean_path(name: str) -> tuple[str, bool]:
    """The path fit to be shown, at most 300 characters, and whether anything unsafe was taken out of it."""
    given = _BLANK.sub(" ", name.replace("\\", "/").removeprefix("./"))
    plain = "".join(char for char in _DRIVE.sub("", given) if char.isprintable())
    parts = [part.strip() for part in plain.split("/")]
    path = "/".join(part for part in parts if part not in ("", ".", ".."))
    if len(path) > NAME_LENGTH:  # the end tells most: the file's name and ending
        path = "…" + path[1 - NAME_LENGTH :]
    is_unsafe = plain != given or given.startswith("/") or ".." in parts
    return path or "unnamed", is_unsafe
