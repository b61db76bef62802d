"""Keeping the register's tables in step with the log: after each append, before each page, and anew.

`applied` says how many leaves are in. They are taken in under the write lock, in the same transaction as the facts themselves
where the caller appends them. Verdicts are made as of the log's own last time, so that the same facts give the same rows; what has
run out since is made again by `refresh_due`.
"""

from __future__ import annotations

from lossproof.errors import StoreError
from lossproof.ledger.database import Database
from lossproof.ledger.log import Writer
from lossproof.ledger.outside import RECOVER
from lossproof.ledger.reading import Log, Reader
from lossproof.ledger.store import Ledger
from lossproof.register.projection.intake import Intake, seconds
from lossproof.register.projection.schema import clear
from lossproof.register.projection.verdicts import decide_again, decide_where_rules_changed, due


def apply(writer: Writer) -> None:
    """Take in what the log has more than the tables, inside `with ledger.write() as writer`, after the appends."""
    reader = writer.reader
    _take_in(reader, writer.size)


def catch_up(ledger: Ledger) -> None:
    """Take in what another process has appended (a command, an agent). Costs two small reads where there is nothing.

    A store that must not be written (`behind`) is left as it is. Raises `StoreError`.
    """
    if ledger.behind or applied(ledger.database, ledger.log) == ledger.reader.size:
        return
    with ledger.database.transaction():
        _take_in(ledger.reader, ledger.reader.size)


def begin(ledger: Ledger) -> None:
    """Take in what is missing, and decide again on all where the rules, the table of ciphers or the code of the policy room are
    others than those that the stored verdicts were made by: for when a process begins. Raises `StoreError`."""
    if ledger.behind:
        return
    with ledger.database.transaction():
        size = ledger.reader.size
        _take_in(ledger.reader, size)
        at = seconds(ledger.reader.leaf(size - 1).entry.known_at)
        decide_where_rules_changed(ledger.database, ledger.log, at)


def refresh_due(ledger: Ledger, now: int) -> int:
    """Decide again on every device whose verdict's time has run out by `now` (UTC epoch seconds), and on all where other rules
    have begun; how many had run out. Each stretch of devices is a transaction of its own. Raises `StoreError`."""
    if ledger.behind:
        return 0
    database, log = ledger.database, ledger.log
    if _rules_due(database, log, now):
        with database.transaction():
            decide_where_rules_changed(database, log, now)
    count, before = 0, [-1]
    # Each is good for a while now; were one not, this would still come to an end.
    while (devices := due(database, now)) and devices != before:
        with database.transaction():
            decide_again(database, log, devices, now, decide_where_rules_changed(database, log, now))
        count, before = count + len(devices), devices
    return count


def rebuild(ledger: Ledger) -> None:
    """Empty the tables and fill them from the facts: the same rows. In one transaction. Raises `StoreError`, also where the store
    is only to be read."""
    if ledger.behind:
        raise StoreError(ledger.behind, hint=RECOVER)
    with ledger.database.transaction():
        clear(ledger.database)
        _take_in(ledger.reader, ledger.reader.size)


def applied(database: Database, log: Log) -> int:
    """How many leaves of the log the tables have taken in."""
    rows = database.execute("SELECT applied FROM register_state WHERE log = ?", (log.number,))
    return int(rows[0][0]) if rows else 0


def _rules_due(database: Database, log: Log, now: int) -> bool:
    rows = database.execute("SELECT rules_until FROM register_state WHERE log = ?", (log.number,))
    return not rows or (rows[0][0] is not None and rows[0][0] <= now)


def _take_in(reader: Reader, size: int) -> None:
    database, log = reader.database, reader.log
    rows = database.execute("SELECT log, applied FROM register_state")
    if [row[0] for row in rows] != [log.number]:
        # The first time, or a log took over from the one that the tables are of: its facts have other leaves.
        clear(database)
        database.execute(
            "INSERT INTO register_state (log, applied, rules, rules_until) VALUES (?, 0, '', NULL)", (log.number,)
        )
        rows = [(log.number, 0)]
    start = int(rows[0][1])
    if start >= size:
        return
    intake = Intake(database, log)
    intake.take(start, size)
    database.execute("UPDATE register_state SET applied = ? WHERE log = ?", (size, log.number))
    at = seconds(reader.leaf(size - 1).entry.known_at)
    rules = decide_where_rules_changed(database, log, at)
    decide_again(database, log, intake.touched, at, rules)
