from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import ntfs
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(ntfs.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(ntfs.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(ntfs)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(ntfs, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(ntfs, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(ntfs.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_volume_without_its_file_table_has_a_damaged_header():
    image = bytearray(cases("ntfs")[0].image)
    image[16384:16388] = b"BAAD"
    assert look(bytes(image)).layers[0].findings == ("header_damaged",)
