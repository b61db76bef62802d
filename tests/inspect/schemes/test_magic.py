from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.source import BytesSource
from lossproof.inspect.schemes import magic
from lossproof.policy.protection import PLAIN_SCHEMES
from vector_files import ask, assert_cases, assert_survives, look

WITH_VECTORS = ("cramfs", "minix", "lvm2", "filevault2", "qcow2")
ROWS = {f"{row.NAME}-{number}": row for number, row in enumerate(magic.SCHEMES)}


def bearing(row: magic.Magic, signature: tuple[magic.Mark, ...], size: int = 1 << 22) -> bytes:
    """An image of zeros with one signature of a row."""
    image = bytearray(size)
    for at, raw in row.unless:
        image[at : at + len(raw)] = b"\x01" * len(raw)
    for at, raw in signature:
        start = at if at >= 0 else size + at
        image[start : start + len(raw)] = raw
    return bytes(image)


@pytest.mark.parametrize("scheme", WITH_VECTORS)
def test_real_and_made_images_are_named(scheme):
    assert_cases(scheme)


@pytest.mark.parametrize("scheme", WITH_VECTORS)
def test_damaged_images_are_answered_or_refused_and_never_protected(scheme):
    assert_survives(*(row for row in magic.SCHEMES if scheme == row.NAME))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_signature_names_its_scheme_and_no_other(row):
    assert row.SPEC
    for signature in row.signatures:
        seen = look(bearing(row, signature))
        assert [layer.scheme for layer in seen.layers] == [row.NAME]
        assert seen.protection.value in {"unprotected", "unknown"}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_signature_with_one_byte_changed_is_not_its_own(row):
    for signature in row.signatures:
        at, raw = signature[0]
        changed = ((at, raw[:-1] + bytes([raw[-1] ^ 0x55])), *signature[1:])
        assert not row.detect(BytesSource(bearing(row, changed)))


def test_file_systems_are_graded_readable_and_everything_else_unknown():
    assert {row.NAME for row in magic.FILE_SYSTEMS} <= PLAIN_SCHEMES
    for row in (*magic.OTHERS, *magic.CONTAINER_FILES):
        if row.NAME not in PLAIN_SCHEMES:
            assert look(bearing(row, row.signatures[0])).protection.value == "unknown"


@given(st.binary(max_size=4096), st.integers(0, len(magic.SCHEMES) - 1))
def test_any_bytes_are_answered_or_refused(data, number):
    ask(magic.SCHEMES[number], data)
