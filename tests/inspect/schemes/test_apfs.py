from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import apfs
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(apfs.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(apfs.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(apfs)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(apfs, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(apfs, data)


def test_what_its_volumes_say_of_themselves_decides():
    graded = {case.name: look(case.image).protection.value for case in cases("apfs")}
    assert graded == {"unencrypted": "unprotected", "partly": "partial", "encrypted": "unknown"}


def test_nothing_is_known_where_a_volume_cannot_be_followed():
    for at in (8, 9, 16):
        image = bytearray(cases("apfs")[0].image)
        image[at * 4096 + 100] ^= 1
        layer = look(bytes(image)).layers[0]
        assert (layer.state, layer.findings) == (None, ("header_damaged",))
