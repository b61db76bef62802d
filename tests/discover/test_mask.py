"""What a person is shown of an identifier is not enough to use it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover import reference_engine
from lossproof.discover import engine
from lossproof.discover.mask import mask, mask_text, mask_texts


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("nhs_number", "4434765914", "********14"),
        ("email", "jo.smith@example.co.uk", "j***@***.uk"),
        ("date_of_birth", "1980-03-12", "****-**-**"),
        ("postcode", "SW1A 1AA", "**** ***"),
        ("bank_account", "200000 12345678", "****** ******78"),
        ("pnc_id", "2004/0012345D", "****/******5D"),
    ],
)
def test_a_mask_keeps_the_shape_and_little_else(kind: str, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


@settings(deadline=None)
@given(st.sampled_from(reference_engine.WRITTEN))
def test_a_mask_never_keeps_more_than_three_characters_of_a_value(written: str) -> None:
    for hit in engine.find(written):
        shown = mask(hit.kind, hit.value)
        tail = hit.value.rpartition(".")[2] if hit.kind == "email" else ""
        assert sum(c.isalnum() for c in shown) - len(tail) <= 2


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("Letters/4434765914.docx", "Letters/********14.docx"),
        ("Letters/Smith_4434765914_final.docx", "Letters/Smith_********14_final.docx"),
        ("Letters/Smith4434765914.docx", "Letters/Smith********14.docx"),
        ("nhs-443-476-5914.pdf", "nhs-***-***-**14.pdf"),
        ("HR/AB123456C-payslip.pdf", "HR/*******6C-payslip.pdf"),
        ("mail/jo@example.org.eml", "mail/**@*******.***.***"),
        ("born 12-03-1980.txt", "born **-**-****.txt"),
        ("Minutes 2009-01-12.doc", "Minutes 2009-01-12.doc"),
        ("Clinics/clinic list 2008.xlsx", "Clinics/clinic list 2008.xlsx"),
        ("no number here", "no number here"),
        ("tel\u00a007700\u2011900123", "tel\u00a0*****\u2011****23"),
    ],
)
def test_paths_lose_their_identifiers_and_nothing_else(path: str, shown: str) -> None:
    assert mask_text(path) == shown


@settings(deadline=None)
@given(st.lists(st.text(max_size=40) | st.sampled_from(reference_engine.WRITTEN), max_size=6))
def test_many_texts_are_masked_as_each_alone(texts: list[str]) -> None:
    masked = mask_texts(texts)
    assert masked == [mask_text(text) for text in texts]
    assert [len(text) for text in masked] == [len(text) for text in texts]


@settings(deadline=None)
@given(
    st.sampled_from(reference_engine.WRITTEN),
    st.sampled_from(["", "a ", "x_", "/"]),
    st.sampled_from(["", " b", "_y", "/"]),
)
def test_no_certain_identifier_survives(written: str, before: str, after: str) -> None:
    left = engine.find(mask_text(before + written + after))
    assert not [hit for hit in left if engine.alone(hit.kind, hit.value, hit.value)]
