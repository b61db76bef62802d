"""One stream of chance that is the same on every machine.

Only `random.Random.random()` is used: of the whole module it alone is promised to give the same sequence for the same
seed in every version of Python (documentation of `random`, "Notes on Reproducibility"). A stream is named, so that one
more draw in one file leaves all the others as they were.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Stream:
    """Draws that depend on the seed and the stream's name alone."""

    def __init__(self, seed: int, name: str) -> None:
        self._next = random.Random(f"lossproof sample {seed} {name}").random  # noqa: S311 - made-up people, no secret

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1; `limit` is at most 2**40, far inside the 53 bits of a draw."""
        return int(self._next() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._next() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, all alike."""
        return choices[self.below(len(choices))]

    def common(self, choices: Sequence[T]) -> T:
        """One of the choices, the first ones more often than the last: names in a population are like that."""
        return choices[int(self._next() ** 1.6 * len(choices))]

    def digits(self, count: int) -> str:
        """A string of `count` digits, at most 12."""
        return str(self.below(10**count)).zfill(count)

    def take(self, choices: Sequence[T], count: int) -> list[T]:
        """`count` different choices (all of them where there are fewer), in random order."""
        pool = list(choices)
        taken = min(count, len(pool))
        for index in range(taken):
            other = index + self.below(len(pool) - index)
            pool[index], pool[other] = pool[other], pool[index]
        return pool[:taken]

    def octets(self, count: int) -> bytes:
        """`count` random bytes."""
        return bytes(self.below(256) for _ in range(count))
