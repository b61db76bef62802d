from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import udf
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(udf.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(udf.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(udf)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(udf, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(udf, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(udf.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_bridge_disc_is_udf():
    image = bytearray(IMAGE)
    image[32768:32774] = b"\1CD001"
    image[34816:34822], image[36864:36870], image[38912:38918] = b"\0BEA01", b"\0NSR02", b"\0TEA01"
    assert [(layer.scheme, layer.version) for layer in look(bytes(image)).layers] == [("udf", "NSR2")]
