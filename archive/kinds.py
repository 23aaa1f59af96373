"""Kinds of files as people speak of them; what the facet of the same name counts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class FileKind(StrEnum):
    """文档, 表格, 演示, PDF, 图像, 邮件, 网页, 文本, 图纸, 音频, 视频, 压缩包, 其他."""

    DOCUMENT = "document"
    SHEET = "sheet"
    SLIDES = "slides"
    PDF = "pdf"
    IMAGE = "image"
    MAIL = "mail"
    WEB = "web"
    TEXT = "text"
    DRAWING = "drawing"
    AUDIO = "audio"
    VIDEO = "video"
    CONTAINER = "container"
    OTHER = "other"


_BY_TYPE: Final = {
    "application/pdf": FileKind.PDF,
    "application/rtf": FileKind.DOCUMENT,
    "application/msword": FileKind.DOCUMENT,
    "application/vnd.ms-excel": FileKind.SHEET,
    "application/vnd.ms-powerpoint": FileKind.SLIDES,
    "application/vnd.ms-outlook": FileKind.MAIL,
    "application/ogg": FileKind.AUDIO,
    "application/json": FileKind.TEXT,
    "application/zip": FileKind.CONTAINER,
    "application/gzip": FileKind.CONTAINER,
    "application/zstd": FileKind.CONTAINER,
    "application/ofd": FileKind.DOCUMENT,
    "image/vnd.dwg": FileKind.DRAWING,
    "image/vnd.dxf": FileKind.DRAWING,
    "message/rfc822": FileKind.MAIL,
    "text/csv": FileKind.SHEET,
    "text/html": FileKind.WEB,
    "text/tab-separated-values": FileKind.SHEET,
}
_BY_WORD: Final = (
    ("wordprocessing", FileKind.DOCUMENT),
    ("opendocument.text", FileKind.DOCUMENT),
    ("spreadsheet", FileKind.SHEET),
    ("presentation", FileKind.SLIDES),
    ("visio", FileKind.DRAWING),
    ("compressed", FileKind.CONTAINER),
    ("x-tar", FileKind.CONTAINER),
    ("bzip2", FileKind.CONTAINER),
    ("x-xz", FileKind.CONTAINER),
)
_BY_TREE: Final = {
    "audio": FileKind.AUDIO,
    "image": FileKind.IMAGE,
    "text": FileKind.TEXT,
    "video": FileKind.VIDEO,
}


def kind_of(media_type: str) -> FileKind:
    """The kind of a file of that media type."""
    if media_type in _BY_TYPE:
        return _BY_TYPE[media_type]
    by_word = next((kind for word, kind in _BY_WORD if word in media_type), None)
    return by_word or _BY_TREE.get(media_type.partition("/")[0], FileKind.OTHER)
