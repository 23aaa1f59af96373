"""Folding keeps the length, is idempotent and makes the forms equal that readers take for equal."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fold import fold, fold_digest


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("２０２３年ＣＴ＃　（甲）", "2023年ct# (甲)"),
        ("樓圖檔臺後乾著錄着", "楼图档台后干著录着"),
        ("瞭解 憑藉", "了解 凭借"),
        ("乾式變壓器", "干式变压器"),
        ("‐‑‒–—―−－-", "---------"),
        ("［【﹝〔（[ ]）〕﹞】］", "(((((( ))))))"),
        ("・•‧∙⋅·", "······"),
        ("①⑨ⒶⅠⅩ", "19aix"),
        ("㎡℃㎎№½", "㎡℃㎎№½"),
        ("⼀⼆", "一二"),
        ("二○二三年 二O二O年 二Ｏ○八年", "二〇二三年 二〇二〇年 二〇〇八年"),
        ("O型 o ○ 二○楼", "o型 o ○ 二○楼"),
    ],
)
def test_forms_that_readers_take_for_equal(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_roman_numerals_that_would_grow_keep_their_length() -> None:
    assert len(fold("Ⅲ级")) == 2


def test_every_code_point_stays_one_and_is_stable() -> None:
    every = "".join(chr(code) for code in range(sys.maxunicode + 1))
    once = fold(every)
    assert len(once) == len(every)
    assert fold(once) == once


def test_many_traditional_characters_change() -> None:
    han = [chr(code) for code in range(0x3400, 0xA000)]
    assert sum(fold(char) != char for char in han) > 3000
    assert all(unicodedata.category(fold(char)) == "Lo" for char in han if unicodedata.category(char) == "Lo")


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("二○Oo零〇十年ⅢÀİ樓"))))
def test_length_and_idempotence(text: str) -> None:
    once = fold(text)
    assert len(once) == len(text)
    assert fold(once) == once


def test_the_digest_is_stable_within_a_process() -> None:
    assert len(fold_digest()) == 16
    assert fold_digest() == fold_digest()
