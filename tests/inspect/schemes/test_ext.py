from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import ext
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(ext.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(ext.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(ext)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(ext, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(ext, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(ext.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_feature_flags_decide_the_version():
    assert {case.name: look(case.image).layers[0].version for case in cases("ext")} == {
        "ext2": "ext2",
        "ext3": "ext3",
        "ext4": "ext4",
        "jbd": "jbd",
    }


def test_the_size_is_counted_in_the_volumes_own_blocks_and_in_64_bits_where_it_says_so():
    image = bytearray(IMAGE)
    image[1028:1032], image[1048:1052] = (7).to_bytes(4, "little"), (2).to_bytes(4, "little")
    assert look(bytes(image)).layers[0].size_bytes == 7 * 4096
    image[1024 + 336 : 1024 + 340] = (1).to_bytes(4, "little")
    image[1024 + 96] &= 0x7F
    assert "truncated" not in look(bytes(image)).layers[0].findings, "without the flag that field is not a size"
    image[1024 + 96] |= 0x80
    assert "truncated" in look(bytes(image)).layers[0].findings


def test_a_superblock_without_blocks_is_damaged():
    image = bytearray(IMAGE)
    image[1028:1032] = bytes(4)
    assert "header_damaged" in look(bytes(image)).layers[0].findings
