"""What policy concludes of each device now, kept beside it until a fact comes in, the rules change, or its time runs out.

A stored verdict is a cache: thrown away and derived again it is the same, byte for byte. A device that is not registered, or no
longer, has none; of one that has ended `compliant` is null, so that it is in no count. Other rules decide on every device: that is
done before the write lock is taken (`prepare`), and under it only again for what changed meanwhile, and only what is other is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lossproof.ledger.database import Database, raw
from lossproof.ledger.reading import Log
from lossproof.model.estate import DeviceState
from lossproof.model.standing import BAD_TO_GOOD, Verdict
from lossproof.policy.decide import decide
from lossproof.register.projection.device_states import STRETCH, states
from lossproof.register.projection.keys import ASKED
from lossproof.register.projection.rules import InForce, rules_in_force
from lossproof.wire.standings import verdict_of, verdict_text

_COLUMNS = (
    "kind",
    "organisation",
    "ended",
    "custody",
    "custody_since",
    "holder",
    "holder_organisation",
    "seen_at",
    "inspected_at",
    "counted_at",
    "low",
    "point",
    "high",
    "standing",
    "worst",
    "compliant",
    "valid_until",
    "reasons",
    "stops",
)
_SAID = _COLUMNS[_COLUMNS.index("standing") :]
"""Those that the verdict alone gives."""
_UNTIL = _SAID.index("valid_until")
_SET = f"UPDATE register_device SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE device = ?"  # noqa: S608  our own names
_SAY = f"UPDATE register_device SET {', '.join(f'{name} = ?' for name in _SAID)} WHERE device = ?".replace(  # noqa: S608
    "compliant = ?", "compliant = CASE ended WHEN 1 THEN NULL ELSE ? END"
)
_NOTHING = (None, None, 0, *(None,) * (len(_COLUMNS) - 3))
_KEEP = (
    "INSERT INTO register_verdict (device, verdict) VALUES (?, ?) "
    "ON CONFLICT (device) DO UPDATE SET verdict = excluded.verdict"
)
_COUNT = (
    "INSERT INTO register_count (organisation, compliant, worst, devices) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (organisation, compliant, worst) DO UPDATE SET devices = register_count.devices + excluded.devices"
)
_ORGANISATION, _WORST_AT, _COMPLIANT = (_COLUMNS.index(name) for name in ("organisation", "worst", "compliant"))
_WORST = {standing: number for number, standing in enumerate(BAD_TO_GOOD)}


def decide_again(database: Database, log: Log, devices: Iterable[int], at: int, rules: InForce) -> None:
    """Decide on these devices as of `at` (UTC epoch seconds), inside a transaction."""
    wanted = sorted(devices)
    left = set(wanted)
    rows: list[Sequence[Any]] = []
    verdicts: list[tuple[int, bytes]] = []
    for device, state in states(database, log, wanted, marks=False):
        verdict = decide(rules.compiled, state, at)
        rows.append((*_row(state, verdict), device))
        verdicts.append((device, verdict_text(verdict)))
        left.discard(device)
        if len(rows) >= STRETCH:
            _write(database, rows, verdicts)
    _write(database, rows, verdicts)
    _write(database, [(*_NOTHING, device) for device in sorted(left)], [])
    database.executemany("DELETE FROM register_verdict WHERE device = ?", [(device,) for device in sorted(left)])


def _write(database: Database, rows: list[Sequence[Any]], verdicts: list[tuple[int, bytes]]) -> None:
    if rows:
        _count(database, rows)
        database.executemany(_SET, rows)
        database.executemany(_KEEP, verdicts)
    rows.clear()
    verdicts.clear()


def _count(database: Database, rows: Sequence[Sequence[Any]]) -> None:
    """Count the devices where they will be, and no longer where they were."""
    change: Counter[tuple[str, int, int]] = Counter()
    for row in rows:
        if row[_COMPLIANT] is not None:
            change[row[_ORGANISATION], row[_COMPLIANT], row[_WORST_AT]] += 1
    devices = [row[-1] for row in rows]
    for first in range(0, len(devices), ASKED):
        some = devices[first : first + ASKED]
        before = database.execute(
            "SELECT organisation, compliant, worst FROM register_device WHERE compliant IS NOT NULL "  # noqa: S608  our own text
            f"AND device IN ({', '.join('?' * len(some))})",
            some,
        )
        change.subtract(before)
    moved = [(*key, count) for key, count in sorted(change.items()) if count]
    if moved:
        database.executemany(_COUNT, moved)
        database.execute("DELETE FROM register_count WHERE devices = 0")


def _row(state: DeviceState, verdict: Verdict) -> tuple[Any, ...]:
    custody = state.custody
    inspected = max((one.true_at for one in state.evidence if not one.void), default=None)
    counts = [one for one in state.contents if not one.void]
    count = max(counts, key=lambda one: (one.true_at, one.leaf), default=None)
    return (
        state.kind.value,
        state.organisation,
        int(state.ended),
        *((None,) * 5 if custody is None else (custody.state.value, custody.since, *custody[3:])),
        inspected,
        *((None,) * 4 if count is None else (count.true_at, count.low, count.point, count.high)),
        *_said(verdict, ended=state.ended),
    )


def _said(verdict: Verdict, *, ended: bool = False) -> tuple[Any, ...]:
    """What a verdict gives of a row."""
    return (
        verdict.standing.value,
        _WORST[verdict.standing],
        None if ended else int(verdict.compliant),
        verdict.valid_until,
        " ".join(dict.fromkeys(one.code for one in verdict.reasons)),
        " ".join(sorted(verdict.stops)),
    )


class Prepared(NamedTuple):
    """Verdicts on every device by the rules with this mark, as of `at` (UTC epoch seconds), by at least `size` leaves: the number of
    the device, until when it holds, its text."""

    mark: str
    at: int
    size: int
    verdicts: Sequence[tuple[int, int | None, bytes]]


def prepare(database: Database, log: Log, at: int, rules: InForce) -> Prepared:
    """Decide on every device, and write nothing. Takes some hundred bytes a device."""
    size = applied(database, log)
    found = []
    for device, state in states(database, log, marks=False):
        verdict = decide(rules.compiled, state, at)
        found.append((device, verdict.valid_until, verdict_text(verdict)))
    return Prepared(rules.mark, at, size, found)


def applied(database: Database, log: Log) -> int:
    """How many leaves of the log the tables have taken in."""
    rows = database.execute("SELECT applied FROM register_state WHERE log = ?", (log.number,))
    return int(rows[0][0]) if rows else 0


def made_by(database: Database, log: Log) -> str:
    """The mark of the rules that the stored verdicts were made by."""
    rows = database.execute("SELECT rules FROM register_state WHERE log = ?", (log.number,))
    return str(rows[0][0]) if rows else ""


def decide_where_rules_changed(
    database: Database, log: Log, at: int, prepared: Prepared | None = None, done: Collection[int] = ()
) -> InForce:
    """The rules in force; where they are others than the stored verdicts were made by, all are made again but those of the devices in
    `done`. What was prepared saves the time, where it is by these rules."""
    rules = rules_in_force(database, at)
    if made_by(database, log) != rules.mark:
        if prepared is not None and prepared.mark == rules.mark and prepared.at <= at:
            _write_prepared(database, log, at, rules, prepared, done)
        elif any(device not in done for (device,) in database.execute("SELECT device FROM register_device")):
            _write_prepared(database, log, at, rules, prepare(database, log, at, rules), done)
    database.execute(
        "UPDATE register_state SET rules = ?, rules_until = ? WHERE log = ?", (rules.mark, rules.until, log.number)
    )
    return rules


def _write_prepared(
    database: Database, log: Log, at: int, rules: InForce, prepared: Prepared, done: Collection[int]
) -> None:
    """Write the verdicts that are others than the stored ones, those that no longer hold decided again first."""
    again = _touched(database, log, prepared.size)
    again.update(device for device, until, _ in prepared.verdicts if until is not None and until <= at)
    again.difference_update(done)
    left_out = again.union(done)
    for first in range(0, len(prepared.verdicts), STRETCH):
        some = prepared.verdicts[first : first + STRETCH]
        stored: dict[int, bytes] = dict(
            database.execute(
                "SELECT device, verdict FROM register_verdict WHERE device BETWEEN ? AND ?", (some[0][0], some[-1][0])
            )
        )
        other = [
            (device, text)
            for device, _, text in some
            if device not in left_out and (device not in stored or raw(stored[device]) != text)
        ]
        if other:
            _say(database, stored, other)
    decide_again(database, log, again, at, rules)
    database.execute("DELETE FROM register_count")
    database.execute(
        "INSERT INTO register_count (organisation, compliant, worst, devices) SELECT organisation, compliant, worst, COUNT(*) "
        "FROM register_device WHERE compliant IS NOT NULL GROUP BY organisation, compliant, worst"
    )


def _say(database: Database, stored: Mapping[int, bytes], other: Sequence[tuple[int, bytes]]) -> None:
    """Write verdicts beside their devices. Most often it is only until when they hold that is other, which stands in one index."""
    whole, until = [], []
    for device, text in other:
        said = _said(verdict_of(text))
        before = _said(verdict_of(raw(stored[device]))) if device in stored else ()
        if before[:_UNTIL] == said[:_UNTIL] and before[_UNTIL + 1 :] == said[_UNTIL + 1 :]:
            until.append((said[_UNTIL], device))
        else:
            whole.append((*said, device))
    database.executemany(_SAY, whole)
    database.executemany("UPDATE register_device SET valid_until = ? WHERE device = ?", until)
    database.executemany(_KEEP, other)


def _touched(database: Database, log: Log, start: int) -> set[int]:
    """The devices whose verdict a leaf from `start` on may have changed: those that it is about, those whose exceptions it is about,
    and those of which a key spoke that is known to be compromised since."""
    about = "FROM ledger_leaf l JOIN {table} d ON d.{column} = l.about WHERE l.log = ? AND l.leaf >= ?"
    spoke = "FROM ledger_key k JOIN {table} e ON e.signer = k.leaf WHERE k.log = ? AND k.compromised >= ?"
    found: set[int] = set()
    for sql in (
        about.format(table="register_device", column="subject"),
        about.format(table="register_exemption", column="exemption"),
        spoke.format(table="register_evidence"),
        spoke.format(table="register_contents"),
    ):
        found.update(device for (device,) in database.execute(f"SELECT device {sql}", (log.number, start)))
    return found


def due(database: Database, at: int, most: int = STRETCH) -> list[int]:
    """Devices whose verdict's time has run out by `at`, at most so many."""
    rows = database.execute("SELECT device FROM register_device WHERE valid_until <= ? LIMIT ?", (at, most))
    return [device for (device,) in rows]
