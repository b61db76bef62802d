from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import swap
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(swap.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(swap.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(swap)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(swap, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(swap, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(swap.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_suspended_machine_is_said():
    states = {case.name: look(case.image).layers[0].state for case in cases("swap")}
    assert states == {"suspended": "suspended", "swap": None}


def test_a_swap_area_over_an_older_encrypted_volume_is_a_conflict_and_never_protected():
    image = bytearray(cases("swap")[1].image)
    image[0:8] = b"LUKS\xba\xbe\0\1"
    image[8:11], image[40:51], image[72:78] = b"aes", b"xts-plain64", b"sha256"
    seen = look(bytes(image))
    assert {layer.scheme for layer in seen.layers} >= {"swap"}
    assert seen.protection.value != "protected"
