from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypt_cases import assert_answers_or_refuses, assert_case, changed, changes, graded, some
from lossproof.block.source import BytesSource
from lossproof.errors import FormatError
from lossproof.inspect.schemes import luks1, luks2
from lossproof.model.volume import Content, Kdf, Protection
from vector_files import assert_survives_as, cases, look

[DEFAULT, NULL, PLAIN] = some("luks1", "default", "null_cipher", "plain_data")


@pytest.mark.parametrize("case", cases("luks1"), ids=lambda case: case.name)
def test_each_image_is_seen_as_its_label_says(case):
    assert_case(luks1, case)
    assert not luks2.detect(BytesSource(case.image))


def test_damaged_images_are_answered_or_refused():
    assert_survives_as(luks1)


def test_the_whole_inspection_says_the_same():
    seen = look(DEFAULT)
    assert (seen.protection.value, seen.readable_without_secret.value) == ("protected", "no")
    assert [layer.scheme for layer in seen.layers] == ["luks1"]


def test_the_keyslot_is_the_protector_with_its_cost():
    layer = graded(luks1, some("luks1", "weak_iterations")[0])
    assert [(one.kind, one.id, one.kdf) for one in layer.protectors] == [
        ("keyslot", "0", Kdf(name="pbkdf2", hash="sha1", iterations=1000))
    ]
    assert layer.kdf == layer.protectors[0].kdf


def test_the_header_area_is_told_from_the_data():
    header, data = graded(luks1, DEFAULT).extents
    assert (header.content, header.size_bytes) == (Content.METADATA, 2 << 20)
    assert (data.content, data.offset_bytes) == (Content.CIPHERTEXT, 2 << 20)


def test_a_header_cut_short_is_refused():
    with pytest.raises(FormatError):
        luks1.read(BytesSource(DEFAULT[:591]))


def numbers(*fields: tuple[int, int], image: bytes = DEFAULT) -> bytes:
    """The image with big-endian 32-bit numbers written at offsets of its header."""
    result = bytearray(image)
    for at, value in fields:
        result[at : at + 4] = value.to_bytes(4, "big")
    return bytes(result)


def test_numbers_that_only_just_fit_each_other_are_consistent():
    payload, key_bytes, slots = 104, 108, range(208, 592, 48)
    sectors = -(-int.from_bytes(DEFAULT[key_bytes : key_bytes + 4], "big") * 4000 // 512)
    packed = [(at + 40, 2 + sectors * number) for number, at in enumerate(slots)]
    end = 2 + sectors * len(slots)

    def consistent(*fields: tuple[int, int]) -> bool:
        return "header_inconsistent" not in luks1.read(BytesSource(numbers(*packed, *fields))).findings

    assert consistent((payload, end)), "each area ends where the next one begins"
    assert not consistent((payload, end - 1)), "the last one reaches into the data"
    assert not consistent((slots[3] + 40, 1)), "one lies over the header"
    assert not consistent((payload, end), (slots[1] + 40, packed[1][1] - 1)), "two overlap"
    assert consistent((payload, 0)), "a detached header"
    assert not consistent((payload, 1)), "the data begins in the header"
    assert not consistent((payload, end), (key_bytes, 0))
    assert not consistent((payload, end), (slots[0] + 4, 0)), "no iterations"
    assert consistent((payload, end), (slots[7] + 4, 0)), "no iterations where there is no key"


def test_texts_that_are_not_ascii_are_damage():
    for at in (8, 40, 72):
        assert "header_damaged" in graded(luks1, changed(DEFAULT, [(at, 0x80)])).findings


@given(st.binary(max_size=1024))
def test_any_bytes_are_answered_or_refused(data):
    assert_answers_or_refuses(luks1, data)
    assert_answers_or_refuses(luks1, luks1.MAGIC + b"\0\1" + data)


# Sampling finds the plain text whatever the header says, and a null cipher is no cipher by any other name.
@given(changes(592))
def test_no_change_of_the_header_makes_readable_data_protected(edits):
    layer = assert_answers_or_refuses(luks1, changed(PLAIN, edits)[: len(PLAIN) - 1])
    if layer is not None and layer.extents and layer.extents[0].size_bytes == 2 << 20:
        assert layer.protection is not Protection.PROTECTED


@given(st.integers(8, 71), st.integers(1, 255))
def test_no_changed_letter_of_a_null_cipher_makes_it_sound(at, mask):
    layer = assert_answers_or_refuses(luks1, changed(NULL, [(at, mask)]))
    assert layer is None or layer.protection is not Protection.PROTECTED
