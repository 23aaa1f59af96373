"""Files inside packed files, mailboxes, mails and Office documents."""

from __future__ import annotations

from functools import partial
from typing import Any

from render.jail.source import Source
from render.ops import embedded, libarchive, mail, objects, tnef
from render.ops.handover import Reader, Result, hand_over

_READERS: dict[str, Reader] = {
    media_type: partial(libarchive.iter_members, media_type=media_type) for media_type in libarchive.MEDIA_TYPES
}
_READERS |= dict.fromkeys(embedded.MEDIA_TYPES, embedded.iter_members)
_READERS |= {kind: partial(objects.iter_members, media_type=kind) for kind in objects.MEDIA_TYPES}
_READERS |= {
    "application/mbox": mail.iter_messages,
    "application/vnd.ms-outlook": mail.iter_outlook,
    "message/rfc822": mail.iter_attachments,
    tnef.MEDIA_TYPE: tnef.iter_members,
}


def prepare() -> None:
    """Loads what reading mail otherwise loads late, from files that a child may then no longer open."""
    mail.prepare()


def _next(params: dict[str, Any], source: Source) -> Result:
    """A portion of a member of a container of type `media_type`."""
    return hand_over(params, source, _READERS[params["media_type"]])


OPS = {"unpack.next": _next}
