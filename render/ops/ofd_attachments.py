"""Files embedded in an OFD document (GB/T 33190-2016, clause 17)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.handover import Result, hand_over
from render.ops.members import Member, build_member
from render.ops.ofd_layout import open_file


def _next(params: dict[str, Any], source: Source) -> Result:
    """A portion of an attachment."""
    return hand_over(params, source, _iter_members)


OPS = {"ofd.next": _next}


def _iter_members(source: Source) -> Generator[Member]:
    """The attachments in the order of the document. Raises OpError as `open_file` does."""
    for document in open_file(source).documents:
        for name, path in document.iter_attachments():
            try:
                content = document.package.read(path)
            except OpError as err:
                yield Member(name=name.encode(), size=None, reason=err.reason, read=lambda _: b"")
            else:
                yield build_member(name.encode(), content)
