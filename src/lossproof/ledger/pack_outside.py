"""What parties outside the log said of it, as it stands in an evidence pack: witnesses' cosignatures and time stamps.

Specification: docs/reference/evidence-pack.md, steps 5, 6 and 16. Left out: whether an authority or a witness tells the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from lossproof.errors import LossproofError
from lossproof.ledger.checkpoint import SignedCheckpoint
from lossproof.ledger.pack_times import OutsideWord, posix, whole_second
from lossproof.ledger.stamps import verify_stamp
from lossproof.ledger.trust import TrustPolicy

_LEAST_ACCURATE = timedelta(days=1)
"""A stamp that may be further off than this says too little."""


class CheckedStamps(NamedTuple):
    """The stamps that held, and whether there were some that nobody could check, or that did not hold."""

    words: frozenset[OutsideWord]
    unchecked: bool
    untrusted: bool


def cosigned(signed: SignedCheckpoint, policy: TrustPolicy | None) -> set[OutsideWord]:
    """What the policy's witnesses said of a checkpoint whose cosignatures hold: each witness's earliest time, by its name in the
    policy. A cosignature that states no time dates nothing."""
    if policy is None:
        return set()
    names = {witness.key: witness.name for witness in policy.witnesses}
    earliest: dict[str, OutsideWord] = {}
    for key, stated in signed.cosignatures:
        at = posix(stated)
        if at is not None:
            word = OutsideWord(signed.checkpoint.size, at, names[key])
            earliest[word.by] = min(word, earliest.get(word.by, word))
    return set(earliest.values())


def check_stamps(
    files: Mapping[int, Mapping[str, bytes]], earlier: Mapping[int, SignedCheckpoint], authorities: Sequence[bytes]
) -> CheckedStamps:
    """Check every time stamp of the pack (`files`: by size and ending) over the text of its checkpoint. Never raises: a stamp
    that does not hold refuses nothing."""
    tokens = {size: found["tsr"] for size, found in files.items() if "tsr" in found}
    words: set[OutsideWord] = set()
    if not authorities:
        return CheckedStamps(frozenset(), bool(tokens), untrusted=False)
    for size, token in tokens.items():
        try:
            stamp = verify_stamp(token, earlier[size].checkpoint.body().encode(), authorities)
            if stamp.accuracy <= _LEAST_ACCURATE:
                words.add(OutsideWord(size, whole_second(stamp.existed_by), stamp.authority))
        except (LossproofError, OverflowError):  # a time beyond the year 9999 overflows
            continue
    return CheckedStamps(frozenset(words), unchecked=False, untrusted=len(words) < len(tokens))
