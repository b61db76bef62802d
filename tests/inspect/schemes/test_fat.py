from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import fat
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(fat.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(fat.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(fat)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    ask(fat, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    ask(fat, data)


def test_it_is_readable_and_says_so():
    seen = look(cases(fat.NAME)[0].image)
    assert seen.protection.value == "unprotected"
    assert seen.readable_without_secret.value == "yes"


def test_a_boot_sector_with_one_entry_around_the_whole_stick_is_a_volume_and_not_a_table():
    image = bytearray(cases("fat")[0].image)
    image[446:462] = bytes.fromhex("800001000102030400000000") + (len(image) // 512).to_bytes(4, "little")
    assert [layer.scheme for layer in look(bytes(image)).layers] == ["fat"]


def test_a_volume_that_says_it_is_larger_than_the_medium_is_cut_short():
    layer = look(cases("fat")[0].image[:65536]).layers[0]
    assert (layer.scheme, layer.size_bytes, layer.findings) == ("fat", 65536, ("truncated",))


def test_what_lies_behind_a_smaller_volume_is_a_layer_of_its_own():
    image = cases("fat")[0].image
    seen = look(image + b"old and made up\n" * 64)
    assert [(layer.scheme, layer.offset_bytes) for layer in seen.layers] == [("fat", 0), ("unrecognised", len(image))]
    assert seen.layers[1].findings == ("outside_file_system",)


def test_the_number_of_clusters_decides_between_twelve_and_sixteen_bits():
    assert {case.name: look(case.image).layers[0].version for case in cases("fat")} == {
        "fat12": "FAT12",
        "fat16": "FAT16",
        "fat32": "FAT32",
    }
