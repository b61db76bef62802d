from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import hfsplus
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(hfsplus.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(hfsplus.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(hfsplus)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(hfsplus, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(hfsplus, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(hfsplus.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_volume_in_a_wrapper_is_named_by_what_it_embeds():
    image = bytearray(65536)
    image[1024:1026], image[1148:1150] = b"BD", b"H+"
    assert [layer.scheme for layer in look(bytes(image)).layers] == ["hfsplus"]
    image[1148:1150] = b"\0\0"
    assert [layer.scheme for layer in look(bytes(image)).layers] == ["hfs"]
