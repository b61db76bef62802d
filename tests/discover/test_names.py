"""Names are split and compared as a person would."""

from __future__ import annotations

import pytest

from lossproof.discover.names import PersonName, close, compatible, normalise, split


@pytest.mark.parametrize(
    ("text", "surname", "forename"),
    [
        ("John Smith", "SMITH", "JOHN"),
        ("SMITH, John", "SMITH", "JOHN"),
        ("Smith John", "SMITH", "JOHN"),
        ("SMITH John", "SMITH", "JOHN"),
        ("John SMITH", "SMITH", "JOHN"),
        ("Mr J Smith", "SMITH", "J"),
        ("Smith J", "SMITH", "J"),
        ("Dr Siân O'Brien-Jones MBE", "OBRIENJONES", "SIAN"),
        ("Ludwig van der Berg", "VANDERBERG", "LUDWIG"),
        ("Mrs Smith", "SMITH", ""),
        ("Zofia Łukasiewicz", "LUKASIEWICZ", "ZOFIA"),
        ("Smith, Mary Jane (Mrs)", "SMITH", "MARY"),
    ],
)
def test_a_written_name_is_split(text: str, surname: str, forename: str) -> None:
    assert split(text) == PersonName(surname, forename)


def test_what_is_no_name_is_none() -> None:
    assert split("") is None
    assert split("12 34") is None
    assert split("one two three four five six seven") is None


def test_accents_and_marks_are_folded() -> None:
    assert normalise("O’Brien") == "OBRIEN"
    assert normalise("José-María") == "JOSEMARIA"


@pytest.mark.parametrize(
    ("one", "other"), [("ANN", ""), ("J", "JOHN"), ("LIZ", "ELIZABETH"), ("BILL", "WILL"), ("CATHRINE", "CATHERINE")]
)
def test_compatible_forenames(one: str, other: str) -> None:
    assert compatible(one, other)
    assert compatible(other, one)


@pytest.mark.parametrize(("one", "other"), [("ANN", "PETER"), ("J", "ANN"), ("JOHN", "JOAN"), ("MARK", "MARY")])
def test_incompatible_forenames(one: str, other: str) -> None:
    assert not compatible(one, other)


def test_surnames_are_close_by_one_slip() -> None:
    assert close("JOHNSON", "JOHNSTON")
    assert close("SMITH", "SMTIH")
    assert not close("LEE", "LEA")
    assert not close("SMITH", "JONES")
