"""Check digits of company codes and bank cards. Pure; identity numbers stand in `mappings.identity`."""

from __future__ import annotations

import re

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_SHAPE = re.compile(rf"[{_USCC_ALPHABET}]{{18}}")


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
