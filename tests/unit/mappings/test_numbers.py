"""Numbers are recognised in every spelling and compared in one canonical form."""

from __future__ import annotations

import hmac
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.hashing import hash_value
from mappings.identity import is_identity_number
from mappings.numbers import (
    DocumentNumber,
    NumberKind,
    describe_numbers,
    keys_of_field,
    parse_document_number,
    recognise_numbers,
    secrets_of_field,
)


def keys(text: str) -> list[str]:
    return [key for one in recognise_numbers(text) for key in one.keys]


def secrets(text: str) -> list[str]:
    return [secret for one in recognise_numbers(text) for secret in one.secrets]


@pytest.mark.parametrize(
    "text",
    [
        "晋卫发〔2023〕12号",
        "晋卫发[2023]12号",
        "晋卫发（2023）第12号",
        "晋卫发 【２０２３】１２ 号",
        "晋卫发(2023)012号",
        "晋 卫 发 〔 2 0 2 3 〕 12 号",
        "晋衛發〔2O23〕12號",
    ],
)
def test_spellings_of_one_document_number(text: str) -> None:
    assert parse_document_number(text) == DocumentNumber("晋卫发", 2023, 12)
    assert keys(text) == ["doc:晋卫发|2023|12"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("财会字〔1998〕5号", DocumentNumber("财会", 1998, 5)),
        ("晋北二院发〔2023〕12号", DocumentNumber("晋北二院发", 2023, 12)),
        ("晋北二院办纪〔2021〕9号", DocumentNumber("晋北二院办纪", 2021, 9)),
        ("晋配证乙〔2021〕0037", DocumentNumber("晋配证乙", 2021, 37)),
        ("国务院令第772号", DocumentNumber("国务院", None, 772)),
        ("国家档案局令第22号", DocumentNumber("国家档案局", None, 22)),
    ],
)
def test_document_numbers_and_orders(text: str, number: DocumentNumber) -> None:
    assert parse_document_number(text) == number
    assert keys(text) == [number.key]


@pytest.mark.parametrize("text", ["〔2021〕9号", "晋卫发 2023 12", "卫发12号", "晋卫发〔23〕12号", "医院（2023）年度"])
def test_what_is_no_document_number(text: str) -> None:
    assert parse_document_number(text) is None
    assert not any(key.startswith("doc:") for key in keys(text))


def test_a_document_number_in_a_sentence_is_told_from_the_words_before_it() -> None:
    text = "你部《请示》（晋北二院后〔2023〕6号）收悉，根据晋卫发〔2023〕12号和国务院令第772号"
    assert keys(text) == ["doc:晋北二院后|2023|6", "doc:晋卫发|2023|12", "order:国务院|772"]
    spans = [text[one.start : one.end] for one in recognise_numbers(text)]
    assert spans == ["晋北二院后〔2023〕6号", "晋卫发〔2023〕12号", "国务院令第772号"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("合同编号：ht－2023－021", ["no:HT-2023-021"]),
        ("yl－2021－0087", ["no:YL-2021-0087"]),
        ("设备编号TZ-2020-0011至TZ-2020-0013", ["no:TZ-2020-0011", "no:TZ-2020-0012", "no:TZ-2020-0013"]),
        ("型号 WNS4-1.25-Q", []),
        ("会议纪要\n〔2021〕9号", []),
        ("GZ-2021-01187 WX-2023-0821 JBEY-2021-014", ["no:GZ-2021-01187", "no:WX-2023-0821", "no:JBEY-2021-014"]),
        ("出厂编号：66421", ["serial:66421"]),
        ("出厂编号：MR20-1107", ["serial:MR20-1107"]),
        ("发票号码：２３１４９９０００００００３８１２５６７", ["invoice:23149900000003812567"]),
        ("发票号码：00123987", ["invoice:00123987"]),
        ("图号：建施-05", ["drawing:建施-5"]),
        ("建施05", ["drawing:建施-5"]),
        ("图号水竣-03", ["drawing:水竣-3"]),
        ("图号 建—3", ["drawing:建-3"]),
        ("给排水竣工图（水竣-01至水竣-03）", ["drawing:水竣-1", "drawing:水竣-2", "drawing:水竣-3"]),
        ("记账凭证 第15号", ["voucher:15"]),
        ("记字第0016号", ["voucher:16"]),
        ("记账凭证（0001—0003号）", ["voucher:1", "voucher:2", "voucher:3"]),
        ("h002-kj.jj.zyl—08—003", ["code:H002-KJ·JJ·ZYL-08-003"]),
        ("Ｈ００２－ＫＪ•ＪＪ•ＺＹＬ－０８－００３", ["code:H002-KJ·JJ·ZYL-08-003"]),
        ("档号 Z109-WS·2011·Y·办公室-0001 的", ["code:Z109-WS·2011·Y·办公室-0001"]),
        ("H002-WS·HQ·2023·D30·HQB-0012", ["code:H002-WS·HQ·2023·D30·HQB-0012"]),
        ("C038-001-002-003", ["code:C038-001-002-003"]),
        ("z109－ws．2011－y－bgs－0001", ["code:Z109-WS·2011-Y-BGS-0001"]),
    ],
)
def test_other_numbers(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


@pytest.mark.parametrize(
    "text",
    ["2023-05", "2020-2022", "23800㎡", "512388元", "8600000.00", "建设 12 间", "电梯6台", "1,388,000.00", "水2份"],
)
def test_quantities_and_dates_are_no_numbers(text: str) -> None:
    assert keys(text) == []


def test_digits_without_a_label_may_be_any_number() -> None:
    (one,) = recognise_numbers("查 00123456")
    assert one.kind is NumberKind.DIGITS
    assert {"serial:00123456", "invoice:00123456"} <= set(one.keys)
    assert set(one.secrets) == {"patient:mr_no:00123456", "patient:admission_no:00123456"}


def test_digits_of_a_text_stay_text() -> None:
    assert describe_numbers("原值 760000 出厂编号 0123456") == {"serial:0123456"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("病案号：00118802", ["patient:mr_no:00118802"]),
        ("住院号 00123456", ["patient:admission_no:00123456"]),
        ("门诊号：M2403110087", ["patient:admission_no:M2403110087"]),
        ("M2403110087", ["patient:admission_no:M2403110087"]),
        ("118802-2", ["patient:working:00118802-02"]),
        ("00118802-02", ["patient:working:00118802-02"]),
        ("999999195804120018", ["person:999999195804120018"]),
        ("11010519491231002x", ["person:11010519491231002X"]),
        ("+86 139-0000-0031", ["phone:13900000031"]),
    ],
)
def test_what_identifies_a_person_is_a_secret(text: str, expected: list[str]) -> None:
    assert secrets(text) == expected
    assert keys(text) == []
    assert "secrets" not in repr(recognise_numbers(text))


def test_secrets_of_fields_equal_those_of_queries() -> None:
    assert secrets_of_field("mr_no", "00118802", count=2) == set(secrets("118802-2")) | set(secrets("病案号 00118802"))
    assert secrets_of_field("id_no", "999999195804120018") == set(secrets("999999195804120018"))
    assert secrets_of_field("phone", "13900000031") == set(secrets("13900000031"))
    assert secrets_of_field("admission_no", "M2403110087") == set(secrets("M2403110087"))
    assert secrets_of_field("title", "00118802") == frozenset()


def test_diagnoses_are_prefixes() -> None:
    (one,) = recognise_numbers("I25.1")
    assert (one.kind, one.prefix) == (NumberKind.DIAGNOSIS, "I25.1")
    assert [one.prefix for one in recognise_numbers("K35.800 E11.900x001")] == ["K35.800", "E11.900X001"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("doc_no", "晋卫发〔2023〕12号", {"doc:晋卫发|2023|12"}),
        ("doc_no", "HT-2023-021", {"no:HT-2023-021"}),
        ("drawing_no", "水竣-01至水竣-02", {"drawing:水竣-1", "drawing:水竣-2"}),
        ("voucher_range", "0014-0016", {"voucher:14", "voucher:15", "voucher:16"}),
        ("serial_no", "15-0387", {"serial:15-0387"}),
        ("equip_no", "yl-2021-0087", {"no:YL-2021-0087"}),
        ("archival_code", "h002-kj.jj.zyl-08-003", {"code:H002-KJ·JJ·ZYL-08-003"}),
        ("building", "门诊楼", set()),
    ],
)
def test_typed_fields(name: str, value: str, expected: set[str]) -> None:
    assert keys_of_field(name, value) == expected


def test_an_absurd_range_is_not_written_out() -> None:
    assert len(keys_of_field("voucher_range", "1-99999")) == 2


def test_numbers_that_only_contain_another_are_not_equal() -> None:
    every = [set(keys(f"出厂编号 {n}")) for n in ("0123456", "01234567", "10123457", "00123456")]
    assert len(set().union(*every)) == 4


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("11010519491231002X", True),
        ("11010519491231002x", True),
        ("440524188001010014", True),
        ("999999195804120018", True),
        ("110105194912310021", False),
        ("999999195804120019", False),
        ("999999202302290010", False),
        ("010105194912310021", False),
        ("999999199002300015", False),
        ("999999210001010010", False),
        ("1101051949123100", False),
        ("11010519491231002Xx", False),
        ("", False),
    ],
)
def test_identity_numbers(text: str, *, holds: bool) -> None:
    assert is_identity_number(text) is holds


class _Keys:
    def __init__(self, key: bytes) -> None:
        self.key = key

    def keyed_hash(self, label: str, value: bytes) -> bytes:
        return hmac.digest(self.key + label.encode(), value, "sha256")


def test_hashes_differ_by_key_and_value() -> None:
    hashes = {hash_value(_Keys(key), secret) for key in (b"a", b"b") for secret in ("phone:1", "phone:2")}
    assert len(hashes) == 4
    assert all(len(one) == 32 for one in hashes)


@given(st.text(alphabet="晋卫发〔2023〕12号令第-至建施0HTYL·.凭证图出厂编号: (x", max_size=60))
def test_spans_lie_inside_and_do_not_overlap(text: str) -> None:
    found = recognise_numbers(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.timeout(120)
def test_a_long_table_is_read_to_its_end() -> None:
    rows = 40_000
    text = "\n".join(f"YB-2023-{number:05d},{13_800_000_000 + number}" for number in range(rows))
    found = recognise_numbers(text)
    assert [text[one.start : one.end] for one in found[-2:]] == ["YB-2023-39999", "13800039999"]
    assert len(found) == 2 * rows
