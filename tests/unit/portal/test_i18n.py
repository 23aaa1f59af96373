"""Dates, moments, waiting times and sizes as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from archive.models import utc_now
from portal import i18n
from portal.messages import load


@pytest.fixture(params=["zh", "en"])
def speaking(request: pytest.FixtureRequest, offline: Flask) -> Iterator[str]:
    """A request in one of the languages."""
    language = str(request.param)
    with offline.test_request_context(headers={"Cookie": f"{i18n.COOKIE}={language}"}):
        yield language


def test_no_translation_holds_a_sentence_of_the_other_language() -> None:
    english = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){3,}")
    told = [
        (m.id, said) for m in load("zh_Hans_CN") for said in ([m.string] if isinstance(m.string, str) else m.string)
    ]
    assert len(told) > 400
    assert [message for message, said in told if message and english.search(said)] == []


@pytest.mark.parametrize(
    ("stored", "zh", "en"),
    [
        ("20261122", "2026年11月22日", "22 November 2026"),
        ("20260300", "2026年3月", "March 2026"),
        ("20260000", "2026年", "2026"),
        (date(2026, 1, 5), "2026年1月5日", "5 January 2026"),
        ("", "", ""),
        (None, "", ""),
        ("不详", "不详", "不详"),
        ("2021年6月20日", "2021年6月20日", "20 June 2021"),
    ],
)
def test_dates_are_in_words(speaking: str, stored: str | date | None, zh: str, en: str) -> None:
    assert i18n.date_words(stored) == {"zh": zh, "en": en}[speaking]


def test_a_range_shows_both_ends(speaking: str) -> None:
    shown = i18n.date_words("20210101-20211231")
    assert shown == {"zh": "2021年1月1日–2021年12月31日", "en": "1 January 2021–31 December 2021"}[speaking]


def test_a_moment_is_relative_with_the_exact_one_in_its_title(speaking: str) -> None:
    recent = str(i18n.moment(utc_now() - timedelta(hours=3)))
    assert {"zh": "3小时前", "en": "3 hours ago"}[speaking] in recent
    old = str(i18n.moment(datetime(2026, 3, 5, 16, 30, tzinfo=UTC)))
    exact = {"zh": "2026年3月6日 00:30", "en": "6 March 2026, 00:30"}[speaking]
    assert old == f'<time datetime="2026-03-05T16:30:00+00:00" title="{exact}">{exact}</time>'


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(1, "1秒钟", "1 second"), (90, "1分钟30秒钟", "1 minute 30 seconds"), (300, "5分钟", "5 minutes")],
)
def test_waiting_times_are_in_words(speaking: str, seconds: int, zh: str, en: str) -> None:
    assert i18n.duration(seconds) == {"zh": zh, "en": en}[speaking]


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (4 << 30, "4.0 GB"), (5 << 40, "5120.0 GB")]
)
def test_sizes_use_the_largest_unit(size: int, shown: str) -> None:
    assert i18n.file_size(size) == shown


@pytest.mark.parametrize(
    ("path", "headers", "language"),
    [
        ("/", {}, "zh"),
        ("/", {"Accept-Language": "en"}, "zh"),
        ("/", {"Cookie": "guidang_language=en"}, "en"),
        ("/", {"Cookie": "guidang_language=fr"}, "zh"),
        ("/api/v1/search", {"Accept-Language": "en-GB,en;q=0.8"}, "en"),
        ("/api/v1/search", {"Accept-Language": "zh-TW"}, "zh"),
        ("/api/v1/search", {}, "zh"),
    ],
)
def test_chinese_comes_first_and_others_by_choice(
    offline: Flask, path: str, headers: dict[str, str], language: str
) -> None:
    with offline.test_request_context(path, headers=headers):
        assert i18n.language() == language
