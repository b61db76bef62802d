from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import gpt
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(gpt.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(gpt.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(gpt)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(gpt, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(gpt, data)


def test_one_changed_byte_in_the_first_header_leads_to_the_copy():
    image = bytearray(cases("gpt")[1].image)
    image[512 + 60] ^= 1
    layer = look(bytes(image)).layers[0]
    assert layer.findings == ("backup_table_used",)
    assert len(layer.layers) > 1


def test_entries_that_fail_their_checksum_in_both_tables_are_damaged():
    image = bytearray(cases("gpt")[1].image)
    image[1024] ^= 1
    image[-512 * 33] ^= 1
    assert "header_damaged" in look(bytes(image)).layers[0].findings


def test_both_headers_gone_is_a_damaged_table_and_unknown():
    image = bytearray(cases("gpt")[1].image)
    image[512 + 60] ^= 1
    image[-512 + 60] ^= 1
    seen = look(bytes(image))
    assert (seen.layers[0].scheme, seen.protection.value) == ("gpt", "unknown")
    assert seen.layers[0].findings == ("header_damaged",)


def test_a_table_left_behind_by_an_older_use_is_a_conflict():
    image = bytearray(cases("gpt")[1].image)
    image[446:462] = bytes(4) + b"\x83" + bytes(3) + (600).to_bytes(4, "little") + (64).to_bytes(4, "little")
    assert {layer.scheme for layer in look(bytes(image)).layers} == {"gpt", "mbr"}
