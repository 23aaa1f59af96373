"""Check digits of citizen numbers, company codes and cards."""

from __future__ import annotations

from datetime import date

import pytest

from archive.validators import find_birth_date, is_luhn_valid, is_valid_id_number, is_valid_uscc

TODAY = date(2024, 7, 10)


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "11010519491231002x", "440524188001010014", "999999195804120018"]
)
def test_right_id_numbers_are_valid(number: str) -> None:
    assert is_valid_id_number(number, TODAY)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("110105194912310021", "check digit"),
        ("999999195804120019", "check digit"),
        ("999999202302290010", "29 February of a common year"),
        ("110105199002300015", "30 February"),
        ("010105194912310021", "no region begins with 0"),
        ("1101051949123100", "too short"),
        ("11010519491231002Xx", "too long"),
        ("", "empty"),
    ],
)
def test_wrong_id_numbers_are_refused(number: str, fault: str) -> None:
    assert not is_valid_id_number(number, TODAY), fault


def test_a_birth_date_in_the_future_is_refused() -> None:
    assert find_birth_date("999999195804120018") == date(1958, 4, 12)
    assert is_valid_id_number("999999195804120018", date(1958, 4, 12))
    assert not is_valid_id_number("999999195804120018", date(1958, 4, 11))


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
