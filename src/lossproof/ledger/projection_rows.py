"""Rows of the projections, written: what `projection` derives from a fact, into the table of what the fact is about.

Left out: which fact says what, and what a withdrawal takes back (`projection`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from lossproof.ledger.database import Database
from lossproof.ledger.keys import fingerprint
from lossproof.model.facts.registration import Device, Exemption, Key, Organisation, Person

Values = dict[str, str | bytes | int | None]

THINGS = ("organisation", "device", "key", "recipient", "person", "exception")
"""What can be registered; each has a table."""

_MADE_ANEW = ("organisation", "device", "device_identifier", "recipient", "person")
"""The tables whose rows a withdrawal makes anew: not those of what is ended for good."""


class Rows:
    """The rows of one log. Every method raises `StoreError` where the database cannot be written."""

    def __init__(self, database: Database, log: int) -> None:
        self._database = database
        self._log = log

    def forget(self, subject: str) -> None:
        """Drop what the tables say of a subject, to say it anew."""
        for table in _MADE_ANEW:
            self._database.execute(
                f"DELETE FROM ledger_{table} WHERE log = ? AND subject = ?",  # noqa: S608  our own names
                (self._log, subject),
            )

    def end(self, leaf: int, subject: str) -> None:
        """End what a subject is registered as, unless it has ended."""
        for thing in THINGS:
            self._database.execute(
                f"UPDATE ledger_{thing} SET ended = ? WHERE log = ? AND subject = ? AND ended IS NULL",  # noqa: S608
                (leaf, self._log, subject),
            )

    def put_organisation(self, leaf: int, subject: str, thing: Organisation) -> None:
        """Make the row of an organisation what its last fact says."""
        self._put(
            "organisation", {"subject": subject, "relation": thing.relation.value, "name": thing.name, "leaf": leaf}
        )

    def put_devices(self, registered: Sequence[tuple[int, str, Device]]) -> None:
        """Make the rows of devices, and those of their identifiers, what their last facts say: (leaf, id, device)."""
        log = self._log
        self._database.executemany(
            "INSERT INTO ledger_device (log, subject, kind, organisation, leaf) VALUES (?, ?, ?, ?, ?) ON CONFLICT "
            "(log, subject) DO UPDATE SET kind = excluded.kind, organisation = excluded.organisation, leaf = excluded.leaf, "
            "ended = NULL",
            [(log, subject, thing.kind.value, thing.organisation, leaf) for leaf, subject, thing in registered],
        )
        self._database.executemany(
            "DELETE FROM ledger_device_identifier WHERE log = ? AND subject = ?",
            [(log, subject) for _, subject, _ in registered],
        )
        identifiers = (
            sorted({(log, subject, one.scheme.value, one.digest) for one in thing.identifiers})
            for _, subject, thing in registered
        )
        self._database.executemany(
            "INSERT INTO ledger_device_identifier (log, subject, scheme, digest) VALUES (?, ?, ?, ?)",
            [row for some in identifiers for row in some],
        )

    def put_key(self, leaf: int, subject: str, thing: Key) -> None:
        """Make the row of a key."""
        public = bytes.fromhex(thing.public_key)
        values: Values = {"subject": subject, "fingerprint": fingerprint(public), "public_key": public, "leaf": leaf}
        values |= {"organisation": thing.organisation, "role": thing.role.value, "replaces": thing.replaces}
        self._put("key", values | {"person": thing.person})

    def put_recipient(self, leaf: int, subject: str, recipient: str) -> None:
        """Make the row of a recipient."""
        mark = hashlib.sha256(recipient.encode("ascii")).hexdigest()
        self._put("recipient", {"subject": subject, "recipient": recipient, "fingerprint": mark, "leaf": leaf})

    def put_person(self, leaf: int, subject: str, thing: Person) -> None:
        """Make the row of a person what their last fact says."""
        duties = " ".join(sorted({duty.value for duty in thing.duties}))
        self._put("person", {"subject": subject, "organisation": thing.organisation, "duties": duties, "leaf": leaf})

    def put_exception(self, leaf: int, subject: str, thing: Exemption) -> None:
        """Make the row of an exception."""
        values: Values = {"subject": subject, "device": thing.device, "organisation": thing.organisation}
        values |= {"approver": thing.approver, "until": thing.until, "reason": thing.reason, "leaf": leaf}
        self._put("exception", values)

    def _put(self, thing: str, values: Values) -> None:
        """Make the row of a subject, or make it what it is now."""
        names = ", ".join(values)
        changed = ", ".join(f"{name} = excluded.{name}" for name in values if name != "subject")
        self._database.execute(
            f"INSERT INTO ledger_{thing} (log, {names}) VALUES (?{', ?' * len(values)}) "  # noqa: S608  our own names
            f"ON CONFLICT (log, subject) DO UPDATE SET {changed}, ended = NULL",
            (self._log, *values.values()),
        )
