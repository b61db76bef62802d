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


def test_a_sector_cut_short_has_no_table():
    assert not mbr.has_table(record((0x80, 0x07, 64, 64))[:511])
    assert not mbr.is_protective(b"")


def test_an_entry_needs_a_type_and_a_size():
    for entry in ((0, 0x83, 2, 0), (0, 0, 2, 4)):
        assert not mbr.has_table(record(entry))
        assert not mbr.read_table(BytesSource(record(entry) + bytes(4096))).partitions


def test_partitions_side_by_side_do_not_overlap():
    table = mbr.read_table(BytesSource(record((0, 0x83, 1, 4), (0, 0x83, 5, 4)) + bytes(4096)))
    assert [part.offset_bytes // 512 for part in table.partitions] == [1, 5]
    assert table.findings == ()


def test_logical_partitions_are_counted_from_their_own_record_and_records_from_the_first():
    """Records at 10, 14 and 20; each says where its partition is from itself, and where the next record is from the first."""
    image = bytearray(512 * 40)
    image[:512] = record((0, 0x83, 1, 2), (0, 0x0F, 10, 30))
    for at, entries in (
        (10, [(0, 0x83, 1, 3), (0, 0x05, 4, 6)]),
        (14, [(0, 0x07, 2, 4), (0, 0x05, 10, 6)]),
        (20, [(0, 0x0B, 1, 5)]),
    ):
        image[at * 512 : at * 512 + 512] = record(*entries)
    table = mbr.read_table(BytesSource(bytes(image)))
    found = [(part.kind, part.offset_bytes // 512, part.size_bytes // 512) for part in table.partitions]
    assert found == [("83", 1, 2), ("83", 11, 3), ("07", 16, 4), ("0b", 21, 5)]
    assert table.own_ranges == ((0, 512), (10 * 512, 512), (14 * 512, 512), (20 * 512, 512))
    assert table.findings == ()


def test_a_record_is_empty_only_where_every_byte_of_its_table_is():
    assert mbr.has_empty_table(record())
    for at in (446, 450, 509):
        assert not mbr.has_empty_table(record()[:at] + b"\x01" + record()[at + 1 :])
    assert not mbr.has_empty_table(record()[:511])
    assert not mbr.has_empty_table(bytes(512))


def test_the_parameters_of_a_volume_are_no_empty_table():
    volume = bytearray(record())
    volume[:3] = b"\xeb\x58\x90"
    assert not mbr.has_empty_table(bytes(volume)), "a jump and nothing behind it"
    volume[11:64] = bytes([1]) * 53
    assert mbr.has_empty_table(bytes(volume)), "a loader's code behind the jump"
    for sector_bytes in (512, 1024, 2048, 4096):
        volume[11:13] = sector_bytes.to_bytes(2, "little")
        assert not mbr.has_empty_table(bytes(volume))


def test_a_partition_may_end_with_the_medium_and_not_a_sector_later():
    medium = bytes(512 * 9)
    for count, said in ((8, ()), (9, ("partition_past_end",))):
        table = mbr.read_table(BytesSource(record((0, 0x83, 2, count)) + medium))
        assert table.partitions == (mbr.Partition(1024, 4096, "83"),)
        assert table.findings == said


def test_a_partition_that_begins_with_the_medium_is_counted_in_sectors_of_512():
    image = bytearray(64 * 4096)
    image[:512] = record((0, 0x83, 0, 8), (0, 0x83, 2, 1))
    image[2 * 4096 : 2 * 4096 + 4] = b"data"
    assert mbr.read_table(BytesSource(bytes(image))).sector_bytes == 512
    image[:512] = record((0, 0x83, 1, 1), (0, 0x83, 2, 1))
    assert mbr.read_table(BytesSource(bytes(image))).sector_bytes == 4096


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
