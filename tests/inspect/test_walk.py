from __future__ import annotations

import lzma
import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossproof.block.source import BytesSource, Meter, open_source
from lossproof.errors import FormatError
from lossproof.inspect import VERDICT_BYTES, inspect, schemes
from lossproof.model.volume import Access, Layer, Protection
from vector_files import VECTORS, assert_covered, cases, look, mutations

SCHEMES = ("fat", "gpt", "mbr", "ext", "apfs", "linux_raid", "iso9660")
SECTOR = 512


def table(*entries: tuple[int, int, int], sectors: int = 4096) -> bytearray:
    """An image with an MBR of (type, first sector, sectors)."""
    image = bytearray(sectors * SECTOR)
    for slot, (kind, first, count) in enumerate(entries):
        raw = bytes(4) + bytes([kind]) + bytes(3) + first.to_bytes(4, "little") + count.to_bytes(4, "little")
        image[446 + 16 * slot : 462 + 16 * slot] = raw
    image[510:512] = b"\x55\xaa"
    return image


def test_an_empty_target_is_an_error():
    with pytest.raises(FormatError, match="empty") as raised:
        inspect(BytesSource(b""), "nothing", meter=Meter())
    assert raised.value.hint


def test_a_partitioned_medium_is_covered_from_start_to_end():
    fat = cases("fat")[0].image
    image = table((0x0C, 64, len(fat) // SECTOR), (0x83, 3000, 500))
    image[64 * SECTOR : 64 * SECTOR + len(fat)] = fat
    seen = look(bytes(image))
    (top,) = seen.layers
    assert_covered(seen.layers, len(image))
    found = [(layer.scheme, layer.offset_bytes // SECTOR, layer.size_bytes // SECTOR) for layer in top.layers]
    assert found == [
        ("blank", 1, 63),
        ("fat", 64, 2048),
        ("blank", 2112, 888),
        ("blank", 3000, 500),
        ("blank", 3500, 596),
    ]
    assert [layer.findings for layer in top.layers] == [
        ("outside_partitions",),
        (),
        ("outside_partitions",),
        (),
        ("outside_partitions",),
    ]
    assert (seen.protection, seen.readable_without_secret) == (Protection.UNPROTECTED, Access.YES)
    assert seen.leaves() == top.layers


def hybrid() -> tuple[bytes, list[tuple[str, int, int]]]:
    """An ISO image that is a partitioned stick too, with a second partition behind it; and what is there, in sectors."""
    iso, fat = cases("iso9660")[0].image, cases("fat")[0].image
    own, behind, size = len(iso) // SECTOR, len(iso) // SECTOR + 8, len(fat) // SECTOR
    image = table((0x17, 0, own), (0x0C, behind, size), sectors=behind + size + 100)
    image[SECTOR : len(iso)] = iso[SECTOR:]
    image[behind * SECTOR : (behind + size) * SECTOR] = fat
    wanted = [("iso9660", 0, own), ("blank", own, 8), ("fat", behind, size), ("blank", behind + size, 100)]
    return bytes(image), wanted


@pytest.mark.parametrize("first", [0, 64])
def test_a_partition_behind_a_hybrid_disc_image_is_found_wherever_that_lies(first):
    image, wanted = hybrid()
    sectors = len(image) // SECTOR
    if first:
        outer = table((0x83, first, sectors), sectors=first + sectors)
        outer[first * SECTOR :] = image
        layers = look(bytes(outer)).layers[0].layers[1:]
    else:
        layers = look(image).layers
    found = [(layer.scheme, layer.offset_bytes // SECTOR, layer.size_bytes // SECTOR) for layer in layers]
    assert found == [(scheme, first + start, size) for scheme, start, size in wanted]
    assert [layer.findings for layer in layers if layer.scheme == "blank"] == [("outside_file_system",)] * 2


def test_a_blank_medium_is_blank_and_unprotected():
    seen = look(bytes(100_000))
    assert [layer.scheme for layer in seen.layers] == ["blank"]
    assert (seen.protection, seen.readable_without_secret) == (Protection.UNPROTECTED, Access.YES)


def test_what_is_claimed_and_cannot_be_read_is_a_damaged_layer():
    (layer,) = look(bytes(512) + b"EFI PART" + bytes(1 << 16)).layers
    assert (layer.scheme, layer.findings) == ("gpt", ("header_damaged",))
    assert layer.protection is Protection.UNKNOWN


def test_something_outside_partitions_is_not_overlooked():
    image = table((0x83, 64, 64), sectors=2048)
    image[200 * SECTOR : 200 * SECTOR + 20] = b"a made-up old letter"
    assert [layer.scheme for layer in look(bytes(image)).layers[0].layers] == ["blank", "blank", "unrecognised"]
    assert look(bytes(image)).protection is Protection.UNKNOWN


def test_a_large_blank_sparse_image_is_blank_without_reading_it(tmp_path):
    path = tmp_path / "sparse.img"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    meter = Meter()
    source = open_source(path, meter)
    try:
        seen = inspect(source, "sparse", meter=meter)
    finally:
        os.close(source.fd)
    if list(open_holes(path)):
        assert [(layer.scheme, layer.findings) for layer in seen.layers] == [("blank", ())]
    assert seen.bytes_read == meter.bytes_read <= VERDICT_BYTES


def open_holes(path):
    source = open_source(path)
    try:
        return list(source.holes())
    finally:
        os.close(source.fd)


def test_a_large_blank_medium_is_only_sampled_unless_told_to_read_all():
    image = bytes(8 << 20)
    (layer,) = look(image).layers
    assert (layer.scheme, layer.findings, layer.protection) == ("blank", ("sampled_only",), Protection.UNKNOWN)
    (layer,) = inspect(BytesSource(image), "all of it", meter=Meter(), budget_bytes=None).layers
    assert (layer.scheme, layer.findings) == ("blank", ())


def test_the_smallest_blank_ranges_are_settled_first():
    image = table((0x83, 2048, 40_000), sectors=45_000)
    found = {layer.size_bytes: layer.findings for layer in look(bytes(image)).layers[0].layers}
    assert found[2047 * SECTOR] == ("outside_partitions",)
    assert "sampled_only" in found[40_000 * SECTOR]


def test_a_budget_used_up_is_never_an_error_and_never_protected():
    for scheme in SCHEMES:
        for case in cases(scheme)[:1]:
            for budget in (4096, 5000, 9000, 20_000):
                seen = inspect(BytesSource(case.image), "image", meter=Meter(), budget_bytes=budget)
                assert seen.bytes_read <= budget
                assert seen.protection is not Protection.PROTECTED


def test_the_meter_bounds_the_verdict_too():
    seen = inspect(BytesSource(bytes(1 << 20)), "image", meter=Meter(budget_bytes=8192))
    assert seen.bytes_read <= 8192
    assert "sampled_only" in seen.layers[0].findings


def test_two_claims_on_the_same_bytes_stand_side_by_side():
    image = bytearray(cases("ext")[0].image)
    image[0:512] = cases("fat")[0].image[:512]
    seen = look(bytes(image))
    assert {layer.scheme for layer in seen.layers} == {"fat", "ext"}
    assert all("conflicting_signatures" in layer.findings for layer in seen.layers)
    assert all(layer.size_bytes == len(image) for layer in seen.layers)


def test_tables_inside_tables_are_followed_to_a_depth_and_no_further():
    image = bytearray(4096 * SECTOR)
    for level in range(40):
        inner = table((0x83, 1, 4095 - level), sectors=1)
        image[level * SECTOR : (level + 1) * SECTOR] = inner
    layer, depth = look(bytes(image)).layers[0], 0
    while layer.layers:
        layer, depth = layer.layers[-1], depth + 1
    assert depth == 8
    assert "nested_too_deep" in layer.findings


def test_hundreds_of_partitions_are_walked_within_the_budget():
    seen = look(gpt_of(600))
    assert len(seen.leaves()) <= 700
    assert any("too_many_layers" in layer.findings for layer in seen.leaves())
    assert seen.protection is not Protection.PROTECTED


def gpt_of(count: int) -> bytes:
    """A GPT with `count` partitions of two sectors, side by side."""
    from zlib import crc32

    kind = bytes(range(1, 17))
    entries = b"".join(
        kind + bytes([number % 255 + 1]) * 16 + (2000 + 2 * number).to_bytes(8, "little") + (2001 + 2 * number).to_bytes(8, "little")
        + bytes(80)
        for number in range(count)
    )  # fmt: skip
    header = b"EFI PART\0\0\1\0" + (92).to_bytes(4, "little") + bytes(8) + (1).to_bytes(8, "little")
    header += (3999).to_bytes(8, "little") + bytes(16) + kind + (2).to_bytes(8, "little")
    header += count.to_bytes(4, "little") + (128).to_bytes(4, "little") + crc32(entries).to_bytes(4, "little")
    header = header[:16] + crc32(header).to_bytes(4, "little") + header[20:]
    image = bytearray(4000 * SECTOR)
    image[512 : 512 + len(header)] = header
    image[1024 : 1024 + len(entries)] = entries
    return bytes(image)


def test_digests_are_over_the_first_4096_bytes():
    from hashlib import sha256

    image = cases("fat")[0].image
    seen = look(image)
    assert seen.header_sha256 == sha256(image[:4096]).hexdigest() == seen.layers[0].header_sha256
    assert look(bytes(100)).layers[0].header_sha256 is None


def test_every_scheme_is_found_by_folder_and_names_itself():
    found = schemes.every()
    assert len(found) > 50
    assert all(scheme.NAME and scheme.SPEC for scheme in found)
    names = {scheme.NAME for scheme in found} | {schemes.ANY}
    assert all(schemes.disguises(scheme) <= names for scheme in found)


def test_the_order_of_schemes_does_not_matter(monkeypatch):
    images = [case.image for scheme in SCHEMES for case in cases(scheme)]
    before = [look(image).layers for image in images]
    shuffled = list(schemes.every())
    random.Random(1).shuffle(shuffled)
    monkeypatch.setattr("lossproof.inspect.walk.every", lambda: tuple(shuffled))
    by_name = [sorted(look(image).layers, key=lambda layer: (layer.offset_bytes, layer.scheme)) for image in images]
    assert by_name == [sorted(layers, key=lambda layer: (layer.offset_bytes, layer.scheme)) for layers in before]


def flat(layers: tuple[Layer, ...]) -> list[Layer]:
    return [one for layer in layers for one in (layer, *flat(layer.layers))]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_changed_images_are_always_answered(data):
    scheme = data.draw(st.sampled_from(SCHEMES))
    image = data.draw(mutations(cases(scheme)[0].image[: 1 << 18], span=70_000))
    if not image:
        return
    seen = look(image)
    assert_covered(seen.layers, len(image))
    for layer in flat(seen.layers):
        assert 0 <= layer.offset_bytes < layer.offset_bytes + layer.size_bytes <= len(image)
    assert seen.protection is not Protection.PROTECTED


@given(st.binary(min_size=1, max_size=2048))
def test_any_bytes_are_always_answered(data):
    assert_covered(look(data).layers, len(data))


def test_every_image_of_every_scheme_is_answered():
    paths = sorted(VECTORS.glob("*/*.img.xz"))
    assert len(paths) > 30
    for path in paths:
        image = lzma.decompress(path.read_bytes())
        assert_covered(look(image).layers, len(image))
