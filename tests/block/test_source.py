"""A source gives what is there and nothing else: never past an end, never before a start, never beyond its budget."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.source import BytesSource, FileSource, Meter, Window, open_source
from lossproof.errors import FormatError, InputError

CONTENT = bytes(range(256)) * 8
PLACES = st.integers(-10, len(CONTENT) + 10)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "image"
    path.write_bytes(CONTENT)
    source = open_source(path)
    yield source
    os.close(source.fd)


@given(PLACES, PLACES)
def test_a_file_gives_what_bytes_in_memory_give(file, offset, size):
    wanted = CONTENT[offset : offset + size] if offset >= 0 and size > 0 else b""
    assert file.read_at(offset, size) == wanted
    assert BytesSource(CONTENT).read_at(offset, size) == wanted


@given(st.integers(0, len(CONTENT) + 10), PLACES, PLACES, PLACES)
def test_a_window_gives_nothing_from_outside_it(start, wanted, offset, size):
    window = Window(BytesSource(CONTENT), start, wanted)
    inside = CONTENT[start : start + max(0, wanted)]
    assert window.size_bytes == len(inside)
    assert window.read_at(offset, size) == (inside[offset : offset + size] if offset >= 0 and size > 0 else b"")


def test_what_is_read_is_counted_and_the_budget_is_the_last_byte_that_is_read(file):
    source = FileSource(file.fd, file.size_bytes, Meter(100))
    assert source.read_at(0, 60) == CONTENT[:60]
    assert source.meter.left_bytes == 40
    assert source.read_at(60, 40) == CONTENT[60:100]
    with pytest.raises(FormatError):
        source.read_at(0, 1)
    assert source.meter.bytes_read == 100
    assert Meter().left_bytes > 1 << 60


def test_a_file_that_was_cut_after_it_was_opened_gives_what_is_left(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(CONTENT)
    source = open_source(path)
    os.truncate(path, 100)
    assert source.read_at(0, 1000) == CONTENT[:100]
    os.close(source.fd)


def test_a_medium_that_cannot_be_read_is_an_error_with_its_place(tmp_path):
    reading, writing = os.pipe()
    with pytest.raises(FormatError, match="at byte 7"):
        FileSource(reading, 100).read_at(7, 10)
    os.close(reading)
    os.close(writing)


def test_holes_are_known_and_a_window_cuts_them(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.write(b"x" * 65_536)
        file.seek(1 << 20)
        file.write(b"x" * 65_536)
        file.truncate(2 << 20)
    source = open_source(path)
    try:
        holes = list(source.holes())
        if not holes:
            pytest.skip("this file system does not say where its holes are")
        assert holes == [(65_536, (1 << 20) - 65_536), ((1 << 20) + 65_536, (1 << 20) - 65_536)]
        assert list(Window(source, 100_000, 1_100_000).holes()) == [
            (0, (1 << 20) - 100_000),
            ((1 << 20) + 65_536 - 100_000, 1_200_000 - (1 << 20) - 65_536),
        ]
        assert not list(Window(source, 0, 65_536).holes())
    finally:
        os.close(source.fd)
    assert not list(BytesSource(CONTENT).holes())


def test_a_medium_is_opened_for_reading_alone_and_is_not_left_to_other_programs(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(CONTENT)
    path.chmod(0o400)
    source = open_source(path)
    assert source.size_bytes == len(CONTENT)
    assert not os.get_inheritable(source.fd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(source.fd, b"x")
    os.close(source.fd)


def test_a_meter_may_count_several_media(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(CONTENT)
    meter = Meter(1000)
    for _ in range(2):
        source = open_source(path, meter)
        source.read_at(0, 300)
        os.close(source.fd)
    assert meter.bytes_read == 600


def test_a_folder_a_pipe_and_nothing_are_no_media(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir())) if descriptors.is_dir() else 0
    for name in ("", "pipe", "missing", "image/inside"):
        (tmp_path / "image").touch()
        with pytest.raises(InputError):
            open_source(tmp_path / name)
    if before:
        assert len(list(descriptors.iterdir())) == before, "a descriptor was left open"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_the_size_of_a_block_device_is_where_it_ends(monkeypatch, tmp_path):
    path = tmp_path / "device"
    path.write_bytes(CONTENT)
    monkeypatch.setattr(stat, "S_ISREG", lambda mode: False)
    monkeypatch.setattr(stat, "S_ISBLK", lambda mode: True)
    source = open_source(path)
    assert source.size_bytes == len(CONTENT)
    os.close(source.fd)
