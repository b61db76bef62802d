"""Devices as policy reads them, chosen by SQL: as of any time, as known when the log had any number of leaves.

The readings are those of `jobs.states`, which folds one device from the log, and a test says that both agree. SQL picks the newest
row of each device, grade, signer and sight, and never decides. The whole estate is read a stretch of devices at a time, so that
memory does not grow with it. Where a custody event is withdrawn, or came into the log after a later one, SQL cannot know what was
so then: such devices (`refold`) have their events folded again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from lossproof.ledger.database import Database, Row
from lossproof.ledger.reading import Log
from lossproof.model.estate import Contents, CustodyNow, CustodyState, DeviceState, Evidence, Exemption
from lossproof.model.fact import Grade, Method
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.inspection import SeenLayer
from lossproof.model.facts.registration import DeviceKind, IdentifierScheme
from lossproof.policy.custody import Happened, fold
from lossproof.register.projection.keys import ASKED, Signers
from lossproof.register.projection.schema import LEAF_BITS, newest_of

STRETCH = 2000
"""How many devices are read at a time."""

ALL_LEAVES = 1 << 30
"""More leaves than a log can have."""

ALWAYS = 1 << 32
"""A time after all others that stand here."""

_GRADES = tuple(Grade)
_METHODS = {one.value: one for one in Method}
_KINDS = {one.value: one for one in DeviceKind}
_SCHEMES = {one.value: one for one in IdentifierScheme}
_STATES = {one.value: one for one in CustodyState}
_NO_IDENTIFIERS: frozenset[tuple[IdentifierScheme, str]] = frozenset()

_STANDING = "(withdrawn IS NULL OR withdrawn >= ?)"

_REGISTERED = """
SELECT r.device, r.leaf, r.ended, d.refold, d.subject, r.kind, r.organisation, {identifiers}
FROM (SELECT * FROM register_registration WHERE {devices} AND leaf < ? AND true_at <= ? AND {standing}) r
JOIN register_device d ON d.device = r.device AND {outer} ORDER BY r.device, r.leaf
"""
_EVIDENCE = """
SELECT e.device, e.grade, e.newest, e.leaf, e.method, e.shape, e.disagreements, e.signer, e.withdrawn, {marks} FROM (
    SELECT device, grade, signer, shape, MAX(newest) AS newest FROM register_evidence
    WHERE {devices} AND leaf < ? AND newest < ? GROUP BY device, grade, signer, shape
) m JOIN register_evidence e ON e.device = m.device AND e.grade = m.grade AND e.signer = m.signer AND e.shape = m.shape
AND e.newest = m.newest AND {outer} ORDER BY e.device, e.grade, e.newest
"""
_CONTENTS = """
SELECT device, grade, newest, leaf, low, point, high, categories, named_only, complete, signer, withdrawn
FROM register_contents WHERE {devices} AND leaf < ? AND newest < ? ORDER BY device, grade, newest
"""
_CUSTODY = """
SELECT c.device, c.state, c.state_since, c.state_leaf, c.holder, c.holder_organisation, c.seen_at FROM (
    SELECT device, MAX(leaf) AS leaf FROM register_custody WHERE {devices} AND leaf < ? AND true_at <= ? GROUP BY device
) m JOIN register_custody c ON c.device = m.device AND c.leaf = m.leaf AND {outer}
"""
_EVENTS = """
SELECT device, event, person_to, organisation, true_at, leaf FROM register_custody
WHERE {devices} AND leaf < ? AND true_at <= ? AND {standing} ORDER BY device, leaf
"""
_EXEMPTIONS = """
SELECT e.device, e.exemption, e.until, e.approver, e.leaf, e.organisation FROM register_exemption e
WHERE {devices} AND e.ended = 0 AND e.leaf < ? AND e.true_at <= ? AND (e.withdrawn IS NULL OR e.withdrawn >= ?)
AND NOT EXISTS (
    SELECT 1 FROM register_exemption g WHERE g.exemption = e.exemption AND g.ended = 1 AND g.leaf < ? AND g.true_at <= ?
) ORDER BY e.device, e.leaf
"""


class Devices(NamedTuple):
    """Which devices, as a condition on the column `device` with its values."""

    condition: str
    values: Sequence[int]


class AsOf(NamedTuple):
    """As of `at` (UTC epoch seconds), as known when the log had `size` leaves."""

    at: int = ALWAYS
    size: int = ALL_LEAVES


NOW = AsOf()
"""All that is known."""


def states(
    database: Database, log: Log, devices: Sequence[int] | None = None, as_of: AsOf = NOW, *, marks: bool = True
) -> Iterator[tuple[int, DeviceState]]:
    """The number and the state of each of these devices, or of all, that were registered then; by number.

    Without `marks` they lack what no rule reads, the gate alone: identifiers, and headers and serial numbers of evidence. Each
    stretch of devices is read from one state of the store. Raises `StoreError` where it cannot be read.
    """
    signers = Signers(database, log)
    shapes: dict[int, tuple[SeenLayer, ...]] = {}
    for some in _stretches(database, devices):
        with database.snapshot():
            read = _Stretch(database, signers, shapes, some, as_of, marks)
        yield from read.states()


def _stretches(database: Database, devices: Sequence[int] | None) -> Iterator[Devices]:
    if devices is not None:
        wanted = sorted(devices)
        for first in range(0, len(wanted), ASKED):
            some = wanted[first : first + ASKED]
            yield Devices(f"device IN ({', '.join('?' * len(some))})", some)
        return
    low = -1
    while rows := database.execute(
        "SELECT device FROM register_device WHERE device > ? ORDER BY device LIMIT ?", (low, STRETCH)
    ):
        high = rows[-1][0]
        yield Devices("device > ? AND device <= ?", (low, high))
        low = high


class _Stretch:
    """The rows of some devices, read at once."""

    def __init__(
        self,
        database: Database,
        signers: Signers,
        shapes: dict[int, tuple[SeenLayer, ...]],
        devices: Devices,
        as_of: AsOf,
        marks: bool,
    ) -> None:
        self._signers = signers
        self._shapes = shapes
        self._size = as_of.size
        limits, newest = (as_of.size, as_of.at), (as_of.size, newest_of(as_of.at + 1, 0))
        registered = _REGISTERED.replace("{identifiers}", "r.identifiers" if marks else "''")
        self._registered = _asked(database, registered, devices, (*limits, as_of.size), "d.device")
        evidence = _EVIDENCE.replace("{marks}", "e.header, e.serial" if marks else "NULL, NULL")
        self._evidence = _asked(database, evidence, devices, newest, "e.device")
        self._contents = _asked(database, _CONTENTS, devices, newest)
        self._exemptions = _asked(database, _EXEMPTIONS, devices, (*limits, as_of.size, *limits))
        again = sorted({row[0] for row in self._registered if row[3]})
        self._custody = custody_now(database, devices, as_of, again)
        self._voices = voices_of(signers, self._evidence, self._contents, as_of.size)
        read_shapes(database, shapes, {row[5] for row in self._evidence})

    def states(self) -> Iterator[tuple[int, DeviceState]]:
        """The states, by device."""
        evidence = evidence_of(self._evidence, self._voices, self._shapes, self._size).get
        # Rows of a grade stand from the oldest to the newest, which stays.
        newest = {(row[0], row[1]): row for row in self._contents}.values()
        contents = contents_of(newest, self._voices, self._size).get
        exemptions = self._excepted().get
        custody = self._custody.get
        relations = {name: self._signers.relation(name) for name in {row[6] for row in self._registered if not row[2]}}
        # Rows stand in the order of the log, so that the last of a device stays.
        registered = {row[0]: row for row in self._registered if not row[2]}
        gone = {row[0]: row[1] for row in self._registered if row[2]}
        for device, leaf, _, _, subject, kind, organisation, identifiers in registered.values():
            yield (
                device,
                DeviceState(
                    subject,
                    _KINDS[kind],
                    organisation,
                    relations[organisation],
                    gone.get(device, -1) > leaf,
                    evidence(device, ()),
                    contents(device, ()),
                    custody(device),
                    exemptions(device, ()),
                    identifiers_of(identifiers) if identifiers else _NO_IDENTIFIERS,
                ),
            )

    def _excepted(self) -> dict[int, tuple[Exemption, ...]]:
        found: dict[int, tuple[Exemption, ...]] = {}
        for device, *rest in self._exemptions:
            found[device] = (*found.get(device, ()), Exemption(*rest))
        return found


Voice = tuple[str, str | None, str, bool]
"""Who speaks: fingerprint, person, organisation, and whether the key was known to be compromised."""


def voices_of(signers: Signers, evidence: Iterable[Row], contents: Iterable[Row], size: int) -> dict[int, Voice]:
    """Whose keys signed these rows, by the leaf that enrolled them."""
    keys = signers.by_leaf({row[7] for row in evidence} | {row[10] for row in contents})
    return {
        leaf: (key.fingerprint, key.person, key.organisation, _known(key.compromised, size))
        for leaf, key in keys.items()
    }


def evidence_of(
    rows: Iterable[Row], voices: Mapping[int, Voice], shapes: Mapping[int, tuple[SeenLayer, ...]], size: int
) -> dict[int, tuple[Evidence, ...]]:
    """Evidence by device, in the order of the rows."""
    found: dict[int, list[Evidence]] = {}
    for row in rows:
        device, grade, newest, leaf, method, shape, disagreements, signer, withdrawn, header, serial = row
        mark, person, organisation, void = voices[signer]
        one = Evidence(
            leaf,
            newest >> LEAF_BITS,
            _GRADES[grade],
            _METHODS[method],
            shapes[shape],
            tuple(disagreements.split()) if disagreements else (),
            "" if header is None else header.hex(),
            None if serial is None else serial.hex(),
            mark,
            person,
            organisation,
            void or _known(withdrawn, size),
        )
        if device in found:
            found[device].append(one)
        else:
            found[device] = [one]
    return {device: tuple(some) for device, some in found.items()}


def contents_of(rows: Iterable[Row], voices: Mapping[int, Voice], size: int) -> dict[int, tuple[Contents, ...]]:
    """Counts by device, in the order of the rows."""
    found: dict[int, tuple[Contents, ...]] = {}
    for row in rows:
        device, grade, newest, leaf, low, point, high, categories, named, complete, signer, withdrawn = row
        one = Contents(
            leaf,
            newest >> LEAF_BITS,
            _GRADES[grade],
            low,
            point,
            high,
            _categories(categories) if categories else (),
            named,
            bool(complete),
            voices[signer][3] or _known(withdrawn, size),
        )
        found[device] = (*found[device], one) if device in found else (one,)
    return found


def _known(leaf: int | None, size: int) -> bool:
    """Whether the log had this leaf, if there is one, when it had so many."""
    return leaf is not None and leaf < size


def custody_now(
    database: Database, devices: Devices, as_of: AsOf = NOW, again: Sequence[int] = ()
) -> dict[int, CustodyNow]:
    """Where devices that have custody events stood; those in `again` by folding their events."""
    found: dict[int, CustodyNow] = {}
    for device, state, *rest in _asked(database, _CUSTODY, devices, (as_of.size, as_of.at), "c.device"):
        if state is not None:
            found[device] = CustodyNow(_STATES[state], *rest)
    for device in again:
        found.pop(device, None)
        events = _asked(database, _EVENTS, Devices("device = ?", (device,)), (as_of.size, as_of.at, as_of.size))
        now = fold(_happened(row) for row in events).now
        if now is not None:
            found[device] = now
    return found


def _happened(row: Row) -> Happened:
    _, event, to, organisation, true_at, leaf = row
    return Happened(CustodyEvent(event), to, organisation, true_at, leaf)


def refolded(database: Database, device: int) -> list[tuple[int, CustodyNow | None]]:
    """Each custody leaf of a device, withdrawn ones too, and where the device stood after it by those that are not withdrawn."""
    rows = database.execute(
        "SELECT device, event, person_to, organisation, true_at, leaf, withdrawn FROM register_custody WHERE device = ? "
        "ORDER BY leaf",
        (device,),
    )
    found: list[tuple[int, CustodyNow | None]] = []
    now: CustodyNow | None = None
    for *row, withdrawn in rows:
        happened = _happened(tuple(row))
        if withdrawn is None:
            now = fold((happened,), now).now
        found.append((happened.leaf, now))
    return found


def _asked(database: Database, sql: str, devices: Devices, more: Sequence[Any], outer: str = "") -> list[Row]:
    """Ask of these devices. The condition on them is said again of the column `outer` on the other side of a join, where PostgreSQL
    walks the whole table otherwise."""
    conditions = {"{devices}": devices.condition, "{outer}": devices.condition.replace("device", outer or "device")}
    for place, condition in (conditions | {"{standing}": _STANDING}).items():
        sql = sql.replace(place, condition)
    return database.execute(sql, (*devices.values, *more, *(devices.values if outer else ())))


def read_shapes(database: Database, known: dict[int, tuple[SeenLayer, ...]], wanted: set[int]) -> None:
    """Read the layers of shapes that are not known yet."""
    missing = sorted(wanted - known.keys())
    for first in range(0, len(missing), ASKED):
        some = missing[first : first + ASKED]
        rows = database.execute(
            f"SELECT shape, layers FROM register_shape WHERE shape IN ({', '.join('?' * len(some))})",  # noqa: S608
            some,
        )
        known |= {shape: _layers(layers) for shape, layers in rows}


@lru_cache(maxsize=8192)
def _layers(text: bytes) -> tuple[SeenLayer, ...]:
    """The layers of a shape, the same object each time: grading remembers them."""
    return _decode(text)


_decode = msgspec.json.Decoder(tuple[SeenLayer, ...]).decode


@lru_cache(maxsize=4096)
def _categories(text: str) -> tuple[tuple[str, int], ...]:
    words = text.split()
    return tuple(zip(words[::2], map(int, words[1::2]), strict=True))


def identifiers_of(text: str) -> frozenset[tuple[IdentifierScheme, str]]:
    """The identifiers that a row of a registration holds."""
    words = text.split()
    return frozenset(zip((_SCHEMES[scheme] for scheme in words[::2]), words[1::2], strict=True))
