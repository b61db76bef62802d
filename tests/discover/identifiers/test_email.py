"""E-mail addresses: what people write, not all that the standard allows."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import email
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "email"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(email).attempted
    assert not doctest.testmod(email).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<Jo.OBrien@Example.ORG>", "jo.obrien@example.org"),
        ("mailto:jo+x@a-b.example.co.uk", "jo+x@a-b.example.co.uk"),
        ("Mail o'brien@example.org.", "o'brien@example.org"),
        ("'jo@example.org'", "jo@example.org"),
        ("a;jo@example.org;b", "jo@example.org"),
        ("jo@example.org/x", "jo@example.org"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "jo@example",
        "@example.org",
        "jo@",
        "photo@2x.png",
        "jo@@example.org",
        "jo@example.org@x",
        "jo@-example.org",
        "jo@exa_mple.org",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org",
        "jo@1.2.3.4",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex(r"[a-z0-9_]{1,20}(\.[a-z0-9_'-]{1,10}){0,2}@[a-z0-9]{1,20}(\.[a-z]{2,10}){1,3}", fullmatch=True))
def test_every_plain_address_is_found_whole(address: str) -> None:
    assert found(f"To: {address.upper()}, ") in ([address], [])
    try:
        email.validate(address)
    except FormatError:
        assert found(address) == []
    else:
        assert found(address) == [address]
