"""Words of special categories are found as phrases, and not where they are denied or name an organisation."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossproof.discover.categories import all_categories, find_terms
from lossproof.discover.lexicon import Term

SOME = sorted(term for category in all_categories() for term in category.TERMS)[::7]


def found(text: str) -> list[tuple[str, str]]:
    return [(term.category, text[term.start : term.end]) for term in find_terms(text)]


def test_categories_are_found_by_folder_and_say_what_they_must() -> None:
    names = [category.NAME for category in all_categories()]
    assert names == sorted(set(names))
    assert {"health", "criminal_offence"} <= set(names)
    for category in all_categories():
        assert "UK GDPR article" in category.BASIS
        assert len(set(category.TERMS)) == len(category.TERMS)
        assert all(re.fullmatch("[a-z0-9]+(?:[ '][a-z0-9]+)*", term) for term in category.TERMS)
        assert all(re.fullmatch("[a-z0-9]+(?: [a-z0-9]+)*", heading) for heading in category.HEADERS)
        assert len(set(category.HEADERS)) == len(category.HEADERS)


def test_no_heading_names_two_categories() -> None:
    headings = [heading for category in all_categories() for heading in category.HEADERS]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("term", SOME)
def test_a_term_is_found_in_any_case_and_at_either_end(term: str) -> None:
    for text in (term, term.upper(), f"He had {term}.", f"({term.title()})"):
        assert any(text[hit.start : hit.end].lower() == term for hit in find_terms(text)), text


def test_the_longest_phrase_wins() -> None:
    assert found("Theft from motor vehicle") == [("criminal_offence", "Theft from motor vehicle")]
    assert find_terms("paranoid schizophrenia") == [Term("health", 0, 22, "paranoid schizophrenia")]


def test_words_may_be_joined_by_hyphens_breaks_and_curly_apostrophes() -> None:
    assert found("self-harm") == [("health", "self-harm")]
    assert found("chronic kidney\ndisease") == [("health", "chronic kidney\ndisease")]
    assert found("Alzheimer\u2019s disease") == [("health", "Alzheimer\u2019s disease")]
    assert found("kidney. Disease") == []


def test_a_plural_and_an_ending_count() -> None:
    assert found("two burglaries and three robberies, four murders") == [
        ("criminal_offence", "burglaries"),
        ("criminal_offence", "robberies"),
        ("criminal_offence", "murders"),
    ]
    assert found("tumours") == [("health", "tumours")]
    assert find_terms("ramipril 5 mg")[0].term == "-pril"
    assert found("It rained in April") == []


@pytest.mark.parametrize(
    "text",
    [
        "No history of diabetes",
        "denies chest pain",
        "There is no evidence of cancer.",
        "without any previous convictions",
        "No known allergies",
        "Leeds Mental Health Trust",
        "Cancer Research UK",
        "the Stroke Association",
        "Diabetes UK",
        "Fraud Squad",
        "Burglary prevention week",
        "a domestic violence helpline",
    ],
)
def test_what_is_denied_or_names_an_organisation_is_no_hit(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["No. He has diabetes.", "He does not smoke; asthma", "no pain. Asthma", "not sure: asthma"]
)
def test_a_denial_of_something_else_denies_nothing(text: str) -> None:
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Opening hours 09:00-17:00, call the switchboard.",
        "SKU-00123 red widget, 12 boxes, stroke of luck aside",
        "The meeting is in the Reading room on Ward Road; Mr Burns and Mrs Payne send apologies.",
        "The committee charged the sentence committee with an order for printing.",
    ],
)
def test_everyday_text_shows_nothing(text: str) -> None:
    assert [hit for hit in found(text) if hit[1] != "stroke"] == []


def test_codes_count_near_a_word_of_their_context_alone() -> None:
    assert found("Diagnosis: E11.9") == [("health", "E11.9")]
    assert found("Part E11.9") == []
    assert found("Diagnosis" + "x " * 200 + "E11.9") == []
    assert found("SNOMED 44054006 and 44054007") == [("health", "44054006")]


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=120) | st.lists(st.sampled_from(SOME), max_size=5).map(" ".join))
def test_any_text_is_read_and_its_terms_stand_where_they_say(text: str) -> None:
    terms = find_terms(text)
    assert terms == sorted(terms, key=lambda term: (term.start, -term.end, term.category))
    for term in terms:
        assert 0 <= term.start < term.end <= len(text)
        if term.term != "code" and not term.term.startswith("-"):
            words = re.findall("[a-z0-9]+", text[term.start : term.end].lower())
            assert words[0].startswith(term.term.split(" ")[0].split("'")[0])


@pytest.mark.parametrize(
    "piece", ["cancer ", "no history of ", "e11.9 diagnosis ", "12345678 snomed ", "a", "theft from "]
)
def test_no_text_takes_much_longer_than_its_length(piece: str) -> None:
    began = time.process_time()
    find_terms(piece * 50_000)
    assert time.process_time() - began < 6
