"""When it was so, and by whose word: the log's clock, and the outside times that cover its leaves.

Specification: docs/reference/evidence-pack.md, steps 13 and 16. Left out: whether an outside clock is right.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lossproof.errors import VerificationError
from lossproof.ledger.pack_chains import RelyingLeaf
from lossproof.model.entry import CLOCKS_DIFFER, Entry
from lossproof.model.pack import LoggedBefore

_LAST_SECOND = 253_402_300_799  # the end of the year 9999, the last that RFC 3339 can write


class OutsideWord(NamedTuple):
    """Somebody else's word that the log had `size` leaves at a time: a witness's name, or the digest of an authority."""

    size: int
    at: datetime
    by: str


def posix(at: int | None) -> datetime | None:
    """The time of a cosignature; None where it states none, or none that can be written."""
    return None if not at or at > _LAST_SECOND else datetime.fromtimestamp(at, UTC)


def whole_second(at: datetime) -> datetime:
    """The first whole second that is not before `at`: what "before" may say of it. Raises `OverflowError` past the year 9999."""
    whole = at.replace(microsecond=0)
    return whole if whole == at else whole + timedelta(seconds=1)


def written(at: datetime) -> str:
    """RFC 3339 in UTC to the second."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def check_clock(entries: Sequence[tuple[int, Entry]], leaves: Iterable[RelyingLeaf]) -> None:
    """Return if the log's clock never went back over these entries, in order of index, and no leaf tells of what is to come.
    Raises `VerificationError`."""
    last = ""
    for index, entry in entries:
        # One shape in UTC: the order of the texts is that of the times.
        if entry.known_at < last:
            raise VerificationError(f"the log's clock goes back at leaf {index}")
        last = entry.known_at
    for leaf in leaves:
        stated = datetime.fromisoformat(leaf.signed.statement.predicate.true_at)
        if stated - datetime.fromisoformat(leaf.entry.known_at) > CLOCKS_DIFFER:
            raise VerificationError(f"leaf {leaf.index} tells of a time that was still to come")


def check_outside(entries: Sequence[tuple[int, Entry]], words: Iterable[OutsideWord]) -> None:
    """Return if no outside word is from more than ten minutes before the log's time of a leaf that it covers: it could not have
    been there. Raises `VerificationError`. `entries` are all that are known, in order of index."""
    indexes = [index for index, _ in entries]
    for word in words:
        covered = bisect_left(indexes, word.size)
        # The clock never goes back, so the newest covered leaf has the latest time.
        if covered and datetime.fromisoformat(entries[covered - 1][1].known_at) - word.at > CLOCKS_DIFFER:
            raise VerificationError("an outside time covers a leaf that the log dates later than that")


class EarliestWords:
    """The earliest outside word that covers a leaf."""

    def __init__(self, words: Iterable[OutsideWord]) -> None:
        by_size = sorted(words)
        self._sizes = [word.size for word in by_size]
        self._earliest: list[OutsideWord] = []
        for word in reversed(by_size):
            least = min((word, *self._earliest[-1:]), key=lambda one: (one.at, one.by))
            self._earliest.append(least)
        self._earliest.reverse()

    def covering(self, index: int) -> LoggedBefore | None:
        """Before when the leaf was logged, and by whose word; None where nobody outside says."""
        at = bisect_right(self._sizes, index)
        if at == len(self._sizes):
            return None
        return LoggedBefore(at=written(self._earliest[at].at), by=self._earliest[at].by)
