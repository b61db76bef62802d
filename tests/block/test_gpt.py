from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block import gpt
from lossproof.block.source import BytesSource
from lossproof.errors import FormatError
from vector_files import cases, mutations

IMAGES = {case.name: case.image for case in cases("gpt")}


def test_the_sector_size_is_where_the_header_is():
    found = {name: gpt.read_table(BytesSource(image)).sector_bytes for name, image in IMAGES.items()}
    assert found == {"gpt": 512, "backup_only": 512, "hybrid": 512, "sectors_4096": 4096}


def test_the_table_owns_both_copies():
    table = gpt.read_table(BytesSource(IMAGES["gpt"]))
    size = len(IMAGES["gpt"])
    assert table.own_ranges == ((0, 1024), (1024, 16384), (size - 33 * 512, 33 * 512))


def test_a_table_cut_off_before_its_copy_says_so():
    assert "truncated" in gpt.read_table(BytesSource(IMAGES["gpt"][:-512])).findings


def test_a_table_of_impossible_size_is_refused():
    with pytest.raises(FormatError, match="neither"):
        gpt.read_table(BytesSource(bytes(512) + b"EFI PART" + bytes(8192)))


@given(mutations(IMAGES["hybrid"], span=2048))
def test_any_change_is_read_or_refused(data):
    try:
        table = gpt.read_table(BytesSource(data))
    except FormatError:
        return
    assert all(0 < part.offset_bytes + part.size_bytes <= len(data) for part in table.partitions)


@given(st.binary(max_size=2048))
def test_any_bytes_after_a_signature_are_read_or_refused(data):
    try:
        gpt.read_table(BytesSource(bytes(512) + b"EFI PART" + data))
    except FormatError as error:
        assert str(error)
