"""What searching says to people: sentences for error codes and notices, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Notice(StrEnum):
    """Remarks beside a result: what was done to the query or why something is missing."""

    NOTHING_TO_SEARCH = "nothing_to_search"
    OPERATOR_IGNORED = "operator_ignored"
    QUOTE_IGNORED = "quote_ignored"
    QUERY_CUT = "query_cut"
    ONLY_RELATED = "only_related"
    RELAXED = "relaxed"
    ORDERED_BY_DATE = "ordered_by_date"


SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "query_too_long": (
            "查询过长，请控制在 500 字以内。",
            "The query is too long; keep it within 500 characters.",
        ),
        "unknown_parameter": ("不认识的查询参数。", "This parameter is not known."),
        "unknown_sort": ("不支持这种排序方式。", "This order is not known."),
        "unknown_facet": ("不支持这种分类统计。", "This facet is not known."),
        "bad_size": ("每页条数须为 1 至 100 的整数。", "The number of results must be a whole number from 1 to 100."),
        "bad_value": ("筛选条件的值不正确。", "This filter takes another kind of value."),
        "too_many_values": ("筛选条件过多，请减少后再试。", "There are too many filter values; use fewer."),
        "given_twice": ("这个参数只能出现一次。", "This parameter may be given only once."),
        "cursor_invalid": (
            "翻页位置已失效，请从第一页重新开始。",
            "This place in the results is no longer valid; start again from the first page.",
        ),
        "search_unavailable": (
            "检索服务暂时不可用，正在恢复，请稍后再试。档案本身不受影响。",
            "Search is not available for the moment; try again shortly. The records themselves are safe.",
        ),
        Notice.NOTHING_TO_SEARCH: (
            "查询中没有可检索的文字或数字。",
            "The query holds no letters, characters or digits to search for.",
        ),
        Notice.OPERATOR_IGNORED: (
            "“OR”尚不支持，已按同时包含各词检索。",
            "OR is not supported yet; all words were required.",
        ),
        Notice.QUOTE_IGNORED: ("引号不成对，已忽略。", "A quotation mark without its pair was ignored."),
        Notice.QUERY_CUT: (
            "查询的词很多，只用了前 32 个。",
            "The query has very many words; only the first 32 were used.",
        ),
        Notice.ONLY_RELATED: (
            "没有同时包含所有词的档案，以下为相近结果。",
            "No record has all the words; these are close to them.",
        ),
        Notice.RELAXED: (
            "没有相近的档案，以下各条只包含部分词。",
            "Nothing close was found; each of these has only some of the words.",
        ),
        Notice.ORDERED_BY_DATE: (
            "结果很多，题名相符者在前，其余按日期从新到旧排列。",
            "There are many results: those whose title matches come first, then the newest.",
        ),
    }
)


def sentence(code: str, language: str) -> str:
    """The sentence of a code in `zh` or `en`. Raises KeyError for an unknown code."""
    return SENTENCES[code][0 if language.startswith("zh") else 1]
