"""Values as catalogues write them: retention, page numbers, dates of old lists. Pure; raises WrongValueError."""

from __future__ import annotations

import re
from typing import Final

from archive.values import WrongValueError
from mappings.dates import parse_date, store_date

BANDS: Final = {
    **dict.fromkeys(("y", "永久"), "Y"),
    **dict.fromkeys(("d30", "30", "30年", "定期30年", "三十年"), "D30"),
    **dict.fromkeys(("d10", "10", "10年", "定期10年", "十年"), "D10"),
    **dict.fromkeys(("e", "按事项"), "E"),
}
OLD_BANDS: Final = frozenset({"长期", "短期"})
SECRETS: Final = ("秘密", "机密", "绝密")
_BLANKS = re.compile(r"\s+")
_MONTH = re.compile(r"((?:18|19|20)\d\d)[.．]?(0[1-9]|1[0-2])|((?:18|19|20)\d\d)[.．]([1-9])")
_PAGES = re.compile(r"(\d{1,5})(?:\s*[-–—－~～至]+\s*(\d{1,5}))?")


def read_band(text: str) -> str:
    """The retention band: Y, D30, D10 or E; empty for nothing."""
    plain = _BLANKS.sub("", text).lower()
    if plain in OLD_BANDS:
        raise WrongValueError("old_retention")
    if plain and plain not in BANDS:
        raise WrongValueError("unknown")
    return BANDS.get(plain, "")


def read_catalogue_date(text: str) -> str:
    """The stored form of a date; in a column of dates 199305 and 1993.5 are months."""
    month = _MONTH.fullmatch(text.strip())
    if month:
        text = f"{month[1] or month[3]}-{(month[2] or month[4]).zfill(2)}"
    interval = parse_date(text)
    if interval is None:
        raise WrongValueError("not_a_date")
    return store_date(interval)


def read_secrecy(text: str) -> str:
    """公开 or 内部; a mark of a state secret never enters (保守国家秘密法)."""
    if any(mark in text for mark in SECRETS):
        raise WrongValueError("state_secret")
    if text not in ("公开", "内部"):
        raise WrongValueError("unknown")
    return text


def read_pages(text: str) -> tuple[int, int | None]:
    """First and last page; the last is None where a list gives only the first."""
    found = _PAGES.fullmatch(text.strip())
    if found is None:
        raise WrongValueError("not_a_page_range")
    first, last = int(found[1]), int(found[2]) if found[2] else None
    if first < 1 or (last is not None and last < first):
        raise WrongValueError("not_a_page_range")
    return first, last
