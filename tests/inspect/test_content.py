from __future__ import annotations

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.cached import CachedSource
from lossproof.block.source import BytesSource, open_source
from lossproof.inspect import content

NOISE = random.Random(2009).randbytes(1 << 20)
PROSE = b"The patient was seen in the made-up clinic and has recovered well. " * 4000


def described(image: bytes, budget: int | None = None) -> tuple[str, tuple[str, ...]]:
    layer = content.describe(CachedSource(BytesSource(image), budget), 0, len(image))
    assert (layer.offset_bytes, layer.size_bytes) == (0, len(image))
    return layer.scheme, layer.findings


@pytest.mark.parametrize("fill", [0x00, 0xFF])
@pytest.mark.parametrize("size", [1, 511, 512, 513, 100_000, 3 << 20])
def test_a_range_of_one_value_is_blank(fill, size):
    assert described(bytes([fill]) * size) == ("blank", ())


@pytest.mark.parametrize("fill", [0x01, 0x20, 0xAA])
def test_any_other_value_is_not_blank(fill):
    assert described(bytes([fill]) * 5000) == ("unrecognised", ())


@given(st.integers(0, (1 << 19) - 1), st.integers(1, 255))
def test_one_byte_anywhere_is_seen(at, value):
    image = bytearray(1 << 19)
    image[at] = value
    assert described(bytes(image)) == ("unrecognised", ())


def test_blank_as_far_as_sampled_is_said_to_be_sampled():
    assert described(bytes(4 << 20), budget=2 << 20) == ("blank", ("sampled_only",))


def test_nothing_read_is_nothing_known():
    assert described(bytes(4096), budget=0) == ("unrecognised", ("sampled_only",))


def test_random_bytes_look_random():
    assert described(NOISE) == ("headerless", ("random_looking",))


def test_random_bytes_with_blank_stretches_look_random():
    assert described(NOISE[:4096] + bytes(1 << 18) + NOISE[4096:65536])[0] == "headerless"


def test_random_bytes_before_text_are_not_recognised():
    assert described(NOISE[:4096] + PROSE) == ("unrecognised", ())


def test_compressed_files_are_not_called_random():
    for magic in (b"\x1f\x8b\x08", b"PK\x03\x04", b"\xff\xd8\xff\xe0", b"\x00\x00\x00\x18ftypmp42"):
        assert described(magic + NOISE[len(magic) :])[0] == "unrecognised"


def test_only_the_range_itself_is_described():
    image = PROSE[:5000] + bytes(100_000) + PROSE[:5000]
    layer = content.describe(CachedSource(BytesSource(image)), 5000, 100_000)
    assert (layer.scheme, layer.offset_bytes, layer.findings) == ("blank", 5000, ())


def test_a_last_sector_that_is_cut_short_says_nothing_about_randomness():
    assert described(NOISE[:100_100])[0] == "headerless"


@pytest.mark.parametrize(("fill", "scheme"), [(0x00, "blank"), (0xFF, "unrecognised")])
def test_holes_are_zeros_and_not_the_value_beside_them(fill, scheme, tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.write(bytes([fill]) * 65_536)
        file.truncate(1 << 20)
    source = open_source(path)
    try:
        if not list(source.holes()):
            pytest.skip("this file system does not say where its holes are")
        assert content.describe(CachedSource(source), 0, 1 << 20).scheme == scheme
    finally:
        os.close(source.fd)


def test_text_is_not_recognised():
    assert described(PROSE) == ("unrecognised", ())


def test_the_threshold_lies_between_random_sectors_and_text():
    sectors = [NOISE[at : at + 512] for at in range(0, len(NOISE), 512)]
    assert min(map(content.entropy_bits, sectors)) > content.RANDOM_BITS
    assert content.entropy_bits(PROSE[:512]) < 5
    assert content.entropy_bits(bytes(512)) == 0
    assert content.entropy_bits(bytes(range(256))) == 8
    assert content.entropy_bits(b"") == 0


@given(st.binary(min_size=1, max_size=4096))
def test_any_bytes_are_described(data):
    scheme, _ = described(data)
    assert scheme in {"blank", "headerless", "unrecognised"}
    assert (scheme == "blank") == (data.count(0) == len(data) or data.count(255) == len(data))
