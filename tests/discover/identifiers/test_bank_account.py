"""Bank accounts: a sort code and an account number next to each other."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import bank_account
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "bank_account"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(bank_account).attempted
    assert not doctest.testmod(bank_account).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20-00-00 12345678", "200000 12345678"),
        ("200000,12345678", "200000 12345678"),
        ("20 00 00 12345678", "200000 12345678"),
        ("Sort code: 20-00-00\nAccount number: 12345678", "200000 12345678"),
        ("Account 12345678, sort code 20-00-00", "200000 12345678"),
        ("200000 acc no 12345678", "200000 12345678"),
        ("20-00-00\t12345678", "200000 12345678"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "20-00-00",
        "12345678",
        "200000 and then 12345678",
        "20-00-00 1234567",
        "20-00-00 123456789",
        "00-00-00 12345678",
        "20-00-00 00000000",
        "20-00-00                                         12345678",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("[1-9][0-9]{5}", fullmatch=True), st.from_regex("[1-9][0-9]{7}", fullmatch=True))
def test_all_forms_mean_the_same(code: str, number: str) -> None:
    dashed = f"{code[:2]}-{code[2:4]}-{code[4:]}"
    for text in (f"{dashed} {number}", f"{code} {number}", f"{number}, {dashed}"):
        assert found(text) == [f"{code} {number}"]


def test_each_half_can_be_checked_by_itself() -> None:
    assert bank_account.sort_code("90128", lost_zero=True) == "090128"
    assert bank_account.account_number("1234567", lost_zero=True) == "01234567"
    for check, text in ((bank_account.sort_code, "90128"), (bank_account.account_number, "1234567")):
        with pytest.raises(FormatError):
            check(text)
