"""Different values are counted without being kept."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from lossproof.discover.distinct import Distinct

KEYS = st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(0, 20))


@given(KEYS, KEYS)
def test_it_holds_what_a_set_would_hold(keys: list[int], more: list[int]) -> None:
    one, other = Distinct(), Distinct()
    for key in keys:
        one.add(key)
    for key in more:
        other.add(key)
    assert len(one) == len(set(keys))
    one.update(other)
    assert list(one) == sorted({*keys, *more})
    assert list(other) == sorted(set(more))


def test_values_seen_again_and_again_take_no_more_room() -> None:
    held = Distinct()
    for at in range(200_000):
        held.add(at % 100)
    assert sys.getsizeof(held._hashes) < 20_000
    assert len(held) == 100
