from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import iso9660
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(iso9660.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(iso9660.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(iso9660)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(iso9660, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(iso9660, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(iso9660.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_disc_image_with_a_partition_table_is_a_disc_and_later_partitions_are_seen_too():
    image = bytearray(cases("iso9660")[0].image)
    size = len(image) // 512
    image[510:512] = b"\x55\xaa"
    image[446:462] = bytes(4) + b"\x17" + bytes(3) + (64).to_bytes(4, "little") + (size - 64).to_bytes(4, "little")
    image[462:478] = bytes(4) + b"\x83" + bytes(3) + (size + 8).to_bytes(4, "little") + (64).to_bytes(4, "little")
    seen = look(bytes(image) + bytes(4096) + b"a second volume of nothing known" * 1024)
    assert [(layer.scheme, layer.offset_bytes // 512 - size) for layer in seen.layers] == [
        ("iso9660", -size),
        ("blank", 0),
        ("unrecognised", 8),
    ]
    assert "conflicting_signatures" not in seen.layers[0].findings
