"""The images of tests/vectors, what each must be seen as, and what a parser must survive.

Any bytes whatever: a parser returns, or raises `FormatError` or `UnsupportedError`, and a damaged image is never `protected`.
"""

from __future__ import annotations

import lzma
import random
import tomllib
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from lossproof.block.source import BytesSource, Meter
from lossproof.errors import FormatError, UnsupportedError
from lossproof.inspect import VERDICT_BYTES, inspect
from lossproof.inspect.schemes import container
from lossproof.model.volume import Inspection, Layer, Protection

VECTORS = Path(__file__).parent / "vectors"


class Case(NamedTuple):
    """One image, its bytes, and the fields that its first layer must have."""

    name: str
    image: bytes
    expect: dict


def cases(scheme: str) -> list[Case]:
    """The images of a scheme; there must be some."""
    found = [
        Case(
            path.name.removesuffix(".img.xz"),
            lzma.decompress(path.read_bytes()),
            tomllib.loads(path.with_name(path.name.removesuffix(".img.xz") + ".toml").read_text())["expect"],
        )
        for path in sorted((VECTORS / scheme).glob("*.img.xz"))
    ]
    assert found, f"no vectors of {scheme}"
    return found


def look(image: bytes) -> Inspection:
    """Inspect bytes within the budget of a verdict."""
    seen = inspect(BytesSource(image), "image", meter=Meter())
    assert seen.bytes_read <= VERDICT_BYTES
    return seen


def partitions(layer: Layer) -> list[list[int]]:
    """[offset, size] of the partitions of a container's layer."""
    return [[part.offset_bytes, part.size_bytes] for part in layer.layers if "outside_partitions" not in part.findings]


def assert_covered(layers: tuple[Layer, ...], size_bytes: int) -> None:
    """Layers cover the target: no byte of it lies outside all of them."""
    position = 0
    for layer in sorted(layers, key=lambda one: one.offset_bytes):
        assert layer.offset_bytes <= position
        position = max(position, layer.offset_bytes + layer.size_bytes)
    assert position == size_bytes


def assert_cases(scheme: str) -> None:
    """Every image of the scheme is named, with the fields that its description promises, and is not called protected."""
    for case in cases(scheme):
        seen = look(case.image)
        layer = seen.layers[0]
        said = {key: getattr(layer, key) for key in case.expect if key not in {"parts", "findings"}}
        said |= {"findings": list(layer.findings), "parts": partitions(layer)}
        assert {key: said[key] for key in case.expect} == case.expect, case.name
        assert layer.header_sha256, case.name
        assert seen.protection in {Protection.UNPROTECTED, Protection.UNKNOWN, Protection.PARTIAL}, case.name
        assert_covered(seen.layers, len(case.image))


def damaged(image: bytes) -> dict[str, bytes]:
    """Corrupt variants: cut short, bits flipped in the head, a random sector, all random."""
    chance = random.Random(2009)
    flipped = bytearray(image)
    for _ in range(400):
        flipped[chance.randrange(min(len(image), 70_000))] ^= 1 << chance.randrange(8)
    return {
        "cut to one sector": image[:512],
        "cut in two": image[: len(image) // 2],
        "cut by one byte": image[:-1],
        "bits flipped": bytes(flipped),
        "first sector random": chance.randbytes(512) + image[512:],
        "random": chance.randbytes(len(image) // 8 + 1024),
    }


def ask(scheme, data: bytes) -> None:
    """Ask a scheme about bytes: it answers, or raises one of the two errors that it may."""
    source = BytesSource(data)
    for question in (scheme.detect, scheme.read, getattr(container(scheme), "parts", None)):
        if question is not None:
            try:
                question(source)
            except (FormatError, UnsupportedError) as error:
                text = str(error)
                assert text
                assert text[0].lower() == text[0] or text[1].isupper()
                assert not text.endswith(".")


def assert_survives(*schemes) -> None:
    """Damaged images of each scheme are answered or refused, and never `protected`."""
    for scheme in schemes:
        for case in cases(scheme.NAME):
            for name, image in damaged(case.image).items():
                ask(scheme, image)
                assert look(image).protection is not Protection.PROTECTED, (case.name, name)


def mutations(image: bytes, span: int = 4096) -> st.SearchStrategy[bytes]:
    """`image` with a few bytes among its first `span` replaced, cut anywhere."""
    edits = st.lists(st.tuples(st.integers(0, min(span, len(image)) - 1), st.integers(0, 255)), min_size=1, max_size=12)

    def apply(changes: list[tuple[int, int]], keep: int) -> bytes:
        changed = bytearray(image[:keep])
        for at, value in changes:
            if at < len(changed):
                changed[at] = value
        return bytes(changed)

    return st.builds(apply, edits, st.integers(0, len(image)))


def assert_survives_as(scheme) -> None:
    """Damaged images of an encrypting scheme are answered or refused, by the scheme and by the whole inspection."""
    for case in cases(scheme.NAME):
        for image in damaged(case.image).values():
            ask(scheme, image)
        look(damaged(case.image)["bits flipped"])
