from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.cached import CachedSource
from lossproof.block.source import BytesSource
from lossproof.inspect.ciphertext import PLAIN_BITS, SECTOR_BYTES, entropy, findings_of_sample

SIZE = 1 << 19
NOISE = random.Random(2009).randbytes(SIZE)
TEXT = (b"Dear made-up person, " * 1000)[:4096]


def look(data: bytes) -> list[str]:
    return findings_of_sample(BytesSource(data), 0, len(data))


def test_random_bytes_and_blank_ones_say_nothing():
    assert look(NOISE) == []
    assert look(bytes(SIZE)) == []
    assert look(b"\xff" * SIZE) == []
    assert look(b"") == []


@pytest.mark.parametrize("at", [0, 1024, 65536])
def test_plain_bytes_where_a_file_system_begins_are_seen(at):
    assert look(NOISE[:at] + TEXT[:1024] + NOISE[at + 1024 :]) == ["ciphertext_looks_plain"]


@pytest.mark.parametrize("part", [1, 2, 3])
def test_plain_bytes_further_on_are_seen(part):
    at = SIZE * part // 4
    assert look(NOISE[:at] + TEXT + NOISE[at + 4096 :]) == ["plaintext_in_data_area"]


def test_little_is_read():
    source = CachedSource(BytesSource(NOISE), None)
    findings_of_sample(source, 0, SIZE)
    assert source.spent_bytes <= 5 * 4096


def test_a_budget_that_is_used_up_is_said():
    assert findings_of_sample(CachedSource(BytesSource(NOISE), 4096), 0, SIZE) == ["not_sampled"]


def test_no_random_sector_falls_under_the_bound():
    chance = random.Random(1)
    assert min(entropy(chance.randbytes(SECTOR_BYTES)) for _ in range(2000)) > PLAIN_BITS + 0.5


@given(st.binary(max_size=2048), st.integers(-10, 4096), st.integers(-10, 4096))
def test_any_range_is_answered(data, offset, size):
    assert set(findings_of_sample(BytesSource(data), offset, size)) <= {
        "ciphertext_looks_plain",
        "plaintext_in_data_area",
    }
