import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.sample import numbers
from lossproof.sample.stream import Stream
from sample.reading import luhn, mod_11

LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
# The prefixes that HMRC has allocated, by first letter: the second letters that occur (hmrc/reference-checker).
ALLOCATED = {
    "A": "ABEHKLMPRSTWXYZ",
    "B": "ABEHKLMT",
    "C": "ABEHKLR",
    "E": "ABEHKLMPRSTWXYZ",
    "G": "Y",
    "H": "ABEHKLMPRSTWXYZ",
    "J": "ABCEGHJKLMNPRSTWXYZ",
    "K": "ABCEHKLMPRSTWXYZ",
    "L": "ABEHKLMPRSTWXYZ",
    "M": "AWX",
    "N": "ABEHLMPRSWXYZ",
    "O": "ABEHKLMPRSX",
    "P": "ABCEGHJKLMNPRSTWXY",
    "R": "ABEHKMPRSTWXYZ",
    "S": "ABCEGHJKLMNPRSTWXYZ",
    "T": "ABEHKLMPRSTWXYZ",
    "W": "ABEKLMP",
    "Y": "ABEHKLMPRSTWXYZ",
    "Z": "ABEHKLMPRSTWXY",
}


@pytest.fixture
def stream():
    return Stream(5, "numbers")


def test_nhs_numbers_pass_the_check_and_lie_above_the_issued_ranges(stream):
    for _ in range(2000):
        number = numbers.nhs_number(stream)
        assert re.fullmatch("7[1-9][0-9]{8}", number)
        assert mod_11(number)


def test_never_issued_nhs_numbers_begin_with_999(stream):
    for _ in range(200):
        number = numbers.never_issued_nhs_number(stream)
        assert re.fullmatch("999[0-9]{7}", number)
        assert mod_11(number)


def test_order_numbers_pass_neither_check(stream):
    for _ in range(2000):
        number = numbers.order_number(stream)
        assert re.fullmatch("[0-9]{10}", number)
        assert not mod_11(number)
        assert not luhn(number)


def test_the_published_check_digits_are_met():
    assert numbers.nhs_check_digit("943476591") == 9
    assert numbers.check_letter(int("04" + "0012345")) == "D"
    assert numbers.check_letter(int("21" + "265416")) == "G"


@given(st.from_regex("[0-9]{1,16}", fullmatch=True))
def test_luhn_agrees_with_the_other_way_to_reckon_it(digits):
    assert numbers.luhn(digits) == luhn(digits)


def test_ninos_follow_the_rule_and_have_no_allocated_prefix(stream):
    for _ in range(2000):
        number = numbers.nino(stream)
        assert re.fullmatch("[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]", number)
        assert number[:2] not in {
            "BG",
            "GB",
            "KN",
            "NK",
            "NT",
            "TN",
            "ZZ",
            "OO",
            "CR",
            "FY",
            "MW",
            "NC",
            "PP",
            "PY",
            "PZ",
        }
        assert number[1] not in ALLOCATED.get(number[0], "")


def test_pnc_and_cro_letters_are_the_number_modulus_23(stream):
    for year in range(1975, 2010):
        pnc, cro = numbers.pnc_id(stream, year), numbers.cro_number(stream, year)
        shape = re.fullmatch("([0-9]{4})/([0-9]{7})([A-Z])", pnc)
        assert shape and int(shape[1]) == year and int(shape[2]) >= 8_000_000
        assert LETTERS[int(pnc[2:4] + shape[2]) % 23] == shape[3]
        shape = re.fullmatch("([0-9]{6})/([0-9]{2})([A-Z])", cro)
        assert shape and int(shape[2]) == year % 100
        assert LETTERS[int(shape[2] + shape[1]) % 23] == shape[3]


def test_prison_numbers_are_of_the_end_of_the_series(stream):
    for _ in range(500):
        assert re.fullmatch("A(?!0000)[0-9]{4}[TVWXYZ][A-HJ-NP-TV-Z]", numbers.prison_number(stream))


def test_telephones_are_ofcoms_numbers_for_drama(stream):
    drama = "07700 900|01632 960|020 7946 0|029 2018 0|0191 498 0|01(?:1[3-8]|[2-6]1) 496 0"
    for _ in range(500):
        assert re.fullmatch(f"(?:{drama})[0-9]{{3}}", numbers.telephone(stream))


def test_postcodes_follow_the_rule_and_have_a_district_from_70_to_79(stream):
    for _ in range(1000):
        area = numbers.postcode_area(stream)
        assert re.fullmatch("[A-PR-UWYZ][A-HK-Y]7[0-9] [0-9][ABD-HJLNP-UW-Z]{2}", numbers.postcode(stream, area))


def test_bank_accounts_are_six_digits_and_eight(stream):
    for _ in range(200):
        sort_code, account = numbers.bank_account(stream)
        assert re.fullmatch("7[89]-[0-9]{2}-[0-9]{2}", sort_code)
        assert re.fullmatch("[0-9]{8}", account)
