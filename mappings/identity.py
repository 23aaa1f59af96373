"""Identity card numbers: the check that tells one from any other eighteen digits (GB 11643, ISO 7064 MOD 11-2)."""

from __future__ import annotations

import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"[1-9]\d{16}[\dX]")


def is_identity_number(text: str) -> bool:
    """Whether the text is an eighteen-digit number with a real date of birth and the right check character."""
    text = text.upper()
    if not _SHAPE.fullmatch(text):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return born.year >= 1800 and _CHECKS[total % 11] == text[17]
