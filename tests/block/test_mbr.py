from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block import mbr
from lossproof.block.source import BytesSource
from lossproof.errors import FormatError
from vector_files import cases


def record(*entries: tuple[int, int, int, int]) -> bytes:
    """A boot record with (status, type, first sector, sectors) entries."""
    sector = bytearray(512)
    for slot, (status, kind, first, count) in enumerate(entries):
        raw = bytes([status, 0, 0, 0, kind, 0, 0, 0]) + first.to_bytes(4, "little") + count.to_bytes(4, "little")
        sector[446 + 16 * slot : 462 + 16 * slot] = raw
    sector[510:] = b"\x55\xaa"
    return bytes(sector)


def test_status_bytes_other_than_00_and_80_are_not_a_table():
    assert mbr.has_table(record((0x80, 0x07, 64, 64)))
    assert not mbr.has_table(record((0x81, 0x07, 64, 64)))


def test_a_record_without_signature_is_refused():
    with pytest.raises(FormatError, match="signature"):
        mbr.read_table(BytesSource(bytes(512)))


def test_partitions_lie_within_the_medium_and_say_when_they_did_not():
    source = BytesSource(record((0, 0x83, 2, 100), (0, 0x83, 7, 1), (0, 0x83, 500, 1)) + bytes(512 * 9))
    table = mbr.read_table(source)
    assert [(part.offset_bytes, part.size_bytes) for part in table.partitions] == [(1024, 4096), (3584, 512)]
    assert set(table.findings) == {"partition_past_end", "partition_overlaps"}


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 2, *[st.integers(0, 2**32 - 1)] * 2), min_size=1, max_size=4))
def test_any_table_is_read_within_bounds(entries):
    image = record(*entries) + bytes(512 * 64)
    table = mbr.read_table(BytesSource(image))
    assert len(table.partitions) <= mbr.MAX_LOGICAL * 4
    for part in table.partitions:
        assert 0 < part.offset_bytes < part.offset_bytes + part.size_bytes <= len(image)


def test_sectors_of_4096_are_found_by_what_stands_there():
    assert mbr.read_table(BytesSource(cases("mbr")[5].image)).sector_bytes in {512, 4096}
    found = {case.name: mbr.read_table(BytesSource(case.image)).sector_bytes for case in cases("mbr")}
    assert {name for name, size in found.items() if size == 4096} == {"sectors_4096"}
