from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import btrfs
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(btrfs.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(btrfs.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(btrfs)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(btrfs, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(btrfs, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(btrfs.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_superblock_that_names_another_place_is_damaged():
    image = bytearray(IMAGE)
    image[65536 + 48] ^= 1
    layer = look(bytes(image)).layers[0]
    assert (layer.scheme, layer.findings) == ("btrfs", ("header_damaged",))
