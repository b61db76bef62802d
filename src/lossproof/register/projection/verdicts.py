"""What policy concludes of each device now, kept beside it until a fact comes in, the rules change, or its time runs out.

A stored verdict is a cache: thrown away and derived again it is the same, byte for byte. A device that is not registered, or no
longer, has none; of one that has ended `compliant` is null, so that it is in no count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lossproof.ledger.database import Database
from lossproof.ledger.reading import Log
from lossproof.model.estate import DeviceState
from lossproof.model.standing import BAD_TO_GOOD, Verdict
from lossproof.policy.decide import decide
from lossproof.register.projection.device_states import STRETCH, states
from lossproof.register.projection.keys import ASKED
from lossproof.register.projection.rules import InForce, rules_in_force
from lossproof.wire.standings import verdict_text

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
_SET = f"UPDATE register_device SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE device = ?"  # noqa: S608  our own names
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


def decide_again(database: Database, log: Log, devices: Iterable[int] | None, at: int, rules: InForce) -> None:
    """Decide on these devices, or on all, as of `at` (UTC epoch seconds), inside a transaction."""
    wanted = None if devices is None else sorted(devices)
    left = set(wanted if wanted is not None else ())
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
        verdict.standing.value,
        _WORST[verdict.standing],
        None if state.ended else int(verdict.compliant),
        verdict.valid_until,
        " ".join(dict.fromkeys(one.code for one in verdict.reasons)),
        " ".join(sorted(verdict.stops)),
    )


def decide_where_rules_changed(database: Database, log: Log, at: int) -> InForce:
    """The rules in force; where they are others than the stored verdicts were made by, all are made again."""
    rules = rules_in_force(database, at)
    if database.execute("SELECT rules FROM register_state WHERE log = ?", (log.number,)) != [(rules.mark,)]:
        decide_again(database, log, None, at, rules)
    database.execute(
        "UPDATE register_state SET rules = ?, rules_until = ? WHERE log = ?", (rules.mark, rules.until, log.number)
    )
    return rules


def due(database: Database, at: int, most: int = STRETCH) -> list[int]:
    """Devices whose verdict's time has run out by `at`, at most so many."""
    rows = database.execute("SELECT device FROM register_device WHERE valid_until <= ? LIMIT ?", (at, most))
    return [device for (device,) in rows]
