"""Terms of offences and of what follows them."""

from __future__ import annotations

import pytest

from lossproof.discover.categories import criminal_offence, find_terms


def found(text: str) -> list[str]:
    return [text[term.start : term.end] for term in find_terms(text) if term.category == "criminal_offence"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Burglary dwelling", ["Burglary dwelling"]),
        ("Theft from shop", ["Theft from shop"]),
        ("Assault occasioning actual bodily harm", ["Assault occasioning actual bodily harm"]),
        ("Possession with intent to supply Class A", ["Possession with intent to supply"]),
        ("Drive whilst disqualified", ["Drive whilst disqualified"]),
        ("Criminal damage; fraud by false representation", ["Criminal damage", "fraud by false representation"]),
        ("Breach of restraining order", ["Breach of restraining order"]),
        ("Handling stolen goods", ["Handling stolen goods"]),
        ("Sentenced for robbery.", ["Sentenced for", "robbery"]),
        ("released on licence in May", ["released on licence"]),
        ("He pleaded guilty and was remanded in custody.", ["pleaded guilty", "remanded in custody"]),
    ],
)
def test_what_courts_and_prisons_write_is_found(text: str, terms: list[str]) -> None:
    assert found(text) == terms


@pytest.mark.parametrize(
    "text",
    [
        "No previous convictions",
        "free of charge",
        "in order to",
        "a sentence of ten words",
        "Fraud department",
        "on call",
    ],
)
def test_everyday_words_and_denials_are_not(text: str) -> None:
    assert found(text) == []


def test_there_are_enough_terms_and_headings_to_be_of_use() -> None:
    assert len(criminal_offence.TERMS) >= 150
    assert {"offence", "conviction", "sentence", "index offence", "risk of harm"} <= set(criminal_offence.HEADERS)
