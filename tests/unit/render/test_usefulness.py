"""Which text layers are used, and which pages are recognised."""

from __future__ import annotations

import pytest

from render.ops.usefulness import Cover, judge

TEXT = "晋北市第二人民医院住院综合楼屋面渗漏维修记录" * 6


@pytest.mark.parametrize(
    ("text", "cover", "is_garbage", "needs_ocr"),
    [
        ("", Cover(0.0, 0), False, False),
        ("", Cover(0.9, 1), False, True),
        ("", Cover(0.0, 300), False, True),  # text drawn as outlines
        ("  \n ", Cover(0.9, 1), False, True),
        ("第 3 页", Cover(0.95, 1), False, True),
        ("第 3 页", Cover(0.0, 2), False, False),
        ("竣工图 图号 水竣-03 晋北市建筑设计院", Cover(0.95, 1), False, True),
        ("竣工图 图号 水竣-03 晋北市建筑设计院", Cover(0.1, 1), False, False),  # a cover page with a crest
        (TEXT, Cover(1.0, 1), False, False),  # text laid under a scan by the scanner
        ("\ue003\ue011\ue0a2\uf0b7" * 30, Cover(0.0, 0), True, True),
        ("\ufffd" * 50 + "abc", Cover(0.0, 0), True, True),
        ("\x03\x04\x05" * 40, Cover(0.0, 0), True, True),
        ("µµ°¸¹ÜÀí°ì·¨" * 10, Cover(0.0, 0), True, True),  # GB 2312 read as Latin-1
        ("Les dossiers médicaux archivés à l'hôpital", Cover(0.0, 0), False, False),
    ],
)
def test_verdict(text: str, cover: Cover, is_garbage: bool, needs_ocr: bool) -> None:
    verdict = judge(text, lambda: cover)
    assert (verdict.is_garbage, verdict.needs_ocr) == (is_garbage, needs_ocr)


def test_pictures_are_not_counted_on_a_page_full_of_text() -> None:
    def fail() -> Cover:
        raise AssertionError

    assert judge(TEXT, fail).needs_ocr is False
