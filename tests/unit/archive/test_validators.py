"""Check digits of company codes and cards."""

from __future__ import annotations

import pytest

from archive.validators import is_luhn_valid, is_valid_uscc


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91999999MA0JB001X2"])
def test_right_company_codes_are_valid(code: str) -> None:
    assert is_valid_uscc(code)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y44", "91350100I000100Y43", "9135010M000100Y433", "", "91350100m000100y43"]
)
def test_wrong_company_codes_are_refused(code: str) -> None:
    assert not is_valid_uscc(code)


def test_every_single_wrong_digit_of_a_card_is_noticed() -> None:
    card = "6222020000000000125"
    assert is_luhn_valid(card)
    for place, digit in enumerate(card):
        others = set("0123456789") - {digit}
        assert not any(is_luhn_valid(card[:place] + other + card[place + 1 :]) for other in others)
