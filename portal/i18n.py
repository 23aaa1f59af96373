"""Languages: Simplified Chinese first, English complete; dates, moments and sizes as people read them.

Sentences in templates are English msgids; ``translations/zh_Hans_CN`` holds the Chinese. The catalogue is read from its
.po file once per process, so there is no compiled file that could be stale.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup

from archive.models import utc_now
from archive.reasons import REASONS
from config import ZONE
from mappings.dates import parse_date
from portal import context
from retrieval.messages import SENTENCES

LANGUAGES: Final = {"zh": "zh_Hans_CN", "en": "en"}
"""Tag of a language (`User.language`, cookie) to its locale; the first is the default."""
COOKIE: Final = "guidang_language"

TRANSLATIONS = Path(__file__).parent / "translations"
_STORED_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


class CatalogueDomain(Domain):
    """Messages from our .po files instead of compiled ones."""

    def get_translations(self) -> NullTranslations:
        """The catalogue of the request's language; English needs none."""
        return load_catalogue(str(get_locale()))


@cache
def load_catalogue(locale: str) -> NullTranslations:
    """The messages of a locale, compiled in memory."""
    path = TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    packed = io.BytesIO()
    with path.open("rb") as source:
        write_mo(packed, read_po(source, locale=locale))
    packed.seek(0)
    return Translations(packed)


def init_app(app: Flask) -> None:
    """Sets up Flask-Babel and the template filters."""
    babel = Babel()
    babel.init_app(app, default_locale=LANGUAGES["zh"], default_timezone=ZONE.key, locale_selector=_select)
    domain = CatalogueDomain()
    app.before_request(domain.as_default)
    app.jinja_env.filters.update(
        date_words=date_words,
        decimal=decimal,
        duration=duration,
        file_size=file_size,
        moment=moment,
        number=number,
        span=span,
        words=code_words,
    )
    app.jinja_env.globals.update(language=language)


def language() -> str:
    """`zh` or `en`, whichever this request speaks."""
    locale: Locale | None = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def _select() -> str:
    person = context.find_person()
    own = person.language if person is not None else ""
    if request.path.startswith("/api/"):
        chosen = request.accept_languages.best_match(list(LANGUAGES)) or own
    else:
        chosen = own or request.cookies.get(COOKIE, "")
    return LANGUAGES.get(chosen[:2], LANGUAGES["zh"])


def has_words(code: str) -> bool:
    """Whether the code has a sentence."""
    return code in REASONS or code in SENTENCES


def code_words(code: str) -> str:
    """The sentence of a code, from the tables of the record and of search. Raises KeyError for an unknown one."""
    chinese, english = REASONS[code] if code in REASONS else SENTENCES[code]
    return chinese if language() == "zh" else english


def date_words(value: str | date | None) -> str:
    """A catalogue date as written (`20230300`) or a calendar day, in words: 2023年3月, March 2023."""
    if not value:
        return ""
    if isinstance(value, date):
        return _day(value)
    stored = _STORED_DATE.fullmatch(value)
    if stored is None:
        found = parse_date(value)
        return value if found is None else "–".join(dict.fromkeys((_day(found.first), _day(found.last))))
    year, month, day = stored.groups()
    if "00" in (month, day):
        return _month(year, month)
    return _day(date(int(year), int(month), int(day)))


def _day(value: date) -> str:
    return format_date(value, "y年M月d日" if language() == "zh" else "d MMMM y", locale=get_locale())


def _month(year: str, month: str) -> str:
    if month == "00":
        return f"{year}年" if language() == "zh" else year
    shape = "y年M月" if language() == "zh" else "MMMM y"
    return format_date(date(int(year), int(month), 1), shape, locale=get_locale())


def moment(value: datetime | None) -> Markup | str:
    """A moment as a `time` element: relative up to a week ago, exact in its title."""
    if value is None:
        return ""
    exact = format_datetime(
        value,
        "y年M月d日 HH:mm" if language() == "zh" else "d MMMM y, HH:mm",
        tzinfo=ZONE,
        locale=get_locale(),
    )
    age = utc_now() - value
    near = timedelta(0) <= age < timedelta(days=7)
    shown = format_timedelta(-age, add_direction=True, locale=get_locale()) if near else exact
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(timespec="seconds"), exact, shown)


def duration(seconds: int) -> str:
    """A time to wait: 4分钟30秒, 4 minutes 30 seconds."""
    minutes, rest = divmod(seconds, 60)
    shown = (
        format_timedelta(timedelta(minutes=minutes), "minute", 10, locale=get_locale()) if minutes else "",
        format_timedelta(timedelta(seconds=rest), "second", 10, locale=get_locale()) if rest else "",
    )
    return ("" if language() == "zh" else " ").join(filter(None, shown))


def number(value: int) -> str:
    """A count with thousands separated."""
    return format_decimal(value, locale=get_locale())


def decimal(value: float) -> str:
    """A figure with one decimal below ten, without above."""
    return format_decimal(round(value, 1) if value < 10 else round(value), locale=get_locale())


def span(value: timedelta) -> str:
    """About how long, in the largest fitting unit: 3分钟, 3 minutes."""
    return format_timedelta(value, threshold=1.5, locale=get_locale())


def file_size(value: int) -> str:
    """Bytes in the largest fitting unit, one decimal."""
    size = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
