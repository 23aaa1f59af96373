"""Every sentence of the portal exists in both languages."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_babel import get_locale, gettext

from archive.access.actor import Role
from archive.kinds import FileKind
from archive.reasons import REASONS, Outcome
from archive.states import State
from portal import errors, messages, words
from portal.i18n import LANGUAGES, has_words
from portal.search.labels import FACET_WORDS, SORT_WORDS, Labels
from retrieval.params import Facet, Sort

HAN = re.compile(r"[\u4e00-\u9fff]")
PLACES = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


@pytest.mark.parametrize("locale", messages.TRANSLATED)
def test_no_sentence_lacks_its_translation(locale: str) -> None:
    found = messages.collect()
    assert len(found) > 150
    assert messages.find_missing(messages.load(locale), found) == []


@pytest.mark.parametrize("locale", messages.TRANSLATED)
def test_nothing_is_translated_that_nobody_says(locale: str) -> None:
    said = {messages._key(message.id) for message in messages.collect() if message.id}
    kept = {messages._key(message.id) for message in messages.load(locale) if message.id}
    assert kept - said == set()


def test_a_missing_translation_would_be_noticed() -> None:
    found, kept = messages.collect(), messages.load("zh_Hans_CN")
    assert kept["Sign in"] is not None
    kept["Sign in"].string = ""
    kept["Title"].flags.add("fuzzy")
    assert {"Sign in", "Title"} <= set(messages.find_missing(kept, found))


def test_english_is_english_and_chinese_is_chinese() -> None:
    names = {"%(count)s / %(total)s"}
    for message in messages.load("zh_Hans_CN"):
        key = messages._key(message.id)
        if message.id and key not in names:
            shown = message.string if isinstance(message.string, str) else message.string[0]
            assert not HAN.search(key), key
            assert HAN.search(shown) or not re.search(r"[a-z]{3}", PLACES.sub("", shown)), key
            assert set(PLACES.findall(key)) == set(PLACES.findall(shown)), key


def test_every_failure_has_words_in_both_languages() -> None:
    codes = {code for *_, code in errors.OUTSIDE} | set(errors.HTTP_CODES.values()) | {"internal", "bad_request"}
    # Damage of the vault is told as `internal`: nobody at the page can do anything about it.
    codes |= {kind.code for kind in _below(errors.ArchiveError) if not kind.__module__.startswith("archive.vault")}
    assert sorted(code for code in codes if not has_words(code)) == []


def _below(kind: type[errors.ArchiveError]) -> set[type[errors.ArchiveError]]:
    return {kind}.union(*(_below(lower) for lower in kind.__subclasses__()))


def test_reasons_are_whole_sentences_in_both_languages() -> None:
    for code, (chinese, english) in REASONS.items():
        assert HAN.search(chinese), code
        assert not HAN.search(english), code
        assert english.endswith("."), code


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_code_on_screen_has_a_word(offline: Flask, language: str) -> None:
    with offline.test_request_context("/sign-in", headers={"Cookie": f"guidang_language={language}"}):
        offline.preprocess_request()
        assert str(get_locale()) == LANGUAGES[language]
        shown = [words.state_badge(state).label for state in (*State, "on_hold")]
        shown += [words.role_name(role) for role in Role]
        shown += [str(FACET_WORDS[facet]) for facet in Facet] + [str(SORT_WORDS[sort]) for sort in Sort]
        shown += [words.sensitivity_badge(level).label for level in range(1, 6)]
        labels = Labels({})
        shown += [labels.value("file_kind", kind) for kind in FileKind]
        shown += [labels.value("extraction", outcome) for outcome in Outcome]
        shown += [labels.value("origin", origin) for origin in ("数字化", "原生", "编辑")]
        assert all(shown)
        assert all(bool(HAN.search(word)) == (language == "zh") for word in shown), shown
        assert gettext("Sign in") == {"zh": "登录", "en": "Sign in"}[language]
