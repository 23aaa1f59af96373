"""Files of pages: images in a ZIP file that compresses nothing, each a page or, as a TIFF file, several."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from render.jail.errors import OpError
from render.jail.source import Source

MEDIA_TYPE = b"application/vnd.guidang.pages+zip"
_MARK = b"mimetype" + MEDIA_TYPE
_MARK_AT = 30
"""Behind the local header of the first member, which has no further field."""


@dataclass(frozen=True)
class Members:
    """The images of a bundle in order."""

    infos: tuple[ZipInfo, ...]

    @property
    def names(self) -> list[str]:
        """The names that the images came with."""
        return [info.filename for info in self.infos]

    def open(self, source: Source, place: int) -> BinaryIO:
        """The bytes of an image. Raises OpError `damaged`."""
        try:
            with source.open() as file, ZipFile(file) as bundle:
                return io.BytesIO(bundle.read(self.infos[place]))
        except (BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as err:
            raise OpError("damaged") from err


def find_members(source: Source) -> Members | None:
    """The images of a bundle, None for any other file. Raises OpError `damaged`."""
    with source.open() as file:
        if file.read(_MARK_AT + len(_MARK))[_MARK_AT:] != _MARK:
            return None
        try:
            found = ZipFile(file).infolist()
        except (BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as err:
            raise OpError("damaged") from err
    if any(info.compress_type != ZIP_STORED or info.file_size > source.size for info in found):
        raise OpError("damaged")
    if len(found) < 2:
        raise OpError("damaged")
    return Members(tuple(found[1:]))
