"""Identity card numbers: the check that tells one from any other eighteen digits (GB 11643, ISO 7064 MOD 11-2)."""

from __future__ import annotations

import re
from datetime import date

_SHAPE = re.compile(r"[1-9]\d{5}((?:18|19|20)\d{2})(\d{2})(\d{2})\d{3}[\dX]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def is_identity_number(text: str) -> bool:
    """Whether the text is an eighteen-digit number with a real date of birth and the right check character."""
    text = text.upper()
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return False
    year, month, day = map(int, shape.groups())
    try:
        date(year, month, day)
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return text[17] == _CHECKS[total % 11]
