from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, InputError
from lossproof.model.facts.registration import DeviceKind
from lossproof.wire.asset_list import (
    KNOWN,
    Field,
    Mapping,
    asset_rows,
    decode_mapping,
    encode_mapping,
    guess_mapping,
)
from lossproof.wire.table import Table, as_table

HEADINGS = ("Asset no.", "Serial Number", "Type", "Make", "Assigned to", "Organisation", "Status")


def table(*rows: list[str], headings: tuple[str, ...] = HEADINGS) -> Table:
    return Table(headings, list(rows), 2)


def only(row: list[str], **kinds: DeviceKind):
    given_table = table(row)
    mapping = guess_mapping(given_table)
    return next(asset_rows(given_table, Mapping(columns=mapping.columns, kinds=kinds)))


def test_the_columns_are_guessed_however_they_are_spelt():
    assert guess_mapping(table()).columns == {
        Field.ASSET_TAG: "Asset no.",
        Field.SERIAL: "Serial Number",
        Field.KIND: "Type",
        Field.HOLDER: "Assigned to",
        Field.ORGANISATION: "Organisation",
        Field.STATUS: "Status",
    }
    with pytest.raises(FormatError, match="no heading"):
        guess_mapping(table(headings=("Make", "Model")))


def test_the_heading_is_found_below_a_title():
    rows = [["Assets of Example Trust"], ["Printed 2026-11-23", ""], ["Tag", "S/N"], ["T-1", "AA0001"]]
    found = as_table(rows, KNOWN)
    assert (found.headings, found.rows, found.first) == (("Tag", "S/N"), [["T-1", "AA0001"]], 4)
    assert as_table([], KNOWN) == Table((), [], 1)


def test_a_row_is_read_by_its_mapping():
    row = only([" IT-1 ", "PF0001", "Notebook", "made", "a.nobody@example.org", "", "in use"])
    assert row._asdict() == {
        "number": 2,
        "asset_tag": "IT-1",
        "serial": "PF0001",
        "kind": DeviceKind.LAPTOP,
        "holder": "a.nobody@example.org",
        "organisation": None,
        "status": "in use",
        "wrong": None,
    }


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("USB memory stick", DeviceKind.STICK),
        ("External hard-drive", DeviceKind.DISK),
        ("iPad", DeviceKind.TABLET),
        ("Mobile phone", DeviceKind.PHONE),
        ("SD card", DeviceKind.CARD),
        ("DVD", DeviceKind.DISC),
        ("Desktop", DeviceKind.OTHER),
        ("", None),
    ],
)
def test_the_words_of_the_trade_for_kinds_are_known(word, kind):
    assert only(["T-1", "", word]).kind is kind


def test_a_word_that_is_not_known_is_an_error_until_the_mapping_says_what_it_means():
    assert "kind of device" in only(["T-1", "", "Toughpad"]).wrong
    assert only(["T-1", "", "Toughpad"], Toughpad=DeviceKind.TABLET).kind is DeviceKind.TABLET


@pytest.mark.parametrize("empty", ["", " ", "N/A", "none", "To be filled by O.E.M.", "-", "Unknown", "0"])
def test_what_fills_an_empty_field_names_nothing(empty):
    assert "neither" in only([empty, empty, "laptop"]).wrong


@pytest.mark.parametrize("cell", ["a\0b", "x" * 501, "a\nb", "\x1b[2J", "\ud800"])
def test_a_cell_that_cannot_be_kept_or_shown_is_an_error(cell):
    assert "cannot be shown" in only([cell, "PF0001", "laptop"]).wrong


def test_an_apostrophe_of_ours_is_taken_away_again():
    assert only(["'-17", "PF0001", "laptop"]).asset_tag == "-17"


def test_a_mapping_is_saved_and_read():
    mapping = Mapping(columns={Field.SERIAL: "S/N"}, kinds={"Toughpad": DeviceKind.TABLET})
    assert decode_mapping(encode_mapping(mapping).encode()) == mapping


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"columns": {}}',
        b'{"columns": {"kind": "Type"}}',
        b'{"columns": {"serial": "S", "asset_tag": "s"}}',
        b'{"columns": {"colour": "C", "serial": "S"}}',
        b'{"columns": {"serial": "S"}, "kinds": {"x": "spaceship"}}',
        b'{"columns": {"serial": "S"}, "more": 1}',
        b"\xff",
        b"[" * 5000,
    ],
)
def test_a_mapping_that_is_none_is_refused(content):
    with pytest.raises(FormatError):
        decode_mapping(content)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_mapping_or_refused(content):
    try:
        decode_mapping(content)
    except FormatError:
        return


@pytest.mark.parametrize(("headings", "which"), [(("A", "B"), "no"), (("Tag", "tag"), "more than one")])
def test_a_mapping_of_another_table_is_refused_at_once(headings, which):
    with pytest.raises(InputError, match=f"{which} column for asset tag"):
        asset_rows(table(headings=headings), Mapping(columns={Field.ASSET_TAG: "Tag"}))


@given(st.lists(st.lists(st.text(max_size=5), max_size=9), max_size=5))
def test_any_rows_are_read_each_to_one(rows):
    assert len(list(asset_rows(table(*rows), guess_mapping(table())))) == len(rows)
