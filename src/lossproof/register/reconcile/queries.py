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
    twice = database.execute(
        "SELECT value, kind FROM ledger_erasable WHERE value IS NOT NULL AND kind IN ('serial', 'asset_tag') "
        "GROUP BY value, kind HAVING COUNT(*) > 1 ORDER BY value, kind"
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
        "SELECT k.subject, k.fingerprint, k.organisation, MAX(e.known_at) FROM ledger_key k "  # noqa: S608  our own text
        "LEFT JOIN register_evidence e ON e.signer = k.leaf WHERE k.log = ? AND k.role = 'agent' AND k.ended IS NULL "
        f"AND k.compromised IS NULL AND k.organisation IN ({', '.join('?' * len(names)) or 'NULL'}) "
        "GROUP BY k.subject, k.fingerprint, k.organisation HAVING COALESCE(MAX(e.known_at), 0) < ? "
        "ORDER BY COALESCE(MAX(e.known_at), 0), k.subject LIMIT ?",
        (log.number, *names, before, most),
    )
    return [Quiet(*row) for row in rows]
