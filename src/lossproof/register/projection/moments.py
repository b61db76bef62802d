"""One device at many moments: its rows are read once, and what was so at each is worked out from them.

The answers are those of `states` as of each moment, and so of `jobs.states`; a test says so. Of evidence from before the first
moment that may be asked for, only the newest of each grade, signer and sight is read: a device that is checked every hour has few
rows more than one that is checked every week.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from lossproof.ledger.database import Database, Row
from lossproof.ledger.reading import Log
from lossproof.model.estate import DeviceState, Exemption
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.inspection import SeenLayer
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.custody import Happened, fold
from lossproof.register.projection.device_states import (
    ALL_LEAVES,
    ALWAYS,
    contents_of,
    evidence_of,
    identifiers_of,
    read_shapes,
    voices_of,
)
from lossproof.register.projection.keys import Signers
from lossproof.register.projection.schema import newest_of

_REGISTERED = (
    "SELECT r.true_at, r.leaf, r.ended, d.subject, r.kind, r.organisation, r.identifiers FROM register_registration r "
    "JOIN register_device d ON d.device = r.device WHERE r.device = ? AND r.leaf < ? "
    "AND (r.withdrawn IS NULL OR r.withdrawn >= ?) ORDER BY r.leaf"
)
_COLUMNS = (
    "e.device, e.grade, e.newest, e.leaf, e.method, e.shape, e.disagreements, e.signer, e.withdrawn, e.header, e.serial"
)
_EVIDENCE = f"""
SELECT {_COLUMNS} FROM (
    SELECT device, grade, signer, shape, MAX(newest) AS newest FROM register_evidence
    WHERE device = ? AND leaf < ? AND newest < ? GROUP BY device, grade, signer, shape
) m JOIN register_evidence e ON e.device = m.device AND e.grade = m.grade AND e.signer = m.signer AND e.shape = m.shape
AND e.newest = m.newest
UNION ALL
SELECT {_COLUMNS} FROM register_evidence e WHERE e.device = ? AND e.leaf < ? AND e.newest >= ? AND e.newest < ? ORDER BY 3
"""  # noqa: S608  our own text
_CONTENTS = (
    "SELECT device, grade, newest, leaf, low, point, high, categories, named_only, complete, signer, withdrawn "
    "FROM register_contents WHERE device = ? AND leaf < ? AND newest < ? ORDER BY newest"
)
_EVENTS = (
    "SELECT true_at, event, person_to, organisation, leaf FROM register_custody "
    "WHERE device = ? AND leaf < ? AND (withdrawn IS NULL OR withdrawn >= ?) ORDER BY leaf"
)
_EXEMPTIONS = (
    "SELECT true_at, ended, exemption, until, approver, leaf, organisation FROM register_exemption "
    "WHERE device = ? AND leaf < ? AND (ended = 1 OR withdrawn IS NULL OR withdrawn >= ?) ORDER BY leaf"
)

_NEWEST = itemgetter(2)


class Moments:
    """A device as known when the log had `size` leaves, at any moment from `since` to `until` (UTC epoch seconds)."""

    def __init__(
        self, database: Database, log: Log, device: int, size: int = ALL_LEAVES, since: int = 0, until: int = ALWAYS
    ) -> None:
        """Raises `StoreError` where the rows cannot be read."""
        self._size = size
        self._device = device
        first, last = newest_of(since, 0), newest_of(until + 1, 0)
        with database.snapshot():
            self._registered = database.execute(_REGISTERED, (device, size, size))
            evidence = database.execute(_EVIDENCE, (device, size, first, device, size, first, last))
            contents = database.execute(_CONTENTS, (device, size, last))
            self._events = database.execute(_EVENTS, (device, size, size))
            self._exemptions = database.execute(_EXEMPTIONS, (device, size, size))
            signers = Signers(database, log)
            self._voices = voices_of(signers, evidence, contents, size)
            self._shapes: dict[int, tuple[SeenLayer, ...]] = {}
            read_shapes(database, self._shapes, {row[5] for row in evidence})
            self._relations = {row[5]: signers.relation(row[5]) for row in self._registered if not row[2]}
        self._evidence = _grouped(evidence, itemgetter(1, 7, 5))
        self._contents = _grouped(contents, itemgetter(1))

    def at(self, at: int) -> DeviceState | None:
        """What was so at that moment; None where the device was not registered then."""
        registered = [row for row in self._registered if row[0] <= at]
        said = next((row for row in reversed(registered) if not row[2]), None)
        if said is None:
            return None
        _, leaf, _, subject, kind, organisation, identifiers = said
        events = (
            Happened(CustodyEvent(event), to, home, true_at, number)
            for true_at, event, to, home, number in self._events
            if true_at <= at
        )
        evidence = evidence_of(_newest(self._evidence, at), self._voices, self._shapes, self._size)
        contents = contents_of(_newest(self._contents, at), self._voices, self._size)
        return DeviceState(
            device=subject,
            kind=DeviceKind(kind),
            organisation=organisation,
            relation=self._relations[organisation],
            ended=any(row[2] and row[1] > leaf for row in registered),
            evidence=evidence.get(self._device, ()),
            contents=contents.get(self._device, ()),
            custody=fold(events).now,
            exemptions=self._excepted(at),
            identifiers=identifiers_of(identifiers),
        )

    def _excepted(self, at: int) -> tuple[Exemption, ...]:
        gone = {row[2] for row in self._exemptions if row[1] and row[0] <= at}
        return tuple(
            Exemption(*row[2:]) for row in self._exemptions if not row[1] and row[0] <= at and row[2] not in gone
        )


def _grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> list[list[Row]]:
    """Rows of the same sort together, each sort in its order."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return list(found.values())


def _newest(groups: Sequence[Sequence[Row]], at: int) -> list[Row]:
    """The last row of each group by a moment, by grade and then by time."""
    before = newest_of(at + 1, 0)
    found = [group[place - 1] for group in groups if (place := bisect_left(group, before, key=_NEWEST))]
    return sorted(found, key=itemgetter(1, 2))
