"""What Ed25519 costs by itself here and now, for ratios: `cryptography`, one core, a message as long as a fact."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MESSAGE = bytes(1200)
ROUNDS, CALLS = 7, 300


class Bare(NamedTuple):
    """CPU seconds of one signature, and of one verification."""

    sign: float
    verify: float

    def __str__(self) -> str:
        return f"sign {self.sign * 1e6:.0f} us, verify {self.verify * 1e6:.0f} us"


def measured() -> Bare:
    """Measure both: the median of a few rounds."""
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key(), key.sign(MESSAGE)
    return Bare(_each(lambda: key.sign(MESSAGE)), _each(lambda: public.verify(signature, MESSAGE)))


def between(one: Bare, other: Bare) -> Bare:
    """The mean of two: what it cost meanwhile, from before and after."""
    return Bare((one.sign + other.sign) / 2, (one.verify + other.verify) / 2)


def _each(action: Callable[[], object]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(CALLS):
            action()
        rounds.append((time.process_time() - start) / CALLS)
    return statistics.median(rounds)
