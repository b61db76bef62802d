"""The visible text of unknown bytes: what `strings` shows, whatever the blocks."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.test_plain_text import Endless
from lossproof.block.source import BytesSource
from lossproof.discover.formats import visible

RUN = re.compile(rb"[\t\x20-\x7e]{6,}|(?:[\t\x20-\x7e]\x00){6,}")


def reference(raw: bytes) -> list[str]:
    """The same by a pattern, for bytes without letters beyond ASCII and without a run that begins where another ends."""
    return [match[0].replace(b"\x00", b"").decode() for match in RUN.finditer(raw)]


def lines(raw: bytes) -> list[str]:
    return "".join(visible.strings(BytesSource(raw))).splitlines()


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"Ann Example", b"943476", b"short", b"\x00\x00\x00", b"\x01", b"W\x00i\x00d\x00e\x00!\x00!\x00!\x00"]
        )
    )
)
def test_the_runs_are_those_of_the_pattern(parts):
    raw = b"\x02\x03".join(parts)
    assert lines(raw) == reference(raw)


@pytest.mark.parametrize("size", [23, 40, 97, 1000])
def test_small_blocks_lose_and_double_nothing(monkeypatch, size):
    chance = random.Random(5)
    parts = [
        chance.choice([b"Ann Example", b"943 476 5919", "Wide words".encode("utf-16-le"), bytes(5), b"\x01\x02"])
        for _ in range(200)
    ]
    raw = b"\x03\x04\x05".join(parts)
    whole = lines(raw)
    monkeypatch.setattr(visible, "_BLOCK_BYTES", size)
    found = lines(raw)
    assert found == whole


def test_accents_are_kept_and_noise_is_mostly_not():
    assert lines(b"\x00Zo\xeb O'Brien\x00") == ["Zoë O'Brien"]
    noise = random.Random(1).randbytes(1 << 20)
    assert sum(map(len, lines(noise))) < len(noise) // 10


def test_a_run_of_gigabytes_comes_in_bounded_blocks():
    found = [len(block) for block in visible.strings(Endless(20 << 20, b"word "))]
    assert sum(found) >= 20 << 20
    assert max(found) <= 9 << 20
