"""Facts become rows: one row a fact that policy or a page asks for, and one a device.

Leaves are taken in batches, in order; each batch reads what it needs of the rows before it in a few statements and writes its own
in one statement a table. What a fact changes in older rows is a mark: `withdrawn` by a retraction, and where a device stands after
its custody events. The `true_at` of a row is that of the fact, or when it was known if that was earlier: a clock that runs ahead
hides nothing. Left out: verdicts (`verdicts`), and everything that names anyone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from lossproof.ledger.database import Database, raw
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.reading import Log
from lossproof.model.estate import CustodyNow
from lossproof.model.fact import Grade, Method, Predicate, Statement
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.custody import Custody
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact, SeenLayer
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.registration import Action, Registration
from lossproof.model.facts.request import Request
from lossproof.model.facts.retraction import Retraction
from lossproof.policy.custody import Happened, fold
from lossproof.policy.shape import shape_of
from lossproof.register.projection.device_states import Devices, custody_now, refolded
from lossproof.register.projection.keys import ASKED, Signer, Signers
from lossproof.register.projection.schema import newest_of
from lossproof.wire.facts import decode_entry, decode_statement

BATCH = 1000
"""How many leaves are taken in together."""

GRADES = {grade: number for number, grade in enumerate(Grade)}
"""Grades as rows hold them, in rising order."""

_WIDTHS = {
    "register_registration": 9,
    "register_evidence": 12,
    "register_contents": 13,
    "register_custody": 21,
    "register_request": 11,
    "register_exemption": 11,
    "register_policy": 9,
}
_encode = msgspec.json.Encoder(order="sorted").encode


class Stated(NamedTuple):
    """One leaf with its fact. Times: `true_at` in seconds, `known_at` in milliseconds."""

    leaf: int
    about: str
    true_at: int
    known_at: int
    keyid: str
    statement: Statement


class Intake:
    """Takes in the leaves of one log, inside a transaction."""

    def __init__(
        self, database: Database, log: Log, stated: Mapping[bytes, tuple[str, Statement]] = MappingProxyType({})
    ) -> None:
        """`stated`: who signed what, by the SHA-256 of its envelope, as far as that need not be read from the store."""
        self._database = database
        self._log = log
        self._stated = stated
        self.signers = Signers(database, log)
        self.touched: set[int] = set()
        self._shapes: dict[bytes, int] = {}
        self._devices: dict[str, int] = {}
        self._custody: dict[int, tuple[CustodyNow | None, int]] = {}
        self._rows: dict[str, list[Sequence[Any]]] = {table: [] for table in _WIDTHS}
        self._new: list[Sequence[Any]] = []

    def take(self, start: int, stop: int) -> None:
        """Take in the leaves from `start` to before `stop`. Afterwards `touched` has the devices whose verdict may be another."""
        for first in range(start, stop, BATCH):
            stated = self._read(first, min(first + BATCH, stop))
            self._prepare(stated)
            for one in stated:
                take = _TAKE.get(type(one.statement.predicate))
                if take is not None:
                    take(self, one, one.statement.predicate)
            self._flush()
            self._devices.clear()
            self._custody.clear()

    def _read(self, first: int, stop: int) -> list[Stated]:
        rows = self._database.execute(
            "SELECT l.leaf, l.entry, e.digest, e.bytes FROM ledger_leaf l JOIN ledger_envelope e ON e.digest = l.envelope "
            "WHERE l.log = ? AND l.leaf >= ? AND l.leaf < ? ORDER BY l.leaf",
            (self._log.number, first, stop),
        )
        stated: list[Stated] = []
        before, keyid, statement, told = b"", "", None, 0
        for leaf, entry, digest, envelope in rows:
            read = decode_entry(raw(entry))
            if statement is None or digest != before:
                keyid, statement = self._stated.get(digest) or _read_from(raw(envelope))
                before = digest
                told = seconds(statement.predicate.true_at)
            known = seconds(read.known_at)
            about = read.about or ""
            stated.append(Stated(leaf, about, min(told, known), known * 1000 + _ms(read.known_at), keyid, statement))
        return stated

    def _prepare(self, stated: list[Stated]) -> None:
        """Read the numbers of the devices, the keys, and where the devices stand, that this batch speaks of."""
        subjects = {one.about for one in stated}
        for one in stated:
            fact = one.statement.predicate
            if isinstance(fact, Registration) and fact.exception is not None:
                subjects.add(fact.exception.device)
        names = sorted(subjects)
        for first in range(0, len(names), ASKED):
            some = names[first : first + ASKED]
            self._devices |= dict(
                self._database.execute(
                    f"SELECT subject, device FROM register_device WHERE subject IN ({', '.join('?' * len(some))})",  # noqa: S608
                    some,
                )
            )
        self.signers.by_mark(
            one.keyid for one in stated if isinstance(one.statement.predicate, InspectionFact | HoldingFact)
        )
        moved = {self._devices.get(one.about) for one in stated if isinstance(one.statement.predicate, Custody)}
        self._custody |= _custody_before(self._database, [device for device in moved if device is not None])

    def _device(self, subject: str, leaf: int) -> int:
        """The number of a device, which this leaf may be the first to name. Its verdict is looked at again."""
        device = self._devices.get(subject)
        if device is None:
            device = self._devices[subject] = leaf
            self._new.append((device, subject))
        self.touched.add(device)
        return device

    def _registration(self, one: Stated, fact: Registration) -> None:
        row: tuple[Any, ...]
        if fact.exception is not None:
            exemption = fact.exception
            device = self._device(exemption.device, one.leaf)
            row = (exemption.organisation, exemption.approver, seconds(exemption.until), exemption.reason)
            self._put("register_exemption", device, one.about, one.leaf, one.true_at, one.known_at, 0, *row, None)
        elif fact.device is not None:
            thing = fact.device
            device = self._device(one.about, one.leaf)
            marks = sorted({(mark.scheme.value, mark.digest) for mark in thing.identifiers})
            identifiers = " ".join(part for mark in marks for part in mark)
            row = (0, thing.kind.value, thing.organisation, identifiers, None)
            self._put("register_registration", device, one.leaf, one.true_at, one.known_at, *row)
        elif fact.action is Action.ENDED and one.about in self._devices:
            device = self._device(one.about, one.leaf)
            row = (1, None, None, None, None)
            self._put("register_registration", device, one.leaf, one.true_at, one.known_at, *row)
        elif fact.action is Action.ENDED:
            self._end_exemption(one)

    def _end_exemption(self, one: Stated) -> None:
        self._flush()
        rows = self._database.execute("SELECT device FROM register_exemption WHERE exemption = ? LIMIT 1", (one.about,))
        for (device,) in rows:
            self.touched.add(device)
            row = (1, None, None, None, None, None)
            self._put("register_exemption", device, one.about, one.leaf, one.true_at, one.known_at, *row)

    def _inspection(self, one: Stated, fact: InspectionFact) -> None:
        device, signer = self._device(one.about, one.leaf), self._signer(one.keyid)
        serial = None if fact.serial is None else bytes.fromhex(fact.serial)
        self._put(
            "register_evidence",
            *self._graded(device, one, signer, fact.method),
            fact.method.value,
            self._shape(shape_of(fact.layers), one.leaf),
            " ".join(fact.disagreements),
            bytes.fromhex(fact.header),
            serial,
            signer.leaf,
            None,
        )

    def _graded(self, device: int, one: Stated, signer: Signer, method: Method) -> tuple[int, int, int, int, int]:
        grade = GRADES[self.signers.grade(signer, method)]
        return device, grade, newest_of(one.true_at, one.leaf), one.leaf, one.known_at

    def _signer(self, keyid: str) -> Signer:
        return self.signers.by_mark((keyid,))[keyid]

    def _shape(self, layers: tuple[SeenLayer, ...], leaf: int) -> int:
        """The number of a shape, which this leaf may be the first to have."""
        text = _encode(layers)
        digest = hashlib.sha256(text).digest()
        if digest not in self._shapes:
            rows = self._database.execute("SELECT shape FROM register_shape WHERE digest = ?", (digest,))
            if not rows:
                self._database.execute(
                    "INSERT INTO register_shape (shape, digest, layers) VALUES (?, ?, ?)", (leaf, digest, text)
                )
            self._shapes[digest] = int(rows[0][0]) if rows else leaf
        return self._shapes[digest]

    def _holding(self, one: Stated, fact: HoldingFact) -> None:
        if fact.from_outside:
            return
        device, signer = self._device(one.about, one.leaf), self._signer(one.keyid)
        people = counted(fact)
        self._put(
            "register_contents",
            *self._graded(device, one, signer, fact.method),
            *people,
            " ".join(f"{name} {count}" for name, count in sorted(fact.people_by_category.items())),
            fact.unsettled,
            int(not fact.interrupted and not any(fact.not_examined.values())),
            signer.leaf,
            None,
        )

    def _moved(self, one: Stated, fact: Custody) -> None:
        device = self._device(one.about, one.leaf)
        before, latest = self._custody.get(device, (None, 0))
        now = fold((Happened(fact.event, fact.to, fact.organisation, one.true_at, one.leaf),), before).now
        self._custody[device] = (now, max(latest, one.true_at))
        if one.true_at < latest:
            # As of a time between the two, the later one had not happened: whoever asks must fold again.
            self._flush()
            self._database.execute("UPDATE register_device SET refold = 1 WHERE device = ?", (device,))
        self._put(
            "register_custody",
            *(device, one.leaf, one.true_at, one.known_at, fact.event.value, fact.by, fact.to, fact.organisation),
            *(fact.handover, fact.authenticated.value, fact.text, fact.proof, fact.exception, fact.reason, None),
            *standing_columns(now),
        )

    def _requested(self, one: Stated, fact: Request) -> None:
        device = self._device(one.about, one.leaf)
        row = (fact.request, fact.ask.value, fact.by, fact.authenticated.value, seconds(fact.due_at), fact.outcome)
        self._put("register_request", device, one.leaf, one.true_at, one.known_at, *row, None)

    def _ruled(self, one: Stated, fact: Policy) -> None:
        row = (fact.version, fact.rules, seconds(fact.effective_at), fact.by, fact.authenticated.value, None)
        self._put("register_policy", one.leaf, one.true_at, one.known_at, *row)

    def _compromised(self, _: Stated, fact: Compromise) -> None:
        """All that the key ever signed is in doubt."""
        self._flush()
        signer = self.signers.by_mark((fact.fingerprint,))[fact.fingerprint]
        for table in ("register_evidence", "register_contents"):
            rows = self._database.execute(f"SELECT DISTINCT device FROM {table} WHERE signer = ?", (signer.leaf,))  # noqa: S608
            self.touched.update(device for (device,) in rows)

    def _withdrawn(self, one: Stated, fact: Retraction) -> None:
        self._flush()
        leaves = self._database.execute(
            "SELECT log, leaf FROM ledger_leaf WHERE envelope = ? AND about = ?",
            (bytes.fromhex(fact.envelope), one.about),
        )
        for leaf in [leaf for log, leaf in leaves if log == self._log.number]:
            self._database.execute(
                "UPDATE register_policy SET withdrawn = ? WHERE leaf = ? AND withdrawn IS NULL", (one.leaf, leaf)
            )
            for device in self._about(one.about):
                self.touched.add(device)
                for table in _OF_DEVICES:
                    self._database.execute(
                        f"UPDATE {table} SET withdrawn = ? WHERE device = ? AND leaf = ? AND withdrawn IS NULL",  # noqa: S608
                        (one.leaf, device, leaf),
                    )
                self._refold(device)

    def _about(self, subject: str) -> list[int]:
        """The device that a subject is, or that the exemption with this id is for."""
        if subject in self._devices:
            return [self._devices[subject]]
        rows = self._database.execute("SELECT device FROM register_exemption WHERE exemption = ? LIMIT 1", (subject,))
        return [device for (device,) in rows]

    def _refold(self, device: int) -> None:
        """Where one of its custody events is withdrawn, write anew where the device stood after each."""
        withdrawn = self._database.execute(
            "SELECT 1 FROM register_custody WHERE device = ? AND withdrawn IS NOT NULL LIMIT 1", (device,)
        )
        if not withdrawn:
            return
        rows = refolded(self._database, device)
        self._database.execute("UPDATE register_device SET refold = 1 WHERE device = ?", (device,))
        self._database.executemany(
            "UPDATE register_custody SET state = ?, state_since = ?, state_leaf = ?, holder = ?, holder_organisation = ?, "
            "seen_at = ? WHERE device = ? AND leaf = ?",
            [(*standing_columns(now), device, leaf) for leaf, now in rows],
        )
        latest = self._database.execute("SELECT MAX(true_at) FROM register_custody WHERE device = ?", (device,))[0][0]
        self._custody[device] = (rows[-1][1], latest)

    def _put(self, table: str, *row: Any) -> None:
        self._rows[table].append(row)

    def _flush(self) -> None:
        if self._new:
            self._database.executemany(
                "INSERT INTO register_device (device, subject, ended, refold) VALUES (?, ?, 0, 0)", self._new
            )
            self._new = []
        for table, rows in self._rows.items():
            if rows:
                marks = ", ".join("?" * _WIDTHS[table])
                self._database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  our own names
                self._rows[table] = []


_OF_DEVICES = (
    "register_registration",
    "register_evidence",
    "register_contents",
    "register_custody",
    "register_request",
    "register_exemption",
)

_TAKE: dict[type[Predicate], Callable[[Intake, Stated, Any], None]] = {
    Registration: Intake._registration,
    InspectionFact: Intake._inspection,
    HoldingFact: Intake._holding,
    Custody: Intake._moved,
    Request: Intake._requested,
    Policy: Intake._ruled,
    Compromise: Intake._compromised,
    Retraction: Intake._withdrawn,
}


def _custody_before(database: Database, devices: Iterable[int]) -> dict[int, tuple[CustodyNow | None, int]]:
    """Where devices stand, and the latest `true_at` among their events."""
    wanted = sorted(devices)
    found: dict[int, tuple[CustodyNow | None, int]] = {}
    for first in range(0, len(wanted), ASKED):
        some = wanted[first : first + ASKED]
        chosen = Devices(f"device IN ({', '.join('?' * len(some))})", some)
        latest: dict[int, int] = dict(
            database.execute(
                f"SELECT device, MAX(true_at) FROM register_custody WHERE {chosen.condition} GROUP BY device",  # noqa: S608
                some,
            )
        )
        now = custody_now(database, chosen)
        found |= {device: (now.get(device), at) for device, at in latest.items()}
    return found


def _read_from(envelope: bytes) -> tuple[str, Statement]:
    opened = open_envelope(envelope)
    return opened.keyid, decode_statement(opened.payload)


def counted(fact: HoldingFact) -> tuple[int, int, int]:
    """How many people a count is about: those in files and those in raw text may be the same, or others."""
    people, rest = fact.people, fact.raw
    return max(people.low, rest.low), max(people.point, rest.point), people.high + rest.high


def standing_columns(now: CustodyNow | None) -> tuple[str | int | None, ...]:
    """Where a device stands, as a custody row holds it."""
    if now is None:
        return (None,) * 6
    return now.state.value, now.since, now.leaf, now.holder, now.organisation, now.seen_at


def seconds(moment: str) -> int:
    """RFC 3339 in UTC as epoch seconds, fractions cut off."""
    return int(datetime.fromisoformat(moment).timestamp())


def _ms(moment: str) -> int:
    return int(moment[20:23])
