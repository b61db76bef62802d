"""What the devices' pages ask of the register's tables. SQL selects; what it means is decided elsewhere.

Lists run by keyset in the order of an index (not compliant first, the worst standing first), so that the last page costs what the
first does. Counts touch that index alone where only organisation, compliance and standing are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lossproof.ledger.database import Database
from lossproof.ledger.envelope import open_envelope
from lossproof.model.standing import BAD_TO_GOOD, Standing, Verdict
from lossproof.register.projection import AsOf
from lossproof.register.projection.schema import LEAF_BITS, newest_of
from lossproof.register.queries.noncompliant import tally
from lossproof.wire.standings import verdict_of

PAGE = 50

_COLUMNS = (
    "device, subject, kind, organisation, ended, custody, custody_since, holder, holder_organisation, seen_at, inspected_at, "
    "counted_at, standing, worst, compliant, valid_until"
)


class Listed(NamedTuple):
    """A device as the register's tables have it now. Times are UTC epoch seconds; `compliant` is None where it has ended."""

    device: int
    subject: str
    kind: str
    organisation: str
    ended: int
    custody: str | None
    custody_since: int | None
    holder: str | None
    holder_organisation: str | None
    seen_at: int | None
    inspected_at: int | None
    counted_at: int | None
    standing: Standing
    worst: int
    compliant: int | None
    valid_until: int | None

    @property
    def mark(self) -> str:
        """Where the next page begins: after this row."""
        return f"{-1 if self.compliant is None else self.compliant}.{self.worst}.{self.device}"


class Wanted(NamedTuple):
    """Which devices: those of `organisations`, and of the rest what is not None or empty. `ended` ones are listed apart."""

    organisations: frozenset[str]
    standing: Standing | None = None
    compliant: bool | None = None
    kind: str = ""
    organisation: str = ""
    custody: str = ""
    custodies: Sequence[str] = ()
    holders: Sequence[str] | None = None
    subjects: Sequence[str] | None = None
    ended: bool = False


class Happening(NamedTuple):
    """One fact about a device as its history shows it. What `what`, `detail`, `more` and `ref` mean depends on `table`."""

    table: str
    leaf: int
    true_at: int
    known_at: int
    what: str
    detail: str | None
    more: str | None
    by: str | None
    to: str | None
    number: int | None
    withdrawn: int | None
    text: str | None


class Counted(NamedTuple):
    """How many devices there are, and how many of them keep not to the rules."""

    all: int
    not_compliant: int


def page(database: Database, wanted: Wanted, after: str | None, most: int = PAGE) -> list[Listed]:
    """The devices after a mark (`Listed.mark`), at most so many."""
    condition, values = _condition(wanted)
    order = "device" if wanted.ended else "compliant, worst, device"
    place = _place(after)
    parts: list[tuple[str, Sequence[int]]] = [("1 = 1", ())] if place is None else _behind(place, ended=wanted.ended)
    chosen = " UNION ALL ".join(
        f"SELECT {_COLUMNS} FROM register_device WHERE {condition} AND {part}"  # noqa: S608  our own text
        for part, _ in parts
    )
    every_value = [value for _, behind in parts for value in (*values, *behind)]
    rows = database.execute(f"{chosen} ORDER BY {order} LIMIT ?", [*every_value, most])
    return [_listed(row) for row in rows]


def _behind(place: tuple[int, int, int], *, ended: bool) -> list[tuple[str, Sequence[int]]]:
    """What stands behind a place, as ranges of an index: SQLite walks to a place that is compared as a whole."""
    compliant, worst, device = place
    if ended:
        return [("device > ?", (device,))]
    return [
        ("compliant = ? AND worst = ? AND device > ?", place),
        ("compliant = ? AND worst > ?", (compliant, worst)),
        ("compliant > ?", (compliant,)),
    ]


def every(database: Database, wanted: Wanted) -> Iterator[list[Listed]]:
    """All of them, some hundred at a time."""
    after = None
    while rows := page(database, wanted, after, 500):
        yield rows
        after = rows[-1].mark


def count(database: Database, wanted: Wanted) -> Counted:
    """How many; from what is counted already, where nothing narrower is wanted than that tells apart."""
    if wanted == Wanted(wanted.organisations, wanted.standing, wanted.compliant):
        found = [
            one
            for one in tally(database, wanted.organisations)
            if wanted.standing in (None, one.standing) and wanted.compliant in (None, one.compliant)
        ]
        return Counted(sum(one.devices for one in found), sum(one.devices for one in found if not one.compliant))
    condition, values = _condition(wanted)
    rows = database.execute(
        f"SELECT COUNT(*), COALESCE(SUM(CASE compliant WHEN 0 THEN 1 ELSE 0 END), 0) FROM register_device WHERE {condition}",  # noqa: S608
        values,
    )
    return Counted(int(rows[0][0]), int(rows[0][1]))


def one(database: Database, subject: str) -> Listed | None:
    """The device with this id, if it is registered or was."""
    return next(iter(some(database, [subject])), None)


def some(database: Database, subjects: Sequence[str]) -> list[Listed]:
    """The devices with these ids that are registered or were, in the order of `subjects`."""
    found: dict[str, Listed] = {}
    for first in range(0, len(subjects), 400):
        asked = subjects[first : first + 400]
        rows = database.execute(
            f"SELECT {_COLUMNS} FROM register_device WHERE kind IS NOT NULL AND subject IN ({', '.join('?' * len(asked))})",  # noqa: S608
            asked,
        )
        found |= {row[1]: _listed(row) for row in rows}
    return [found[subject] for subject in dict.fromkeys(subjects) if subject in found]


def held_by(database: Database, person: str, most: int) -> list[Listed]:
    """What somebody holds, or held when it went missing; at most so many."""
    rows = database.execute(
        f"SELECT {_COLUMNS} FROM register_device WHERE holder = ? AND kind IS NOT NULL AND ended = 0 ORDER BY device LIMIT ?",  # noqa: S608
        (person, most),
    )
    return [_listed(row) for row in rows]


def verdict(database: Database, device: int) -> Verdict | None:
    """What policy concludes of a device now, as it is kept."""
    rows = database.execute("SELECT verdict FROM register_verdict WHERE device = ?", (device,))
    return verdict_of(bytes(rows[0][0])) if rows else None


_HISTORY = f"""
SELECT 'registration', leaf, true_at, known_at, CASE ended WHEN 1 THEN 'ended' ELSE 'registered' END, kind, organisation, NULL, NULL,
NULL, withdrawn, NULL FROM register_registration WHERE device = ? AND leaf < ? AND true_at <= ?
UNION ALL
SELECT 'evidence', e.leaf, e.newest >> {LEAF_BITS}, e.known_at, e.method, e.disagreements, NULL, k.person, k.fingerprint, e.grade,
COALESCE(e.withdrawn, k.compromised), NULL FROM register_evidence e LEFT JOIN ledger_key k ON k.log = ? AND k.leaf = e.signer
WHERE e.device = ? AND e.leaf < ? AND e.newest < ?
UNION ALL
SELECT 'contents', c.leaf, c.newest >> {LEAF_BITS}, c.known_at, NULL, NULL, NULL, k.person, k.fingerprint, c.grade,
COALESCE(c.withdrawn, k.compromised), NULL FROM register_contents c LEFT JOIN ledger_key k ON k.log = ? AND k.leaf = c.signer
WHERE c.device = ? AND c.leaf < ? AND c.newest < ?
UNION ALL
SELECT 'custody', leaf, true_at, known_at, event, reason, authenticated, person_by, person_to, NULL, withdrawn, text
FROM register_custody WHERE device = ? AND leaf < ? AND true_at <= ?
UNION ALL
SELECT 'request', leaf, true_at, known_at, ask, outcome, authenticated, person_by, request, due_at, withdrawn, NULL
FROM register_request WHERE device = ? AND leaf < ? AND true_at <= ?
UNION ALL
SELECT 'exemption', leaf, true_at, known_at, CASE ended WHEN 1 THEN 'ended' ELSE 'made' END, reason, organisation, approver, exemption,
until, withdrawn, NULL FROM register_exemption WHERE device = ? AND leaf < ? AND true_at <= ?
ORDER BY 2 DESC LIMIT ?
"""  # noqa: S608  our own text


def history(database: Database, log: int, device: int, as_of: AsOf, most: int) -> list[Happening]:
    """The newest facts about a device that were known and true then, the last stated first, at most so many."""
    plain = (device, as_of.size, as_of.at)
    graded = (log, device, as_of.size, newest_of(as_of.at + 1, 0))
    rows = database.execute(_HISTORY, (*plain, *graded, *graded, *plain, *plain, *plain, most))
    return [Happening(*row) for row in rows]


def first_known(database: Database, device: int) -> int | None:
    """When the first fact about a device was true."""
    rows = database.execute(
        "SELECT MIN(true_at) FROM register_registration WHERE device = ?",
        (device,),
    )
    return None if rows[0][0] is None else int(rows[0][0])


def signers(database: Database, log: int, leaves: Sequence[int]) -> dict[int, str]:
    """The fingerprints of the keys that signed the facts in these leaves."""
    if not leaves:
        return {}
    rows = database.execute(
        f"{_SIGNED} AND l.leaf IN ({', '.join('?' * len(leaves))})",
        (log, *leaves),
    )
    return {leaf: open_envelope(bytes(envelope)).keyid for leaf, envelope in rows}


_SIGNED = "SELECT l.leaf, e.bytes FROM ledger_leaf l JOIN ledger_envelope e ON e.digest = l.envelope WHERE l.log = ?"


class OpenRequest(NamedTuple):
    """What is asked of IT about a device, and not yet answered."""

    device: int
    request: str
    ask: str
    by: str | None
    true_at: int
    due_at: int


def open_requests(database: Database, *devices: int) -> list[OpenRequest]:
    """What is asked about these devices and not answered, the first due first."""
    if not devices:
        return []
    rows = database.execute(
        f"{_OPEN_REQUESTS} AND r.device IN ({', '.join('?' * len(devices))}) ORDER BY due_at, leaf",
        devices,
    )
    return [OpenRequest(*row) for row in rows]


_OPEN_REQUESTS = (
    "SELECT device, request, ask, person_by, true_at, due_at FROM register_request r WHERE outcome IS NULL "
    "AND withdrawn IS NULL AND NOT EXISTS (SELECT 1 FROM register_request a WHERE a.request = r.request "
    "AND a.device = r.device AND a.outcome IS NOT NULL AND a.withdrawn IS NULL)"
)


class OpenOffer(NamedTuple):
    """An offer that nobody has answered."""

    handover: str | None
    to: str | None
    organisation: str | None
    since: int


def open_offer(database: Database, device: int) -> OpenOffer | None:
    """The offer of a device that is `offered` now."""
    rows = database.execute(
        "SELECT handover, person_to, organisation, true_at FROM register_custody WHERE device = ? AND withdrawn IS NULL "
        "AND event IN ('offered', 'transferred') ORDER BY leaf DESC LIMIT 1",
        (device,),
    )
    return OpenOffer(*rows[0]) if rows else None


def offered_together(database: Database, handover: str) -> list[Listed]:
    """The devices that are still offered by a hand-over: nothing has happened to them since."""
    columns = ", ".join(f"d.{name.strip()}" for name in _COLUMNS.split(","))
    rows = database.execute(
        f"SELECT {columns} FROM register_custody c JOIN register_device d ON d.device = c.device "  # noqa: S608  our own text
        "WHERE c.handover = ? AND c.event IN ('offered', 'transferred') AND c.withdrawn IS NULL AND d.custody = 'offered' "
        "AND d.ended = 0 AND d.kind IS NOT NULL AND NOT EXISTS (SELECT 1 FROM register_custody l "
        "WHERE l.device = c.device AND l.leaf > c.leaf AND l.withdrawn IS NULL) ORDER BY d.device",
        (handover,),
    )
    return [_listed(row) for row in rows]


def leaf_of_registration(database: Database, device: int) -> int:
    """The leaf that last said what a device is: two people editing see that somebody was faster."""
    rows = database.execute("SELECT MAX(leaf) FROM register_registration WHERE device = ?", (device,))
    return int(rows[0][0])


def _listed(row: Sequence[Any]) -> Listed:
    return Listed(*row)._replace(standing=Standing(row[12]))


def _condition(wanted: Wanted) -> tuple[str, list[Any]]:
    organisations = wanted.organisations & {wanted.organisation} if wanted.organisation else wanted.organisations
    parts = ["ended = 1 AND kind IS NOT NULL" if wanted.ended else "compliant IS NOT NULL"]
    values: list[Any] = []
    # Of several organisations SQLite would take their index, and sort the whole estate for one page.
    whose = "organisation" if len(organisations) == 1 else "COALESCE(organisation, '')"
    _among(parts, values, whose, sorted(organisations))
    if wanted.standing is not None:
        parts.append("worst = ?")
        values.append(BAD_TO_GOOD.index(wanted.standing))
    if wanted.compliant is not None:
        parts.append("compliant = ?")
        values.append(int(wanted.compliant))
    if wanted.kind:
        parts.append("kind = ?")
        values.append(wanted.kind)
    if wanted.custody == "in_stock":
        parts.append("(custody IS NULL OR custody = 'in_stock')")
    elif wanted.custody:
        parts.append("custody = ?")
        values.append(wanted.custody)
    if wanted.custodies:
        _among(parts, values, "custody", [str(one) for one in wanted.custodies])
    if wanted.holders is not None:
        _among(parts, values, "holder", wanted.holders)
    if wanted.subjects is not None:
        _among(parts, values, "subject", wanted.subjects)
    return " AND ".join(parts), values


def _among(parts: list[str], values: list[Any], column: str, among: Sequence[str]) -> None:
    """One of these; nothing where there are none."""
    if not among:
        parts.append("1 = 0")
    elif len(among) == 1:
        parts.append(f"{column} = ?")
        values.append(among[0])
    else:
        parts.append(f"{column} IN ({', '.join('?' * len(among))})")
        values.extend(among)


def _place(mark: str | None) -> tuple[int, int, int] | None:
    """What a mark says; None where it is none of ours, so that a list begins at its beginning."""
    words = (mark or "").split(".")
    try:
        compliant, worst, device = (int(word) for word in words)
    except ValueError:
        return None
    return compliant, worst, device
