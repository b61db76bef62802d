from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypt_cases import assert_answers_or_refuses, assert_case, changed, changes, graded, some
from lossproof.block.source import BytesSource
from lossproof.errors import FormatError
from lossproof.inspect.fve import read_block, read_write_map
from lossproof.inspect.schemes import bitlocker
from lossproof.model.volume import Content, Protection
from vector_files import assert_survives_as, cases, look

[SOUND, SUSPENDED, WRITTEN] = some("bitlocker", "xts128", "suspended", "write_half")
BLOCKS = (0x20000, 0x60000, 0xA0000)
DESCRIPTORS, MAP = (0xC0000, 0xC8000), 0xD0000


@pytest.mark.parametrize("case", cases("bitlocker"), ids=lambda case: case.name)
def test_each_image_is_seen_as_its_label_says(case):
    assert_case(bitlocker, case)


def test_damaged_images_are_answered_or_refused():
    assert_survives_as(bitlocker)


@pytest.mark.parametrize("name", ["xts128", "vista", "to_go"])
def test_the_whole_inspection_says_the_same(name):
    seen = look(some("bitlocker", name)[0])
    assert [layer.scheme for layer in seen.layers] == ["bitlocker"]
    assert seen.protection.value == "protected"


def test_the_computer_is_not_named():
    assert "EXAMPLE-PC" not in repr(look(SOUND))
    assert "EXAMPLE-PC".encode("utf-16-le") in SOUND


def test_the_identifiers_are_those_of_the_metadata():
    layer = graded(bitlocker, SOUND)
    assert layer.uuid == "03020100-0504-0706-0809-0a0b0c0d0e0f"
    assert all(len(protector.id) == 36 for protector in layer.protectors)


def test_a_conversion_shows_how_far_it_has_come():
    extents = graded(bitlocker, some("bitlocker", "encrypting")[0]).extents
    plain = [extent for extent in extents if extent.content is Content.PLAINTEXT]
    assert plain
    assert min(extent.offset_bytes for extent in plain) == 1 << 19
    assert all(extent.offset_bytes >= 1 << 19 for extent in plain)
    cipher = [extent for extent in extents if extent.content is Content.CIPHERTEXT]
    assert all(extent.offset_bytes < 1 << 19 for extent in cipher)


def test_the_write_map_tells_plain_from_encrypted():
    written = read_write_map(BytesSource(WRITTEN), DESCRIPTORS)
    assert written.plain == ((1 << 19, 1 << 19),)
    plain = [extent for extent in graded(bitlocker, WRITTEN).extents if extent.content is Content.PLAINTEXT]
    assert plain
    assert all(extent.offset_bytes >= 1 << 19 for extent in plain)


class Sparse:
    """The image, with its second half known to be a hole."""

    size_bytes = len(WRITTEN)

    def read_at(self, offset: int, size: int) -> bytes:
        return BytesSource(WRITTEN).read_at(offset, size)

    def holes(self):
        return iter(((1 << 19, 1 << 19),))


def test_plain_ranges_that_are_known_to_be_blank_are_not_readable_data():
    layer = bitlocker.read(Sparse())
    assert Content.PLAINTEXT not in {extent.content for extent in layer.extents}
    assert Content.BLANK in {extent.content for extent in layer.extents}
    assert "used_space_only" not in layer.findings


@pytest.mark.parametrize("place", [MAP + 20, MAP + 512 + 40])
def test_a_write_map_that_is_damaged_leaves_the_volume_unjudged(place):
    image = changed(WRITTEN, [(place, 1), (MAP + 1024 + 40, 1)])
    layer = graded(bitlocker, image)
    assert "write_map_unreadable" in layer.findings
    assert layer.protection is Protection.UNKNOWN


def test_the_second_descriptor_and_the_older_record_stand_in():
    assert read_write_map(BytesSource(changed(WRITTEN, [(DESCRIPTORS[0] + 20, 1)])), DESCRIPTORS).plain
    older = read_write_map(BytesSource(changed(WRITTEN, [(MAP + 1024 + 40, 1)])), DESCRIPTORS)
    assert older.plain == ((0, 1 << 20),)


def test_one_copy_with_a_clear_key_is_enough_to_read_the_volume():
    for number in (0, 1, 2):
        image = bytearray(SOUND)
        block = SUSPENDED[BLOCKS[number] : BLOCKS[number] + 4096]
        image[BLOCKS[number] : BLOCKS[number] + 4096] = block
        assert graded(bitlocker, bytes(image)).protection is Protection.UNPROTECTED


def with_block_field(image: bytes, at: int, new: bytes) -> bytes:
    """A field of all three blocks changed, checksums made right."""
    result = bytearray(image)
    for place in BLOCKS:
        result[place + at : place + at + len(new)] = new
        size = int.from_bytes(result[place + 8 : place + 10], "little") * 16
        if size + 8 <= 65536:
            checksum = zlib.crc32(result[place : place + size])
            result[place + size + 4 : place + size + 8] = checksum.to_bytes(4, "little")
    return bytes(result)


@pytest.mark.parametrize(
    ("at", "new"),
    [
        (8, b"\1\0"),
        (8, b"\xff\xff"),
        (10, b"\7\0"),
        (64, b"\xff\xff\xff\xff"),
        (72, b"\0\0\0\0"),
        (112, b"\1\0"),
        (112, b"\xff\xff"),
    ],
)
def test_sizes_that_cannot_be_leave_no_block(at, new):
    image = with_block_field(SOUND, at, new)
    with pytest.raises(FormatError):
        read_block(BytesSource(image), BLOCKS[0])
    assert graded(bitlocker, image).protection is Protection.UNKNOWN


def test_every_pair_of_states_is_answered_and_only_one_protects():
    safe = set()
    for current in range(8):
        for following in range(8):
            states = current.to_bytes(2, "little") + following.to_bytes(2, "little")
            if graded(bitlocker, with_block_field(SOUND, 12, states)).protection is Protection.PROTECTED:
                safe.add((current, following))
    assert safe == {(4, 4), (4, 0)}


@given(st.binary(max_size=2048))
def test_any_bytes_are_answered_or_refused(data):
    assert_answers_or_refuses(bitlocker, data)
    assert_answers_or_refuses(bitlocker, b"\xeb\x52\x90-FVE-FS-" + data)
    assert_answers_or_refuses(bitlocker, (b"\xeb\x58\x90-FVE-FS-" + data)[:512].ljust(512, b"\0") + SOUND[512:])


@settings(max_examples=60, deadline=None)
@given(changes(700), st.sampled_from([0, *BLOCKS]), st.sampled_from([SOUND, SUSPENDED]))
def test_a_volume_with_one_changed_sector_or_block_is_answered(edits, place, image):
    layer = assert_answers_or_refuses(bitlocker, changed(image, [(place + at, mask) for at, mask in edits]))
    # The other two copies still hold the clear key, unless the boot sector no longer leads to them.
    if image is SUSPENDED and place and layer is not None:
        assert layer.protection is Protection.UNPROTECTED


@settings(max_examples=60, deadline=None)
@given(changes(900))
def test_metadata_with_right_checksums_is_answered_whatever_it_says(edits):
    image = SOUND
    for at, mask in edits:
        if at >= 8:
            image = with_block_field(image, at, bytes([image[BLOCKS[0] + at] ^ mask]))
    assert_answers_or_refuses(bitlocker, image)


@settings(max_examples=60, deadline=None)
@given(changes(1600), st.sampled_from([MAP, *DESCRIPTORS]))
def test_changed_write_maps_are_answered_and_never_hide_plain_ranges(edits, place):
    layer = assert_answers_or_refuses(bitlocker, changed(WRITTEN, [(place + at, mask) for at, mask in edits]))
    assert layer is not None
    assert layer.protection is not Protection.PROTECTED
