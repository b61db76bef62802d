import io
import zipfile
import zlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.sample.archive import deflate, zipped, zlib_stream
from lossproof.sample.stream import Stream

WHEN = datetime(2009, 9, 14, 17, 20, 2)


@given(st.binary(max_size=3000))
def test_what_is_deflated_inflates_to_the_same(content):
    assert zlib.decompress(deflate(content), -15) == content
    assert zlib.decompress(zlib_stream(content)) == content


def test_text_becomes_smaller():
    text = b'<c r="A1" t="s"><v>17</v></c>the patient was seen in clinic and will be reviewed' * 50
    assert len(deflate(text)) < 0.8 * len(text)


def test_a_zip_file_is_read_back_with_its_names_and_times():
    members = [("one.txt", b"one" * 100), ("folder/zwei - à.txt", b""), ("three.bin", bytes(range(256)))]
    archive = zipfile.ZipFile(io.BytesIO(zipped(members, WHEN)))
    assert archive.testzip() is None
    assert [(entry.filename, archive.read(entry)) for entry in archive.infolist()] == members
    assert all(entry.date_time == (2009, 9, 14, 17, 20, 2) for entry in archive.infolist())


def test_an_encrypted_zip_file_opens_with_its_password_alone():
    content = zipped([("results.csv", b"a;b\r\n" * 50)], WHEN, password=b"ward", stream=Stream(1, "x"))
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.read("results.csv", pwd=b"ward") == b"a;b\r\n" * 50
    with pytest.raises(RuntimeError, match="encrypted"):
        archive.read("results.csv")
    assert b"a;b" not in content
