"""Short letters in the encodings that Chinese offices left behind."""

from __future__ import annotations

import random

import pytest

from indexer.extract.encoding import decode, detect_encoding

LETTERS = (
    "关于合同检查接口的一封信，暗号青花瓷七号。",
    "三号楼电梯年检报告已送总务处存档，请查收。",
    "兹证明张三同志系我院职工，特此证明。",
    "二〇二三年第三季度消防演练签到表（外科楼）",
)
TRADITIONAL = (
    "關於檔案移交的通知，請各科室於本月底前完成。",
    "電梯維保紀錄：三號樓，驗收合格。",
    "病歷複印須經病案室核准。",
)


@pytest.mark.parametrize("text", LETTERS)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_letter_of_twenty_characters(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    found = detect_encoding(data)
    assert found is not None
    assert decode(data, found).lstrip("\ufeff") == text


@pytest.mark.parametrize("text", TRADITIONAL)
@pytest.mark.parametrize("encoding", ["big5", "gb18030"])
def test_traditional_letter(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    found = detect_encoding(data)
    assert found is not None
    assert decode(data, found) == text


@pytest.mark.parametrize("text", ["屋面渗漏", "锅炉检验", "张三", "合同"])
def test_a_few_characters_in_gb18030(text: str) -> None:
    assert detect_encoding(text.encode("gb18030")) == "gb18030"


def test_characters_beyond_gbk() -> None:
    text = "姓名：㐂𠮷，住院号 00118802，床位三。"
    assert decode(text.encode("gb18030"), detect_encoding(text.encode("gb18030")) or "") == text


def test_european_text() -> None:
    assert detect_encoding("Grüße aus München, schöne Straße".encode("cp1252")) == "cp1252"
    assert detect_encoding(b"plain ASCII, 1.5 T") == "utf-8"


def test_sample_cut_inside_a_character_changes_nothing() -> None:
    data = (LETTERS[0] * 4000).encode("gb18030")
    for cut in range(32_760, 32_775):
        assert detect_encoding(data[:cut]) == "gb18030"
    data = (LETTERS[0] * 4000).encode()
    for cut in range(32_760, 32_775):
        assert detect_encoding(data[:cut]) == "utf-8"


def test_one_broken_byte_costs_one_line() -> None:
    data = bytearray(f"{LETTERS[0]}\n".encode("gb18030") * 50)
    data[100] = 0xFF
    assert detect_encoding(bytes(data)) == "gb18030"
    assert decode(bytes(data), "gb18030").count("青花瓷") >= 49


@pytest.mark.parametrize("data", [bytes(100), bytes(range(256)) * 20, b"\x7fELF\x02\x01\x01" + bytes(60)])
def test_what_is_no_text(data: bytes) -> None:
    assert detect_encoding(data) is None


def test_noise_is_never_text() -> None:
    noise = random.Random(5)
    assert [seed for seed in range(50) if detect_encoding(noise.randbytes(2000))] == []
