"""What the images of LUKS and BitLocker must be seen as: their first layer's fields, its grade and all its reasons."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from lossproof.block.source import BytesSource
from lossproof.errors import FormatError, UnsupportedError
from lossproof.model.volume import Layer, Protection
from lossproof.policy.protection import grade
from vector_files import Case, cases

DOUBTFUL = (Protection.PROTECTED, Protection.WEAK, Protection.UNKNOWN, Protection.PARTIAL, Protection.UNPROTECTED)


def graded(scheme, image: bytes) -> Layer:
    """The layer that a scheme reads from bytes, graded."""
    return grade(scheme.read(BytesSource(image)))


def assert_case(scheme, case: Case) -> None:
    """The image is claimed by its scheme, and has the fields, the grade and exactly the reasons that its label promises."""
    assert scheme.detect(BytesSource(case.image)), case.name
    layer = graded(scheme, case.image)
    said = {
        "protection": layer.protection.value,
        "reasons": sorted(reason.code for reason in layer.reasons),
        "protectors": [protector.kind for protector in layer.protectors],
        "cipher": layer.cipher,
        "key_bits": layer.key_bits,
        "state": layer.state,
        "version": layer.version,
    }
    expect = case.expect | {"reasons": sorted(case.expect["reasons"])}
    assert {key: said[key] for key in expect} == expect, case.name
    assert len(layer.header_sha256 or "") in {0, 64}
    assert sum(extent.size_bytes for extent in layer.extents) in {0, len(case.image)}, case.name


def assert_answers_or_refuses(scheme, image: bytes) -> Layer | None:
    """The graded layer, or None where the bytes are refused in one of the ways that a parser may refuse."""
    try:
        return graded(scheme, image)
    except (FormatError, UnsupportedError):
        return None


def doubt(layer: Layer | None) -> int:
    """How far a grade is from `protected`; a refusal is furthest."""
    return len(DOUBTFUL) if layer is None else DOUBTFUL.index(layer.protection)


def changes(limit: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """A few bytes to change below `limit`: where, and with what to combine them."""
    return st.lists(st.tuples(st.integers(0, limit - 1), st.integers(1, 255)), min_size=1, max_size=6)


def changed(image: bytes, edits: list[tuple[int, int]]) -> bytes:
    """`image` with those bytes changed."""
    result = bytearray(image)
    for at, mask in edits:
        if at < len(result):
            result[at] ^= mask
    return bytes(result)


def some(scheme: str, *names: str) -> list[bytes]:
    """Images by name."""
    found = _images(scheme)
    return [found[name] for name in names]


@cache
def _images(scheme: str) -> dict[str, bytes]:
    return {case.name: case.image for case in cases(scheme)}
