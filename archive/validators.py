"""Check digits of numbers that people and companies carry. Pure; used by entry forms and by masking."""

from __future__ import annotations

import re
from datetime import date

_ID_SHAPE = re.compile(r"[1-9]\d{5}((?:18|19|20)\d{2})(\d{2})(\d{2})\d{3}[\dX]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_SHAPE = re.compile(rf"[{_USCC_ALPHABET}]{{18}}")


def is_valid_id_number(number: str, today: date) -> bool:
    """Whether an 18-digit citizen number is right: check character, and a birth date not after `today` (GB 11643)."""
    born = find_birth_date(number)
    return born is not None and born <= today and has_valid_check(number)


def find_birth_date(number: str) -> date | None:
    """Birth date in an 18-digit citizen number; None when it has no such form or the day does not exist."""
    shape = _ID_SHAPE.fullmatch(number.upper())
    if shape is None:
        return None
    year, month, day = map(int, shape.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def has_valid_check(number: str) -> bool:
    """Whether the last of 18 characters is the check of the 17 digits before it (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number[:17], strict=True))
    return number[17:].upper() == _ID_CHECKS[total % 11]


def is_valid_uscc(code: str) -> bool:
    """Whether a unified social credit code has 18 allowed characters and the right check (GB 32100-2015)."""
    if not _USCC_SHAPE.fullmatch(code):
        return False
    values = [_USCC_ALPHABET.index(char) for char in code]
    total = sum(weight * value for weight, value in zip(_USCC_WEIGHTS, values[:17], strict=True))
    return values[17] == (31 - total % 31) % 31


def is_luhn_valid(digits: str) -> bool:
    """Whether the digits of a card number pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0
