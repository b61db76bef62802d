"""Health terms and codes."""

from __future__ import annotations

import doctest

import pytest

from lossproof.discover.categories import find_terms, health


def found(text: str) -> list[str]:
    return [text[term.start : term.end] for term in find_terms(text) if term.category == "health"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(health).attempted
    assert not doctest.testmod(health).failed


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Type 2 diabetes mellitus without complications", ["Type 2 diabetes", "diabetes mellitus"]),
        ("Moderate depressive episode", ["depressive episode"]),
        ("Essential hypertension", ["hypertension"]),
        ("Malignant neoplasm of breast, unspecified", ["Malignant neoplasm"]),
        ("HIV disease", ["HIV disease"]),
        ("Crohn's disease", ["Crohn's disease"]),
        ("Single spontaneous delivery", ["spontaneous delivery"]),
        ("started on bisoprolol, atorvastatin and clarithromycin", ["bisoprolol", "atorvastatin", "clarithromycin"]),
        ("awaiting cholecystectomy", ["cholecystectomy"]),
        ("detained under section 2", ["detained under section"]),
    ],
)
def test_what_clinics_write_is_found(text: str, terms: list[str]) -> None:
    assert found(text) == terms


@pytest.mark.parametrize("code", ["E11.9", "C50.9", "F32.1", "J45X", "M54.50"])
def test_icd_10_codes_are_found_by_shape(code: str) -> None:
    assert list(health.codes(f"({code})")) == [(1, 1 + len(code))]


@pytest.mark.parametrize(
    "text",
    ["E11", "U07.1", "e11.9", "E11.9a", "AE11.9", "E1.9", "E11.999", "2/E11.9", "44054007", "044054006", "440540061"],
)
def test_other_shapes_are_no_codes(text: str) -> None:
    assert list(health.codes(text)) == []


def test_there_are_enough_terms_and_headings_to_be_of_use() -> None:
    assert len(health.TERMS) >= 300
    assert {"diagnosis", "dx", "medication", "allergies", "icd10"} <= set(health.HEADERS)
    assert not {"ward", "clinic", "consultant", "gp"} & set(health.HEADERS), "where and by whom is not what"
