"""What must hold for every text: equal length, nothing changes twice, no known value stays readable."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.masking import KnownValue, Span, find_sensitive_spans, mask
from mappings.fold import fold

HAN = "张王李赵欧阳建国三四海滨男女区市县路号诊断患者姓名歐陽國趙張"
SEPARATORS = ["", "", "", " ", "　", "-", "\n", " \n "]

names = st.text("张王李赵欧阳建国三海滨", min_size=2, max_size=4)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
id_numbers = st.from_regex(r"[1-9][0-9]{5}19[5-9][0-9]0[1-9]1[0-9][0-9]{3}[0-9X]", fullmatch=True)
record_numbers = st.from_regex(r"[0-9]{8}", fullmatch=True)
diagnoses = st.sampled_from(["急性阑尾炎", "高血压病2级", "股骨颈骨折", "2型糖尿病"])
known_values = st.one_of(
    st.builds(KnownValue, names, st.just("name")),
    st.builds(KnownValue, mobiles, st.just("phone")),
    st.builds(KnownValue, id_numbers, st.just("id_number")),
    st.builds(KnownValue, record_numbers, st.just("mr_no")),
    st.builds(KnownValue, diagnoses, st.just("diagnosis")),
)
noise = st.one_of(
    st.text(HAN + " ：:，。-*0123456789xX\n　", max_size=12),
    st.sampled_from(
        ["姓名：", "电话", "身份证号：", "诊断：", "地址：晋北市", "病案号 ", "a.b@x.cn", "晋A1", "6222", "HIV"]
    ),
    st.from_regex(r"[0-9]{1,20}", fullmatch=True),
)


@st.composite
def spellings(draw: st.DrawFn, value: str) -> str:
    """The value as recognition or a typist may have left it: separators between, full width or traditional."""
    forms = str.maketrans({"国": "國", "欧": "歐", "阳": "陽", "张": "張", "1": "１", "9": "９"})
    text = value.translate(forms) if draw(st.booleans()) else value
    return "".join(char + draw(st.sampled_from(SEPARATORS)) for char in text[:-1]) + text[-1]


@st.composite
def papers(draw: st.DrawFn) -> tuple[str, list[KnownValue]]:
    known = draw(st.lists(known_values, max_size=4))
    parts = draw(st.lists(noise, max_size=6))
    parts += [draw(spellings(value.value)) for value in known for _ in range(draw(st.integers(0, 2)))]
    return "".join(draw(st.permutations(parts))), known


def find(text: str, known: list[KnownValue], *, personal: bool) -> tuple[Span, ...]:
    return find_sensitive_spans(text, known_values=known, medical_or_personnel=personal, before_2000=True)


def bare(text: str) -> str:
    return re.sub(r"[\s\-·_]", "", fold(text))


@settings(deadline=None)
@given(papers(), st.booleans())
@example(("张三13900000031张三", [KnownValue("13900000031", "phone"), KnownValue("张三", "name")]), False)
@example(("139900013990001399", [KnownValue("13990001399", "phone")]), False)
@example(("姓名：欧阳 欧阳建国", [KnownValue("欧阳", "name"), KnownValue("欧阳建国", "name")]), False)
def test_no_known_value_survives(paper: tuple[str, list[KnownValue]], personal: bool) -> None:
    text, known = paper
    result = bare(mask(text, find(text, known, personal=personal)))
    survivors = [value.kind for value in known if bare(value.value) in result]
    assert not survivors


@settings(deadline=None)
@given(papers(), st.booleans())
@example(("1300000000 0a.b@x.cn", [KnownValue("13000000000", "phone")]), False)
def test_masking_keeps_length_and_lines(paper: tuple[str, list[KnownValue]], personal: bool) -> None:
    text, known = paper
    result = mask(text, find(text, known, personal=personal))
    assert len(result) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, result, strict=True))
    assert [char.isspace() for char in result] == [char.isspace() for char in text]


@settings(deadline=None)
@given(papers(), st.booleans())
@example(("110105194912311388 1234567", []), True)
def test_masking_a_masked_text_changes_nothing(paper: tuple[str, list[KnownValue]], personal: bool) -> None:
    text, known = paper
    once = mask(text, find(text, known, personal=personal))
    assert mask(once, find(once, known, personal=personal)) == once


@settings(deadline=None)
@given(papers(), st.booleans())
def test_spans_are_sorted_and_apart(paper: tuple[str, list[KnownValue]], personal: bool) -> None:
    text, known = paper
    spans = find(text, known, personal=personal)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(span.start < span.end for span in spans)
    assert not spans or (edges[0] >= 0 and edges[-1] <= len(text))


@settings(deadline=None)
@given(st.text(max_size=300), st.booleans())
def test_any_text_is_taken(text: str, personal: bool) -> None:
    result = mask(text, find(text, [], personal=personal))
    assert len(result) == len(text)
