"""Which file system a volume says that it is, and what libtsk is told about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.source import BytesSource
from lossproof.discover.volume.image import HEAD_BYTES, KINDS, VolumeImage, exfat_tables, open_kind
from lossproof.errors import FormatError, UnsupportedError


def test_a_signature_without_a_file_system_is_a_format_error_that_names_it() -> None:
    head = bytearray(HEAD_BYTES)
    head[3:11] = b"NTFS    "
    with pytest.raises(FormatError, match="ntfs"):
        open_kind(BytesSource(bytes(head)))


def test_an_encrypted_volume_is_not_taken_for_fat() -> None:
    head = bytearray(HEAD_BYTES)
    head[11:17] = bytes((0, 2, 8, 1, 0, 2))
    head[510:512] = b"\x55\xaa"
    assert [kind.name for kind in KINDS if kind.claims(bytes(head))] == ["fat"]
    head[3:11] = b"-FVE-FS-"
    with pytest.raises(UnsupportedError):
        open_kind(BytesSource(bytes(head)))


def test_classic_hfs_is_not_examined_and_wrapped_hfs_plus_is_claimed() -> None:
    head = bytearray(HEAD_BYTES)
    head[0x400:0x402] = b"BD"
    with pytest.raises(UnsupportedError):
        open_kind(BytesSource(bytes(head)))
    head[0x47C:0x47E] = b"H+"
    assert [kind.name for kind in KINDS if kind.claims(bytes(head))] == ["hfsplus"]


@given(boot=st.binary(min_size=0, max_size=512), extra=st.integers(0, 1 << 16))
def test_exfat_tables_stay_on_the_volume(boot: bytes, extra: int) -> None:
    source = BytesSource(boot + bytes(extra))
    for offset, size in exfat_tables(source):
        assert offset >= 0
        assert 0 < size <= source.size_bytes - offset


@given(head=st.binary(max_size=2048))
def test_any_bytes_are_opened_or_refused(head: bytes) -> None:
    try:
        open_kind(BytesSource(head))
    except (FormatError, UnsupportedError):
        return


class Refusing(BytesSource):
    """A source past its budget."""

    def read_at(self, offset: int, size: int) -> bytes:
        raise FormatError("the headers send the reader further than a verdict may read")


def test_a_read_that_is_refused_comes_back_empty() -> None:
    assert VolumeImage(Refusing(b"x" * 1024)).read(0, 512) == b""
