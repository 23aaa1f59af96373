"""What typed text means. Nothing typed makes it fail."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mappings.dates import DateInterval
from mappings.numbers import NumberKind
from retrieval.language import Dated, InField, Number, ParsedQuery, Words, parse_query
from retrieval.messages import Notice

ODD = [
    '"',
    "((((",
    "文号:",
    "题名:",
    "a" * 500,
    "* OR *",
    "\x00",
    "😀",
    "-" * 50,
    "NOT",
    "NOT NOT -",
    '""',
    '-""',
    "\\",
    "{}",
]


def words(text: str) -> list[str]:
    return [clause.text for clause in parse_query(text).required if isinstance(clause, Words)]


def test_words_of_the_dictionary_and_tokens_of_other_scripts() -> None:
    assert words("住院楼竣工图") == ["住院楼", "竣工", "图"]
    assert words("螺旋CT 合同") == ["螺旋", "ct", "合同"]
    assert words("3＃樓 給排水") == ["3", "楼", "给排水"]
    assert words("SOMATOM 64排") == ["somatom", "64", "排"]


def test_words_that_only_ask_are_left_out_unless_alone() -> None:
    assert words("关于更换的请示") == ["更换", "请示"]
    assert words("有没有电梯合同") == ["电梯", "合同"]
    assert words("的") == ["的"]


def test_parts_keep_what_was_typed_together() -> None:
    assert parse_query("住院楼竣工图 结构").parts == ("住院楼竣工图", "结构")


@pytest.mark.parametrize("text", ['"会议纪要"', "“会议纪要”", "「会议纪要」", "＂会议纪要＂"])
def test_quotes_of_any_kind_make_a_phrase(text: str) -> None:
    assert parse_query(text).required == (Words("会议纪要", is_quoted=True),)


def test_a_quoted_phrase_is_divided_where_a_reader_pauses() -> None:
    assert parse_query('"给水，排水"').required == (Words("给水", is_quoted=True), Words("排水", is_quoted=True))


@pytest.mark.parametrize(
    "text", ["竣工图 -结构", "竣工图 NOT 结构", "竣工图 not 结构", '竣工图 -"结构"', '竣工图 NOT "结构"']
)
def test_exclusions(text: str) -> None:
    parsed = parse_query(text)
    assert [clause.text for clause in parsed.excluded] == ["结构"]
    assert words(text) == ["竣工", "图"]


def test_a_dash_inside_a_word_excludes_nothing() -> None:
    assert parse_query("HT-2023-021").excluded == ()
    assert parse_query("验收 - 报告").excluded == ()


def test_a_number_can_be_excluded() -> None:
    (clause,) = parse_query("电梯 -HT-2023-021").excluded
    assert isinstance(clause, Number)
    assert clause.found.keys == ("no:HT-2023-021",)


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("晋 卫 发〔2023〕12 号", NumberKind.DOCUMENT, "doc:晋卫发|2023|12"),
        ("文号 晋卫发【2023】12号", NumberKind.DOCUMENT, "doc:晋卫发|2023|12"),
        ("合同编号：HT-2023-021", NumberKind.CODE, "no:HT-2023-021"),
        ("图号 建施-05", NumberKind.DRAWING, "drawing:建施-5"),
        ("出厂编号 0123456", NumberKind.SERIAL, "serial:0123456"),
        ("Ｈ００２－ＫＪ•ＪＪ•ＺＹＬ－０８－００３", NumberKind.ARCHIVAL, "code:H002-KJ·JJ·ZYL-08-003"),
    ],
)
def test_numbers_are_recognised_with_their_labels(text: str, kind: NumberKind, key: str) -> None:
    (clause,) = parse_query(text).required
    assert isinstance(clause, Number)
    assert clause.found.kind is kind
    assert key in clause.found.keys


def test_dates_are_intervals() -> None:
    parsed = parse_query("2023年5月水费")
    assert Dated(DateInterval(date(2023, 5, 1), date(2023, 5, 31)), "2023年5月") in parsed.required
    assert words("2023年5月水费") == ["水费"]
    assert [c.interval.first for c in parse_query("院长办公会 2O21").required if isinstance(c, Dated)] == [
        date(2021, 1, 1)
    ]
    assert [type(c) for c in parse_query("20230512").required] == [Dated]


def test_fields() -> None:
    parsed = parse_query("题名:院长办公会 责任者:办公室 文号:晋卫发〔2023〕12号 title:CT")
    assert InField("title", "院长") in parsed.required
    assert InField("title", "ct") in parsed.required
    assert InField("creator", "办公室") in parsed.required
    assert InField("doc_no", "晋卫发(2023)12号", ("doc:晋卫发|2023|12",)) in parsed.required


def test_unknown_fields_are_text() -> None:
    assert words("地址:院内") == ["地址", "院内"]


def test_only_words_may_be_held_in_part() -> None:
    parsed = parse_query('电梯维保 CT "会议纪要" HT-2023-021 2023年')
    assert parsed.soft == ("电梯", "维保")
    assert {type(clause) for clause in parsed.firm} == {Words, Number, Dated}


@pytest.mark.parametrize("text", ODD)
def test_odd_input_is_text_or_nothing(text: str) -> None:
    parsed = parse_query(text)
    assert parsed.required or parsed.excluded or Notice.NOTHING_TO_SEARCH in parsed.notices


def test_remarks() -> None:
    assert Notice.QUOTE_IGNORED in parse_query('合同"').notices
    assert Notice.OPERATOR_IGNORED in parse_query("合同 OR 协议").notices
    assert words("合同 OR 协议") == ["合同", "协议"]


def test_a_pasted_page_is_cut() -> None:
    parsed = parse_query("".join(chr(0x4E00 + 7 * n) for n in range(500)))
    assert len(parsed.required) == 32
    assert Notice.QUERY_CUT in parsed.notices
    assert len(parse_query(" ".join(f"-{n}x" for n in range(99))).excluded) == 32


def test_nothing_typed_is_no_query() -> None:
    assert parse_query("  ") == ParsedQuery(is_empty=True)
    assert not parse_query("  ").is_blank
    assert parse_query("((").is_blank


@given(
    st.text(alphabet=st.one_of(st.characters(), st.sampled_from('竣工图"-:〔〕()2023年月号 NOTR*·\ue000')), max_size=80)
)
@example("0" + "0" * 400)
def test_nothing_makes_it_fail(text: str) -> None:
    parsed = parse_query(text)
    assert len(parsed.required) <= len(text)
    assert parsed.is_blank == (bool(text.strip()) and not parsed.required and not parsed.excluded)
