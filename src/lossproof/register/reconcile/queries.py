"""What reconciling asks beyond `register.queries`: names that two devices share, and keys of agents that have gone quiet."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from lossproof.ledger.database import Database
from lossproof.ledger.reading import Log
from lossproof.register.queries.reconciling import shared_identifiers


class Group(NamedTuple):
    """Devices that share an identifier of a scheme; `subjects` by id."""

    scheme: str
    subjects: tuple[str, ...]


class Quiet(NamedTuple):
    """The key of an agent that has stated nothing since a time, or never. `heard_at` is in milliseconds."""

    subject: str
    fingerprint: str
    organisation: str
    heard_at: int | None


def groups(database: Database, log: Log, organisations: Collection[str], most: int) -> list[Group]:
    """Devices that share a header, a volume, a serial number or an asset tag, each set of them once, at most so many.

    Serial numbers and asset tags are kept under salts, so the same one has other digests in two records: they are compared as they
    stand in the erasable rows, and what is erased matches nothing.
    """
    found: dict[tuple[str, ...], str] = {}
    for scheme, subjects in shared_names(database, log, organisations, most):
        found.setdefault(subjects, scheme)
    for one in shared_identifiers(database, log, organisations, most):
        found.setdefault(one.subjects, one.scheme)
    return [Group(scheme, subjects) for subjects, scheme in found.items()][:most]


def shared_names(database: Database, log: Log, organisations: Collection[str], most: int) -> list[Group]:
    """Devices with the same serial number or asset tag, where all of them are of these organisations."""
    # The index on values alone is read from end to end; what kind of value it is, is asked of those that stand there twice.
    twice = database.execute(
        "SELECT e.value, e.kind FROM (SELECT value FROM ledger_erasable WHERE value IS NOT NULL "
        "GROUP BY value HAVING COUNT(*) > 1) t JOIN ledger_erasable e ON e.value = t.value "
        "WHERE e.kind IN ('serial', 'asset_tag') GROUP BY e.value, e.kind HAVING COUNT(*) > 1 ORDER BY e.value, e.kind"
    )
    seen, found = frozenset(organisations), []
    for value, kind in twice:
        rows = database.execute(
            "SELECT DISTINCT d.subject, d.organisation FROM ledger_erasable e "
            "JOIN ledger_device_identifier i ON i.digest = e.digest AND i.scheme = e.kind "
            "JOIN register_device d ON d.subject = i.subject "
            "WHERE e.value = ? AND e.kind = ? AND i.log = ? AND d.compliant IN (0, 1) ORDER BY d.subject",
            (value, kind, log.number),
        )
        if len(rows) > 1 and all(organisation in seen for _, organisation in rows):
            found.append(Group(kind, tuple(subject for subject, _ in rows)))
        if len(found) >= most:
            break
    return found


def quiet_agents(database: Database, log: Log, organisations: Collection[str], before: int, most: int) -> list[Quiet]:
    """Keys of agents that are in force and have stated nothing since `before` (UTC epoch milliseconds), those never heard first."""
    names = sorted(organisations)
    rows = database.execute(
        "SELECT subject, fingerprint, organisation, heard_at FROM (SELECT k.subject, k.fingerprint, k.organisation, "  # noqa: S608
        "(SELECT MAX(e.known_at) FROM register_evidence e WHERE e.signer = k.leaf) AS heard_at FROM ledger_key k "
        "WHERE k.log = ? AND k.role = 'agent' AND k.ended IS NULL AND k.compromised IS NULL "
        f"AND k.organisation IN ({', '.join('?' * len(names)) or 'NULL'})) heard WHERE COALESCE(heard_at, 0) < ? "
        "ORDER BY COALESCE(heard_at, 0), subject LIMIT ?",
        (log.number, *names, before, most),
    )
    return [Quiet(*row) for row in rows]
