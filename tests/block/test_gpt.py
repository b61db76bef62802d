from __future__ import annotations

from zlib import crc32

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


def test_a_table_is_there_by_its_header_or_by_its_copy_behind_a_protective_record():
    assert all(gpt.has_table(BytesSource(image)) for image in IMAGES.values())
    backup = IMAGES["backup_only"]
    assert b"EFI PART" not in backup[:-512]
    assert not gpt.has_table(BytesSource(backup[:-512])), "the copy is gone too"
    assert not gpt.has_table(BytesSource(bytes(512) + backup[512:])), "nothing says that there was a table"
    assert not gpt.has_table(BytesSource(bytes(1 << 20)))


def test_the_table_owns_both_copies():
    table = gpt.read_table(BytesSource(IMAGES["gpt"]))
    size = len(IMAGES["gpt"])
    assert table.own_ranges == ((0, 1024), (1024, 16384), (size - 33 * 512, 33 * 512))


def test_entries_of_a_hybrid_record_are_partitions_beside_those_of_the_table():
    kinds = [part.kind for part in gpt.read_table(BytesSource(IMAGES["hybrid"])).partitions]
    assert [kind for kind in kinds if len(kind) == 2] == ["0c"]
    assert len(kinds) > 1


def sealed(*entries: tuple[bytes, int, int], sector_bytes: int = 512, **fields: int) -> bytes:
    """A table at the start of 64 sectors, checksums right: entries of (type, first sector, last sector), header fields by name."""
    said = {"entry_count": len(entries), "entry_bytes": 128, "header_bytes": 92} | fields
    raw = b"".join(
        (kind.ljust(16, b"\0") + bytes(16) + first.to_bytes(8, "little") + last.to_bytes(8, "little")).ljust(128, b"\0")
        for kind, first, last in entries
    )
    header = bytearray(said["header_bytes"])
    for at, size, value in (
        (12, 4, said["header_bytes"]), (24, 8, 1), (32, 8, 63), (72, 8, 2), (80, 4, said["entry_count"]),
        (84, 4, said["entry_bytes"]), (88, 4, crc32(raw)),
    ):  # fmt: skip
        header[at : at + size] = value.to_bytes(size, "little")
    header[:8] = b"EFI PART"
    header[16:20] = crc32(bytes(header)).to_bytes(4, "little")
    image = bytearray(64 * sector_bytes)
    image[sector_bytes : sector_bytes + len(header)] = header
    image[2 * sector_bytes : 2 * sector_bytes + len(raw)] = raw
    return bytes(image)


def test_a_partition_may_be_one_sector_and_an_entry_without_a_type_is_none():
    table = gpt.read_table(BytesSource(sealed((b"one", 40, 40), (b"", 42, 45), (b"back", 50, 49), (b"two", 50, 51))))
    assert [(part.offset_bytes // 512, part.size_bytes // 512) for part in table.partitions] == [(40, 1), (50, 2)]
    assert table.findings == ()


@pytest.mark.parametrize(
    "field",
    [
        {"entry_count": gpt.MAX_ENTRIES + 1},
        {"entry_bytes": gpt.MAX_ENTRY_BYTES + 1},
        {"entry_bytes": 127},
        {"entry_count": 1024, "entry_bytes": 512},
    ],
)
def test_one_impossible_number_is_enough_to_refuse(field):
    with pytest.raises(FormatError, match="neither"):
        gpt.read_table(BytesSource(sealed((b"one", 40, 41), **field)))


def test_the_largest_header_that_a_sector_holds_is_read():
    assert len(gpt.read_table(BytesSource(sealed((b"one", 40, 41), header_bytes=512))).partitions) == 1


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
