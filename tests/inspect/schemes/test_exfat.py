from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import exfat
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(exfat.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(exfat.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(exfat)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(exfat, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(exfat, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(exfat.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_wrong_boot_checksum_is_a_damaged_header():
    image = bytearray(IMAGE)
    image[200] ^= 1
    assert look(bytes(image)).layers[0].findings == ("truncated", "header_damaged")


def test_volume_flags_and_use_are_not_part_of_the_checksum():
    image = bytearray(cases("exfat")[0].image)
    image[106], image[107], image[112] = 2, 0, 50
    assert look(bytes(image)).layers[0].findings == ()
