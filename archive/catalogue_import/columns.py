"""What the columns of a catalogue are, by the words that archives use for them (DA/T 12, DA/T 18, DA/T 22). Pure.

Words that mean different things in different lists (序号, 日期 …) are settled by what else the list has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from archive.catalogue_import.tables import Table
from archive.scheme import Scheme

HEADING_WITHIN: Final = 20
"""Rows from the top among which the line of headings is looked for; lists often begin with their own title."""
FEWEST: Final = 2
"""Columns that must be recognised for a row to be the line of headings."""

FIELDS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "archival_code": ("档号", "Archival code", ("参见档号", "档案号", "案卷档号", "档案编号", "件档号")),
    "fonds": ("全宗号", "Fonds", ("全宗", "全宗代码")),
    "class": ("门类", "Class", ("分类号", "类别", "门类代码", "档案门类", "类别号", "档案分类", "分类")),
    "project": ("项目代号", "Project code", ("项目号", "工程代号", "项目编号", "工程编号")),
    "volume_no": ("案卷号", "Volume number", ("卷号", "案卷顺序号", "案卷流水号", "册号")),
    "piece_no": ("卷内序号", "Number within the volume", ("顺序号", "卷内顺序号", "卷内文件序号", "卷内号", "件序号")),
    "item_no": ("件号", "Item number", ("室编件号", "馆编件号", "归档件号")),
    "org": ("机构（问题）", "Office or subject", ("机构问题", "机构", "问题", "机构代码", "机构或问题")),
    "title": (
        "题名",
        "Title",
        (
            "文件题名",
            "案卷题名",
            "文件标题",
            "标题",
            "正题名",
            "文件材料题名",
            "文件名称",
            "案卷标题",
            "材料名称",
            "内容",
        ),
    ),
    "creator": (
        "责任者",
        "Creator",
        ("作者", "第一责任者", "编制单位", "发文机关", "发文单位", "形成单位", "立卷单位"),
    ),
    "doc_no": (
        "文号",
        "Document number",
        ("文件编号", "文件字号", "发文字号", "发文号", "文件号", "图号文号", "文图号"),
    ),
    "date": (
        "日期",
        "Date",
        (
            "成文日期",
            "文件日期",
            "形成日期",
            "成文时间",
            "文件时间",
            "起止日期",
            "起止时间",
            "卷内文件起止时间",
            "编制日期",
        ),
    ),
    "year": ("年度", "Filing year", ("归档年度", "所属年度", "年份", "案卷年度")),
    "department": (
        "归档部门",
        "Department",
        ("部门", "科室", "归档科室", "移交部门", "所属部门", "形成部门", "立档部门"),
    ),
    "retention": ("保管期限", "Retention", ("期限", "保存期限", "保管年限")),
    "secrecy": ("密级", "Secrecy mark", ("保密级别", "密级标识")),
    "sensitivity": ("敏感级", "Sensitivity", ("敏感级别",)),
    "reading_scope": ("可阅范围", "Reading scope", ("院内可阅范围",)),
    "pages": ("页数", "Number of pages", ("总页数", "卷内页数", "文件页数", "张数页数", "页")),
    "page_range": (
        "页号",
        "Page numbers",
        ("页次", "起止页号", "起止页次", "所在页号", "页码", "起止页码", "页号范围"),
    ),
    "keywords": ("主题词", "Keywords", ("关键词", "主题词关键词")),
    "abstract": ("提要", "Abstract", ("摘要", "内容提要", "内容摘要", "范围和提要")),
    "persons": ("人名", "Persons", ("姓名索引", "涉及人名")),
    "carrier": ("载体", "Carrier", ("载体形态", "载体类型", "载体形式")),
    "origin": ("生成方式", "Made as", ("产生方式",)),
    "location": (
        "存放位置",
        "Place of the original",
        ("库位", "库位号", "存放地点", "盒号", "架位", "柜架号", "存放处"),
    ),
    "note": ("备注", "Remarks", ("附注", "说明", "备考")),
}
"""Field → Chinese and English name, and further words that lists use for it."""
_SERIAL = "序号"
_WORTHLESS = re.compile(r"\(.*?\)|[\s*:：、，,。.·•/\-_()（）\[\]【】]+")


@dataclass(frozen=True)
class ColumnMapping:
    """Where the line of headings is (from 0), and the field of every column; an empty name leaves a column out."""

    heading_row: int
    fields: tuple[str, ...]

    def find(self, field: str) -> int | None:
        """The column of a field."""
        return self.fields.index(field) if field in self.fields else None

    def faults(self) -> list[str]:
        """Codes of what keeps the mapping from being used."""
        chosen = [field for field in self.fields if field]
        found = ["column_twice"] if len(chosen) > len(set(chosen)) else []
        if "title" not in chosen:
            found.append("no_title_column")
        if not {"archival_code", "volume_no", "item_no"} & set(chosen):
            found.append("no_code_column")
        return found


def plain_heading(text: str) -> str:
    """A heading without what differs between lists: blanks, brackets and what they hold, punctuation, width, case."""
    return _WORTHLESS.sub("", unicodedata.normalize("NFKC", text)).lower()


def propose(table: Table, scheme: Scheme, remembered: Mapping[str, str] | None = None) -> ColumnMapping:
    """The mapping of a table by its headings; what was remembered for its source goes before the general words."""
    known = _words(scheme) | dict(remembered or {})
    scored = [
        (sum(bool(known.get(plain_heading(text))) for text in row), -number)
        for number, row in enumerate(table.rows[:HEADING_WITHIN])
    ]
    count, place = max(scored, default=(0, 0))
    row = -place if count >= FEWEST else 0
    headings = [plain_heading(table.cell(row, column)) for column in range(table.width)]
    return ColumnMapping(row, _settle(headings, known))


def remember(table: Table, mapping: ColumnMapping) -> dict[str, str]:
    """Headings of a table with their fields, as they are kept for the source of the table."""
    headings = (plain_heading(table.cell(mapping.heading_row, column)) for column in range(len(mapping.fields)))
    return {heading: field for heading, field in zip(headings, mapping.fields, strict=True) if heading}


def template_fields(scheme: Scheme) -> dict[str, str]:
    """Fields of the description templates that a column may also be, with their Chinese names."""
    found: dict[str, str] = {}
    for template in scheme.templates.values():
        for field in template:
            if field.name not in FIELDS and field.type not in ("files", "relations") and field.required != "gen":
                found.setdefault(field.name, field.zh)
    return found


@cache
def _general() -> dict[str, str]:
    words = {plain_heading(word): name for name, (zh, _, others) in FIELDS.items() for word in (zh, *others)}
    return words | {name: name for name in FIELDS} | {plain_heading(en): name for name, (_, en, _) in FIELDS.items()}


def _words(scheme: Scheme) -> dict[str, str]:
    special = template_fields(scheme)
    return {plain_heading(zh): name for name, zh in special.items()} | {name: name for name in special} | _general()


def _settle(headings: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """A field for each heading, each field once: the first column of it."""
    fields: list[str] = []
    for heading in headings:
        field = known.get(heading, "")
        fields.append("" if field in fields else field)
    if _SERIAL in headings and _SERIAL not in known and not {"piece_no", "item_no"} & set(fields):
        # A list of pieces numbers them within the volume; in a list of volumes or items 序号 only counts the lines.
        place = headings.index(_SERIAL)
        within = "volume_no" in fields and "archival_code" not in fields
        fields[place] = "piece_no" if within else ""
    return tuple(fields)
