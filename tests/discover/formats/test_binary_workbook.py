"""Workbooks in binary: XLS laid down by recipe, XLSB too; far cells, panics of the reader, passwords."""

from __future__ import annotations

import struct

import pytest

from discover.formats.made import TABLE, binary_workbook, compound, old_workbook, read


@pytest.mark.parametrize(("made", "name"), [(old_workbook, "a.xls"), (binary_workbook, "a.xlsb")])
def test_the_rows_are_read(made, name):
    found = read(made(), name)
    assert [[*row, "", ""][:3] for row in found.rows] == TABLE
    assert found.tables[0].table == "Clinic"
    assert not found.error


def test_whole_numbers_have_no_point():
    assert read(old_workbook([["NHS", "x"], [4012345678.0, 1.5]]), "a.xls").rows == [
        ["NHS", "x"],
        ["4012345678", "1.5"],
    ]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (old_workbook(extra=struct.pack("<HHHHHBBHI", 0x203, 14, 65535, 255, 0, 0, 0, 0, 0)), "a.xls"),
        (old_workbook(extra=struct.pack("<HHHHHH", 0xBE, 8, 65535, 0, 0, 255)), "a.xls"),
        (binary_workbook(far=(1_048_575, 16_383)), "a.xlsb"),
    ],
)
def test_a_sheet_with_cells_too_far_apart_is_refused_before_it_is_laid_out(raw, name):
    assert read(raw, name).error == "too_large"


def test_a_workbook_with_a_password_says_so():
    locked = old_workbook(first=struct.pack("<HHHHH", 0x2F, 6, 0, 1, 2))
    assert read(locked, "a.xls").error == "encrypted"


@pytest.mark.parametrize(("made", "name"), [(old_workbook, "a.xls"), (binary_workbook, "a.xlsb")])
def test_a_truncated_workbook_is_damaged(made, name):
    whole = made()
    for size in (600, len(whole) // 2):
        assert read(whole[:size], name).error in ("damaged", "unsupported_format")


def test_a_stream_without_a_workbook_in_it_is_damaged():
    assert read(compound({"Workbook": bytes(5000)}), "a.xls").error == "damaged"
