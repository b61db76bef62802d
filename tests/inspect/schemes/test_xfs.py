from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import xfs
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(xfs.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(xfs.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(xfs)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(xfs, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(xfs, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(xfs.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_an_impossible_block_size_is_a_damaged_header():
    image = bytearray(IMAGE)
    image[4:8] = b"\xff\xff\xff\xff"
    layer = look(bytes(image)).layers[0]
    assert (layer.scheme, layer.findings) == ("xfs", ("header_damaged",))
