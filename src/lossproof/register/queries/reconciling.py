"""What does not match: media that were seen and nobody claimed, and devices that share an identifier."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from lossproof.ledger.database import Database
from lossproof.ledger.reading import Log


class Unclaimed(NamedTuple):
    """A medium that was seen and is nobody's: never registered (`kind` None), or registered by an agent as something other, without
    a holder or an asset tag. `device` is where the next page begins."""

    device: int
    subject: str
    kind: str | None
    organisation: str | None
    inspected_at: int | None
    standing: str | None


class Shared(NamedTuple):
    """An identifier that several devices have; `subjects` by id."""

    scheme: str
    digest: str
    subjects: tuple[str, ...]


def unclaimed(
    database: Database, log: Log, organisations: Collection[str], after: int = -1, most: int = 50
) -> list[Unclaimed]:
    """Media that were seen and nobody claimed, by number behind `after`. One that was never registered is of no organisation, and
    shown to whoever sees the controller's: the caller asks for it with the others."""
    names = sorted(organisations)
    marks = ", ".join("?" * len(names)) or "NULL"
    rows = database.execute(
        "SELECT device, subject, kind, organisation, inspected_at, standing FROM register_device d "  # noqa: S608  our own text
        "WHERE device > ? AND ended = 0 AND (kind IS NULL AND EXISTS (SELECT 1 FROM register_evidence e "
        "WHERE e.device = d.device) OR kind = 'other' AND holder IS NULL AND custody IS NULL "
        f"AND COALESCE(organisation, '') IN ({marks}) AND NOT EXISTS (SELECT 1 FROM ledger_device_identifier i "
        "WHERE i.log = ? AND i.subject = d.subject AND i.scheme = 'asset_tag')) ORDER BY device LIMIT ?",
        (after, *names, log.number, most),
    )
    return [Unclaimed(*row) for row in rows]


def shared_identifiers(database: Database, log: Log, organisations: Collection[str], most: int = 200) -> list[Shared]:
    """Identifiers of more than one device that has not ended, where all of them are of these organisations."""
    twice = database.execute(
        "SELECT i.digest, i.scheme FROM ledger_device_identifier i WHERE i.log = ? GROUP BY i.digest, i.scheme "
        "HAVING COUNT(*) > 1 ORDER BY i.digest, i.scheme",
        (log.number,),
    )
    seen = frozenset(organisations)
    found: list[Shared] = []
    for digest, scheme in twice:
        rows = database.execute(
            "SELECT i.subject, d.organisation FROM ledger_device_identifier i JOIN register_device d ON d.subject = i.subject "
            "WHERE i.log = ? AND i.digest = ? AND i.scheme = ? AND d.compliant IN (0, 1) ORDER BY i.subject",
            (log.number, digest, scheme),
        )
        if len(rows) > 1 and all(organisation in seen for _, organisation in rows):
            found.append(Shared(scheme, digest, tuple(subject for subject, _ in rows)))
        if len(found) >= most:
            break
    return found
