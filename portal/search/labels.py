"""Words for facets and their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext

from archive import accounts
from archive.kinds import FileKind
from archive.reasons import OUTCOMES, Outcome
from portal import context
from portal.words import class_name, in_language, sensitivity_badge, state_badge
from retrieval.params import Facet, Sort

FACET_WORDS: Final = {
    Facet.CLASS: lazy_gettext("Class"),
    Facet.DEPARTMENT: lazy_gettext("Department"),
    Facet.YEAR: lazy_gettext("Year"),
    Facet.BUILDING: lazy_gettext("Building"),
    Facet.EQUIPMENT: lazy_gettext("Equipment"),
    Facet.SENSITIVITY: lazy_gettext("Sensitivity"),
    Facet.STATE: lazy_gettext("State"),
    Facet.FILE_KIND: lazy_gettext("Kind of file"),
    Facet.ORIGIN: lazy_gettext("Scanned or born digital"),
    Facet.EXTRACTION: lazy_gettext("Text"),
}
SORT_WORDS: Final = {
    Sort.RELEVANCE: lazy_gettext("Best match"),
    Sort.DATE_DESC: lazy_gettext("Newest first"),
    Sort.DATE_ASC: lazy_gettext("Oldest first"),
    Sort.TITLE: lazy_gettext("Title"),
    Sort.ARCHIVAL_CODE: lazy_gettext("Archival code"),
}
_ORIGINS: Final = {
    "数字化": ("扫描件", "Scanned"),
    "原生": ("电子原生", "Born digital"),
    "编辑": ("编辑生成", "Edited"),
}
_FILE_KINDS: Final = {
    FileKind.DOCUMENT: ("文字文档", "Text document"),
    FileKind.SHEET: ("表格", "Spreadsheet"),
    FileKind.SLIDES: ("演示文稿", "Slides"),
    FileKind.PDF: ("PDF 文件", "PDF"),
    FileKind.IMAGE: ("图像", "Image"),
    FileKind.MAIL: ("邮件", "E-mail"),
    FileKind.WEB: ("网页", "Web page"),
    FileKind.TEXT: ("纯文本", "Plain text"),
    FileKind.DRAWING: ("图纸", "Drawing"),
    FileKind.AUDIO: ("音频", "Sound"),
    FileKind.VIDEO: ("视频", "Video"),
    FileKind.CONTAINER: ("压缩包", "Archive file"),
    FileKind.OTHER: ("其他", "Other"),
}


@dataclass(frozen=True)
class Labels:
    """Words for values, with the department names read once per page."""

    departments: Mapping[str, str]

    def value(self, facet: str, key: str) -> str:
        """The words of one value; the value itself where there are none."""
        find = _WORDS.get(Facet(facet))
        return find(self, key) if find else key

    def department(self, code: str) -> str:
        """Name of a department."""
        return self.departments.get(code, code)


def load_labels() -> Labels:
    """Labels in the reader's language."""
    with context.get_archive().database.reading() as session:
        rows = accounts.list_departments(session)
    return Labels({row.code: in_language(row.name, row.name_en) for row in rows})


def _from(table: Mapping[Any, tuple[str, str]]) -> Callable[[Labels, str], str]:
    return lambda _, key: in_language(*table[key]) if key in table else key


def _outcome(_: Labels, key: str) -> str:
    return in_language(*OUTCOMES[Outcome(key)]) if key in set(Outcome) else key


_WORDS: Final[Mapping[Facet, Callable[[Labels, str], str]]] = {
    Facet.CLASS: lambda _, key: class_name(key),
    Facet.DEPARTMENT: lambda labels, key: labels.department(key),
    Facet.SENSITIVITY: lambda _, key: sensitivity_badge(int(key)).label,
    Facet.STATE: lambda _, key: state_badge(key).label,
    Facet.FILE_KIND: _from(_FILE_KINDS),
    Facet.ORIGIN: _from(_ORIGINS),
    Facet.EXTRACTION: _outcome,
}
