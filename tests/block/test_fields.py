from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block import fields
from lossproof.errors import FormatError

READERS = [
    (fields.le16, 2, "little"),
    (fields.le32, 4, "little"),
    (fields.le64, 8, "little"),
    (fields.be16, 2, "big"),
    (fields.be32, 4, "big"),
    (fields.be64, 8, "big"),
]


@pytest.mark.parametrize(("read", "size", "order"), READERS)
@given(data=st.binary(max_size=24), at=st.integers(-4, 30))
def test_a_field_is_whole_or_refused(read, size, order, data, at):
    if 0 <= at <= len(data) - size:
        assert read(data, at) == int.from_bytes(data[at : at + size], order)
    else:
        with pytest.raises(FormatError, match="ends before its field"):
            read(data, at)


@given(st.uuids())
def test_identifiers_are_written_as_uuids_are(value):
    assert fields.uuid_text(b"xx" + value.bytes, 2) == (str(value) if value.int else None)
    assert fields.guid_text(value.bytes_le, 0) == (str(value) if value.int else None)


def test_no_identifier_is_none():
    assert fields.uuid_text(bytes(16), 0) is None
    assert fields.guid_text(bytes(16), 0) is None
    assert uuid.UUID(fields.uuid_text(b"\1" * 16, 0))
