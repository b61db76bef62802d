"""Contacts: one a row."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import contacts, read
from lossproof.block.source import BytesSource
from lossproof.discover.formats import vcard


def test_a_contact_is_a_row_under_the_names_of_its_properties():
    found = read(contacts(), "phone.vcf")
    first = dict(zip(found.tables[0].header, found.rows[0], strict=True))
    assert first["name"] == "Ann Example"
    assert (first["surname"], first["forename"]) == ("Example", "Ann")
    assert first["date of birth"] == "1961-03-04"
    assert first["email"] == "ann@example.org"
    assert first["address"] == "1 High Street, Leeds, LS1 4AP, UK"
    assert found.rows[1][0] == "Zoë O'Brien"


def test_a_truncated_card_gives_what_is_left():
    assert read(contacts()[:60], "a.vcf").rows[0][0] == "Ann Example"


def test_a_card_that_never_ends_is_cut():
    assert len(read(b"BEGIN:VCARD\n" + b"NOTE:x\n" * 25_000, "a.vcf").rows) == 3


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_are_read(raw):
    list(vcard.texts(BytesSource(b"BEGIN:VCARD\n" + raw)))
