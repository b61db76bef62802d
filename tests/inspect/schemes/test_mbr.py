from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.source import BytesSource
from lossproof.inspect.schemes import mbr
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(mbr.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(mbr.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(mbr)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(mbr, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(mbr, data)


def test_an_empty_table_is_a_table_and_everything_is_outside():
    image = bytearray(65536)
    image[510:512] = b"\x55\xaa"
    layer = look(bytes(image)).layers[0]
    assert (layer.scheme, [part.scheme for part in layer.layers]) == ("mbr", ["blank"])


def test_boot_sectors_of_volumes_are_not_tables():
    for scheme in ("fat", "exfat", "ntfs"):
        for case in cases(scheme):
            assert not mbr.detect(BytesSource(case.image)), case.name


def test_a_chain_of_thousands_of_logical_partitions_ends():
    image = bytearray(512 * 4096)
    image[446:462] = bytes(4) + b"\x05" + bytes(3) + (1).to_bytes(4, "little") + (4095).to_bytes(4, "little")
    image[510:512] = b"\x55\xaa"
    for sector in range(1, 4095):
        at = sector * 512
        image[at + 446 : at + 462] = bytes(4) + b"\x05" + bytes(3) + sector.to_bytes(4, "little") + b"\1\0\0\0"
        image[at + 510 : at + 512] = b"\x55\xaa"
    assert "partition_loop" in look(bytes(image)).layers[0].findings
