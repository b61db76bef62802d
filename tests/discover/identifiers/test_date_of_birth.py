"""Dates of birth: any calendar date from 1900 to today, in any form that people write."""

from __future__ import annotations

import doctest
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import date_of_birth
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "date_of_birth"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(date_of_birth).attempted
    assert not doctest.testmod(date_of_birth).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12/03/1980", "1980-03-12"),
        ("3/12/80", "1980-12-03"),
        ("12-03-1980", "1980-03-12"),
        ("12.03.80", "1980-03-12"),
        ("1980-03-12", "1980-03-12"),
        ("1980-03-12T09:10:11", "1980-03-12"),
        ("12/31/1980", "1980-12-31"),
        ("12th of March, 1980", "1980-03-12"),
        ("12-MAR-80", "1980-03-12"),
        ("12MAR1980", "1980-03-12"),
        ("March 12th, 1980", "1980-03-12"),
        ("1st Sept 08", "2008-09-01"),
        ("23/11/2026", "2026-11-23"),
        ("25/12/26", "1926-12-25"),
        ("29/02/2000", "2000-02-29"),
        ("01/02/2008-", "2008-02-01"),
        ("12 Mar 2008 09:12", "2008-03-12"),
        ("[12/Mar/2008:09:12:33]", "2008-03-12"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "31/02/1980",
        "24/11/2026",
        "12/03/1899",
        "1.2.10",
        "192.168.10.12",
        "12/03/1980/4",
        "x12/03/1980",
        "12/03-1980",
        "13/13/1980",
        "29/02/1900",
        "12 Mar 09:12",
        "2004/0012345D",
        "10.12.1980.5",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.dates(min_value=date(1900, 1, 1), max_value=TODAY))
def test_every_date_is_read_back_from_every_form(born: date) -> None:
    forms = (
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%d %B %Y",
        "%d-%b-%Y",
        "%d%b%Y",
        "%B %d, %Y",
        "%d %b, %Y",
    )
    for form in forms:
        assert found(born.strftime(form)) == [born.isoformat()], form
        assert date_of_birth.read(born.strftime(form), today=TODAY) == born
    for form in ("%d%m%Y", "%Y%m%d", "%d %m %Y", "%Y-%m-%d 00:00:00", "%d/%m/%Y 0:00"):
        assert date_of_birth.read(born.strftime(form), today=TODAY) == born, form


@settings(deadline=None)
@given(st.dates(min_value=date(1927, 1, 1), max_value=TODAY))
def test_a_short_year_is_the_latest_that_has_come(born: date) -> None:
    (value,) = found(born.strftime("%d/%m/%y"))
    read = date.fromisoformat(value)
    assert read <= TODAY
    assert (read.day, read.month, read.year % 100) == (born.day, born.month, born.year % 100)
    assert read.year + 100 > TODAY.year - 1


@settings(deadline=None)
@given(st.dates(min_value=date(1900, 1, 1), max_value=TODAY))
def test_the_caller_may_say_that_the_month_comes_first(born: date) -> None:
    assert date_of_birth.read(born.strftime("%m/%d/%Y"), day_first=False, today=TODAY) == born


def test_what_is_no_date_is_none() -> None:
    assert date_of_birth.read("n/a") is None
    assert date_of_birth.read("32 March 1980") is None
    assert date_of_birth.read("1" * 99) is None
    with pytest.raises(FormatError):
        date_of_birth.validate("n/a")
