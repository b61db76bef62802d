from __future__ import annotations

import hashlib
import json
import lzma
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypt_cases import assert_answers_or_refuses, assert_case, changed, changes, doubt, graded, some
from lossproof.block.cached import CachedSource
from lossproof.block.source import BytesSource, Meter
from lossproof.inspect.luks2_header import FIRST_MAGIC, SECOND_MAGIC, SIZES, find_second, read_header
from lossproof.inspect.schemes import luks1, luks2
from lossproof.model.volume import Content, Kdf, Layer, Protection
from vector_files import VECTORS, assert_survives_as, cases, look

[DEFAULT, BESIDE, SECOND_ALONE] = some("luks2", "default", "linear_beside", "second_alone")
HEADERS = 2 * 16384


@pytest.mark.parametrize("case", cases("luks2"), ids=lambda case: case.name)
def test_each_image_is_seen_as_its_label_says(case):
    assert_case(luks2, case)
    assert not luks1.detect(BytesSource(case.image))


def test_damaged_images_are_answered_or_refused():
    assert_survives_as(luks2)


def test_the_whole_inspection_says_the_same():
    seen = look(DEFAULT)
    assert (seen.protection.value, seen.readable_without_secret.value) == ("protected", "no")
    assert [layer.scheme for layer in seen.layers] == ["luks2"]


def test_the_keyslot_is_the_protector_with_its_cost():
    layer = graded(luks2, some("luks2", "weak_argon2")[0])
    assert [(one.kind, one.id) for one in layer.protectors] == [("keyslot", "0")]
    assert layer.kdf == Kdf(name="argon2id", iterations=4, memory_kib=32, lanes=layer.kdf.lanes)


def test_ranges_are_told_apart():
    contents = [extent.content for extent in graded(luks2, BESIDE).extents]
    assert contents == [Content.METADATA, Content.CIPHERTEXT, Content.PLAINTEXT]


def with_size(size: int, *, first: bool = True) -> bytes:
    """The default image with headers of another size, checksums right."""
    metadata = json.loads(DEFAULT[4096:16384].partition(b"\0")[0])
    metadata["segments"]["0"]["offset"] = str(2 * size + (1 << 20))
    metadata["config"]["json_size"] = str(size - 4096)
    for slot in metadata["keyslots"].values():
        slot["area"]["offset"] = str(2 * size)
    image = bytearray(2 * size + (1 << 20) + 4096)
    for place, magic in ((0, FIRST_MAGIC), (size, SECOND_MAGIC)) if first else ((size, SECOND_MAGIC),):
        header = bytearray(DEFAULT[:4096] + json.dumps(metadata).encode()).ljust(size, b"\0")
        header[0:6], header[8:16] = magic, size.to_bytes(8, "big")
        header[256:264], header[448:512] = place.to_bytes(8, "big"), bytes(64)
        header[448:480] = hashlib.sha256(header).digest()
        image[place : place + size] = header
    return bytes(image)


@pytest.mark.parametrize("size", SIZES)
def test_headers_of_every_size_are_read_and_those_too_large_are_not_called_verified(size):
    layer = graded(luks2, with_size(size))
    expected = Protection.PROTECTED if size <= 512 << 10 else Protection.UNKNOWN
    assert (layer.protection, layer.cipher) == (expected, "aes-xts-plain64")
    assert ("header_not_verified" in layer.findings) == (size > 512 << 10)


@pytest.mark.parametrize("size", SIZES)
def test_a_lone_second_header_is_found_at_every_place(size):
    layer = graded(luks2, with_size(size, first=False))
    assert "first_header_damaged" in layer.findings
    assert layer.protection is Protection.UNKNOWN


@pytest.mark.parametrize("size", SIZES)
def test_the_budget_of_a_verdict_is_kept(size):
    source = CachedSource(BytesSource(with_size(size)), 2 << 20)
    luks2.read(source)
    assert source.spent_bytes <= (1 << 20) + (128 << 10)
    assert not source.exhausted


def test_a_budget_that_ends_inside_the_header_leaves_no_protected_volume():
    source = CachedSource(BytesSource(with_size(512 << 10)), 600 << 10)
    assert "second_header_damaged" in luks2.read(source).findings


def test_a_header_that_moved_is_not_a_header():
    assert find_second(BytesSource(bytes(512) + DEFAULT), None) is None
    assert read_header(BytesSource(bytes(512) + DEFAULT), 512, FIRST_MAGIC).sound is False


def test_other_checksum_algorithms_are_computed_and_unknown_ones_are_damage():
    for algorithm, sound in (("sha512", True), ("sha1", True), ("crc32c", False), ("shake_128", False)):
        header = bytearray(DEFAULT[:16384])
        header[72:104], header[448:512] = algorithm.encode().ljust(32, b"\0"), bytes(64)
        if sound:
            header[448:512] = hashlib.new(algorithm, header).digest().ljust(64, b"\0")
        assert read_header(BytesSource(bytes(header)), 0, FIRST_MAGIC).sound is sound


def test_hostile_json_is_refused_in_little_time():
    bombs = [
        b"[" * 500_000,
        b'{"a":' * 90_000,
        b"9" * 500_000,
        b'{"keyslots":{' + b'"1":{},' * 60_000,
        b'"' + b"\\u0041" * 80_000,
    ]
    started = time.process_time()
    for bomb in bombs:
        header = bytearray(DEFAULT[:4096] + bomb[: (512 << 10) - 4096]).ljust(512 << 10, b"\0")
        header[8:16], header[448:512] = (512 << 10).to_bytes(8, "big"), bytes(64)
        header[448:480] = hashlib.sha256(header).digest()
        layer = graded(luks2, bytes(header))
        assert layer.protection is Protection.UNKNOWN
    assert time.process_time() - started < 5


@given(st.binary(max_size=1024))
def test_any_bytes_are_answered_or_refused(data):
    assert_answers_or_refuses(luks2, data)
    assert_answers_or_refuses(luks2, FIRST_MAGIC + b"\0\2" + data)
    assert_answers_or_refuses(luks2, bytes(16384) + SECOND_MAGIC + b"\0\2" + data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "offset", "size", "0", "1", "area", "kdf", "flags", "a"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
PARTS = st.sampled_from(["keyslots", "segments", "digests", "tokens", "config"])


def resealed(metadata: dict) -> bytes:
    """The default image with other JSON in both headers, checksums right."""
    image = bytearray(DEFAULT)
    for place in (0, 16384):
        text = json.dumps(metadata).encode()[: 16384 - 4096 - 1]
        image[place + 4096 : place + 16384] = text.ljust(16384 - 4096, b"\0")
        image[place + 448 : place + 512] = bytes(64)
        image[place + 448 : place + 480] = hashlib.sha256(image[place : place + 16384]).digest()
    return bytes(image)


def judged(image_bytes: int = len(DEFAULT), **changes: object) -> Layer:
    """The layer of the default image, cut or filled to a length, with members of its metadata replaced."""
    metadata = json.loads(json.dumps(METADATA)) | changes
    return graded(luks2, resealed(metadata)[:image_bytes].ljust(image_bytes, b"\0"))


def test_segments_that_overlap_contradict_each_other_and_ones_side_by_side_do_not():
    one = METADATA["segments"]["0"] | {"size": "4096"}
    digests = {"0": METADATA["digests"]["0"] | {"segments": ["0", "1"]}}
    for offset, said in ((1048576 + 4096, False), (1048576 + 4095, True)):
        layer = judged(segments={"0": one, "1": one | {"offset": str(offset)}}, digests=digests)
        assert ("header_inconsistent" in layer.findings) == said
    assert "header_inconsistent" in judged(segments={}).findings


def test_data_may_end_with_the_medium_and_not_a_byte_later():
    segment = METADATA["segments"]["0"]
    for size, said in ((65_536, False), (65_537, True)):
        layer = judged(1048576 + 65_536, segments={"0": segment | {"size": str(size)}})
        assert ("data_cut_short" in layer.findings) == said


def test_data_that_would_begin_where_the_medium_ends_is_cut_off():
    assert "truncated" in judged(1048576).findings
    assert "truncated" not in judged(1048577).findings


def test_a_key_of_a_segment_that_is_not_in_use_protects_nothing():
    """Backup segments count only while the data is being encrypted anew."""
    backup = METADATA["segments"]["0"] | {"flags": ["backup-previous"]}
    slots = METADATA["keyslots"] | {"1": json.loads(json.dumps(METADATA["keyslots"]["0"]))}
    slots["1"]["area"]["offset"] = str(32768 + 131072)
    digests = METADATA["digests"] | {"1": METADATA["digests"]["0"] | {"keyslots": ["1"], "segments": ["1"]}}
    layer = judged(segments=METADATA["segments"] | {"1": backup}, keyslots=slots, digests=digests)
    assert [(one.id, one.kind) for one in layer.protectors] == [("0", "keyslot"), ("1", "unbound_keyslot")]


def paths(value: object, at: tuple = ()) -> list[tuple]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, one in inner for path in paths(one, (*at, key)))]


METADATA = json.loads(DEFAULT[4096:16384].partition(b"\0")[0])
PLACES = [path for path in paths(METADATA) if path]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_metadata_with_anything_anywhere_is_answered(path, value):
    metadata = json.loads(json.dumps(METADATA))
    parent = metadata
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    layer = graded(luks2, resealed(metadata))
    assert layer.scheme == "luks2"


@pytest.mark.parametrize(
    "name", ["default", "linear_beside", "weak_pbkdf2", "bad_checksums", "null_cipher", "second_alone"]
)
@settings(max_examples=40, deadline=None)
@given(edits=changes(HEADERS))
def test_a_changed_header_never_grades_better(name, edits):
    """Its checksum tells: what is changed inside the two headers, without making the checksums right, adds doubt only."""
    image = some("luks2", name)[0]
    before, after = graded(luks2, image), assert_answers_or_refuses(luks2, changed(image, edits))
    if before.protection in {Protection.PROTECTED, Protection.WEAK, Protection.UNKNOWN}:
        assert doubt(after) >= doubt(before) or before.protection is Protection.UNKNOWN
    assert after is None or after.protection is not Protection.PROTECTED or before.protection is Protection.PROTECTED


def test_a_changed_byte_in_the_judged_header_is_never_overlooked():
    for at in (9, 20, 80, 110, 170, 300, 450, 4096, 5000, 16383):
        for place in (0, 16384):
            layer = assert_answers_or_refuses(luks2, changed(DEFAULT, [(place + at, 1)]))
            assert layer is None or layer.protection is not Protection.PROTECTED, (place, at)


def test_the_vectors_are_small_for_what_they_hold():
    assert len(lzma.decompress((VECTORS / "luks2" / "default.img.xz").read_bytes())) < 4 << 20
    assert Meter().left_bytes > 0
