"""What the registrations amount to now: organisations, devices, keys, recipients, persons, exceptions; which facts are withdrawn.

Each table is a pure function of the facts of one log, in their order; `rebuild` computes it anew and gives equal rows. The
writer takes every fact in as it appends it, in the same transaction. A withdrawn registration counts as never made, except of
a key and of an exception: withdrawing one ends it, and nothing brings an ended one back. Left out: names and serial numbers
(erasable rows), custody, and every verdict (policy).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from lossproof.errors import InputError
from lossproof.ledger.database import Database, raw
from lossproof.ledger.projection_rows import THINGS, Rows
from lossproof.ledger.reading import Reader
from lossproof.ledger.registered import (
    EnrolledKey,
    EnrolledRecipient,
    GrantedException,
    RegisteredDevice,
    RegisteredOrganisation,
    RegisteredPerson,
    Thing,
)
from lossproof.ledger.schema import PROJECTIONS
from lossproof.model.fact import Duty, Relation, Role, Statement
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import (
    Action,
    Device,
    Key,
    Organisation,
    Registration,
)
from lossproof.model.facts.retraction import Retraction

_FOR_GOOD = frozenset({"key", "exception"})
"""What has one registration and at most one end, and is ended by withdrawing the former."""
_WHICH = " UNION ALL ".join(
    f"SELECT '{thing}', ended FROM ledger_{thing} WHERE log = ? AND subject = ?"  # noqa: S608  our own names
    for thing in THINGS
)

_ASKED = 500
"""How many devices are asked for in one statement."""

_KEY_COLUMNS = "subject, fingerprint, public_key, organisation, role, replaces, person, ended, compromised, leaf"
_EXCEPTION_COLUMNS = "subject, device, organisation, approver, until, reason, ended, leaf"


class Projection:
    """The projections of one log. Every method raises `StoreError` where the database cannot be read or written."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._log = reader.log.number
        self._rows = Rows(reader.database, self._log)

    @property
    def _database(self) -> Database:
        return self._reader.database

    def thing(self, subject: str) -> Thing | None:
        """What `subject` is registered as, or None."""
        rows = self._database.execute(_WHICH, (self._log, subject) * len(THINGS))
        return Thing(*rows[0]) if rows else None

    def key(self, mark: str) -> EnrolledKey | None:
        """The key with this fingerprint or subject, ended ones too, or None."""
        keys = self._keys("AND (fingerprint = ? OR subject = ?)", mark, mark)
        return keys[0] if keys else None

    def enrolled_keys(self) -> tuple[EnrolledKey, ...]:
        """Every key that was ever enrolled, in the order of enrolment."""
        return self._keys("")

    def _keys(self, condition: str, *values: str) -> tuple[EnrolledKey, ...]:
        rows = self._database.execute(
            f"SELECT {_KEY_COLUMNS} FROM ledger_key WHERE log = ? {condition} ORDER BY leaf, subject",  # noqa: S608  our own text
            (self._log, *values),
        )
        return tuple(EnrolledKey(a, b, raw(c), d, Role(e), *rest) for a, b, c, d, e, *rest in rows)

    def organisation(self, subject: str) -> RegisteredOrganisation | None:
        """The organisation, an ended one too, or None."""
        found = self._organisations("AND subject = ?", subject)
        return found[0] if found else None

    def relation(self, organisation: str, before: int | None = None) -> Relation | None:
        """The relation that an organisation was given, by the facts before a leaf, or by all; None where there is none. It keeps
        it, whatever is withdrawn, as verifiers have it (docs/reference/evidence-pack.md, step 14)."""
        for leaf in reversed(self._reader.chain(organisation, before)):
            fact = self._reader.statement(leaf.entry.digest).predicate
            if isinstance(fact, Genesis) and fact.organisation == organisation:
                return Relation.CONTROLLER
            if isinstance(fact, Registration) and fact.organisation is not None:
                return fact.organisation.relation
        return None

    def organisations(self) -> tuple[RegisteredOrganisation, ...]:
        """Every organisation, in the order of their last facts."""
        return self._organisations("")

    def _organisations(self, condition: str, *values: str) -> tuple[RegisteredOrganisation, ...]:
        rows = self._database.execute(
            "SELECT subject, relation, name, ended, leaf FROM ledger_organisation "  # noqa: S608  our own text
            f"WHERE log = ? {condition} ORDER BY leaf, subject",
            (self._log, *values),
        )
        return tuple(RegisteredOrganisation(a, Relation(b), *rest) for a, b, *rest in rows)

    def recipients(self) -> tuple[EnrolledRecipient, ...]:
        """Every recipient that was enrolled, the newest last."""
        rows = self._database.execute(
            "SELECT subject, recipient, fingerprint, ended, leaf FROM ledger_recipient WHERE log = ? ORDER BY leaf, subject",
            (self._log,),
        )
        return tuple(EnrolledRecipient(*row) for row in rows)

    def person(self, subject: str) -> RegisteredPerson | None:
        """The person with this id, one who has ended too, or None."""
        rows = self._database.execute(
            "SELECT subject, organisation, duties, ended, leaf FROM ledger_person WHERE log = ? AND subject = ?",
            (self._log, subject),
        )
        return _person(*rows[0]) if rows else None

    def people(self) -> tuple[RegisteredPerson, ...]:
        """Every person, in the order of their last facts."""
        rows = self._database.execute(
            "SELECT subject, organisation, duties, ended, leaf FROM ledger_person WHERE log = ? ORDER BY leaf, subject",
            (self._log,),
        )
        return tuple(_person(*row) for row in rows)

    def exception(self, subject: str) -> GrantedException | None:
        """The exception with this id, an ended one too, or None."""
        rows = self._database.execute(
            f"SELECT {_EXCEPTION_COLUMNS} FROM ledger_exception WHERE log = ? AND subject = ?",  # noqa: S608  our own text
            (self._log, subject),
        )
        return GrantedException(*rows[0]) if rows else None

    def exceptions(self, device: str) -> tuple[GrantedException, ...]:
        """Every exception that was ever made for a device, in order, ended ones too."""
        rows = self._database.execute(
            f"SELECT {_EXCEPTION_COLUMNS} FROM ledger_exception WHERE log = ? AND device = ? ORDER BY leaf",  # noqa: S608
            (self._log, device),
        )
        return tuple(GrantedException(*row) for row in rows)

    def device(self, subject: str) -> RegisteredDevice | None:
        """The device with this id, an ended one too, or None."""
        rows = self._database.execute(
            "SELECT subject, kind, organisation, ended, leaf FROM ledger_device WHERE log = ? AND subject = ?",
            (self._log, subject),
        )
        return self._with_identifiers(rows[0]) if rows else None

    def registered_devices(self, subjects: Collection[str]) -> set[str]:
        """Which of these are ids of devices that have not ended."""
        found: set[str] = set()
        wanted = sorted(subjects)
        for start in range(0, len(wanted), _ASKED):
            some = wanted[start : start + _ASKED]
            rows = self._database.execute(
                "SELECT subject FROM ledger_device WHERE log = ? AND ended IS NULL "  # noqa: S608  placeholders
                f"AND subject IN ({', '.join('?' * len(some))})",
                (self._log, *some),
            )
            found.update(row[0] for row in rows)
        return found

    def devices(self, after: str = "", limit: int = 1000) -> tuple[RegisteredDevice, ...]:
        """Devices by id, at most `limit` of those whose id comes after `after`."""
        rows = self._database.execute(
            "SELECT subject, kind, organisation, ended, leaf FROM ledger_device WHERE log = ? AND subject > ? "
            "ORDER BY subject LIMIT ?",
            (self._log, after, limit),
        )
        return tuple(self._with_identifiers(row) for row in rows)

    def _with_identifiers(self, row: tuple[str, str, str, int | None, int]) -> RegisteredDevice:
        found = self._database.execute(
            "SELECT scheme, digest FROM ledger_device_identifier WHERE log = ? AND subject = ?", (self._log, row[0])
        )
        return RegisteredDevice(*row, tuple(sorted((scheme, digest) for scheme, digest in found)))

    def find_device(self, text: str) -> RegisteredDevice:
        """The device that `text` names: its id, or an identifier that exactly one device has: a header's SHA-256, a volume's
        UUID, a serial number or an asset tag that stands in the erasable rows. Raises `InputError` for none or several."""
        subjects = self._having(text)
        if len(subjects) > 1:
            raise InputError(f"{len(subjects)} devices have this identifier", hint="name the device by its id")
        found = self.device(subjects.pop()) if subjects else None
        if found is None:
            raise InputError("the ledger knows no such device", hint="`lossproof ledger show` lists those it knows")
        return found

    def _having(self, text: str) -> set[str]:
        try:
            plain = hashlib.sha256(text.encode("utf-8")).hexdigest()
        except UnicodeEncodeError:
            return set()
        if "\0" in text:
            return set()
        if self.device(text) is not None:
            return {text}
        kept = self._database.execute("SELECT digest FROM ledger_erasable WHERE value = ?", (text,))
        subjects: set[str] = set()
        for digest in {text, plain, *(row[0] for row in kept)}:
            rows = self._database.execute(
                "SELECT i.subject FROM ledger_device_identifier i JOIN ledger_device d "
                "ON d.log = i.log AND d.subject = i.subject WHERE i.log = ? AND i.digest = ? AND d.ended IS NULL",
                (self._log, digest),
            )
            subjects.update(row[0] for row in rows)
        return subjects

    def is_retracted(self, digest: bytes) -> bool:
        """Whether the fact in the envelope with this SHA-256 is withdrawn."""
        rows = self._database.execute(
            "SELECT 1 FROM ledger_retraction WHERE log = ? AND envelope = ?", (self._log, digest)
        )
        return bool(rows)

    @property
    def applied(self) -> int:
        """How many leaves were taken in."""
        return int(self._database.execute("SELECT applied FROM ledger_log WHERE log = ?", (self._log,))[0][0])

    def rebuild(self) -> None:
        """Empty the tables of this log and fill them from its facts."""
        with self._database.transaction():
            for table in PROJECTIONS:
                self._database.execute(f"DELETE FROM {table} WHERE log = ?", (self._log,))  # noqa: S608  our own names
            self._set_applied(0)
            self.catch_up()

    def catch_up(self) -> None:
        """Take in the leaves that are not yet."""
        with self._database.transaction():
            start, size = self.applied, self._reader.size
            for leaf in self._reader.leaves(start, size):
                if leaf.entry.kind == "fact":
                    statement = self._reader.statement(leaf.entry.digest)
                    if statement.subjects[0].id == leaf.entry.about:
                        self.apply(leaf.index, statement)
            if size > start:
                self._set_applied(size)

    def _set_applied(self, count: int) -> None:
        self._database.execute("UPDATE ledger_log SET applied = ? WHERE log = ?", (count, self._log))

    def apply(self, leaf: int, statement: Statement) -> None:
        """Take in one fact whose first leaf is `leaf`; those before it are in already, and stand in the database."""
        subject, predicate = statement.subjects[0].id, statement.predicate
        if isinstance(predicate, Registration):
            self._register(leaf, subject, predicate)
        elif isinstance(predicate, Genesis):
            self._begin(predicate, {one.id: leaf + number for number, one in enumerate(statement.subjects)})
        elif isinstance(predicate, Compromise):
            self._database.execute(
                "UPDATE ledger_key SET compromised = ? WHERE log = ? AND fingerprint = ? AND compromised IS NULL",
                (leaf, self._log, predicate.fingerprint),
            )
        elif isinstance(predicate, Retraction):
            self._retract(leaf, predicate)

    def put_devices(self, registered: Mapping[str, tuple[int, Device]]) -> None:
        """Take in registrations of devices, all at once: by their ids, the leaf that says so and what it says."""
        self._rows.put_devices([(leaf, subject, device) for subject, (leaf, device) in registered.items()])

    def _begin(self, genesis: Genesis, leaves: Mapping[str, int]) -> None:
        """Take in what the first fact of a log says of the subjects that have these leaves."""
        if (leaf := leaves.get(genesis.organisation)) is not None:
            self._rows.put_organisation(
                leaf, genesis.organisation, Organisation(relation=Relation.CONTROLLER, name=None)
            )
        if (leaf := leaves.get(genesis.owner)) is not None:
            key = genesis.owner_key
            owner = Key(public_key=key, organisation=genesis.organisation, role=Role.OWNER, replaces=None)
            self._rows.put_key(leaf, genesis.owner, owner)
        log = self._reader.log.subject
        if genesis.recipient is not None and (leaf := leaves.get(log)) is not None:
            self._rows.put_recipient(leaf, log, genesis.recipient)

    def _register(self, leaf: int, subject: str, fact: Registration) -> None:
        if fact.action is Action.ENDED:
            self._rows.end(leaf, subject)
        elif fact.organisation is not None:
            self._rows.put_organisation(leaf, subject, fact.organisation)
        elif fact.device is not None:
            self._rows.put_devices([(leaf, subject, fact.device)])
        elif fact.key is not None:
            self._rows.put_key(leaf, subject, fact.key)
        elif fact.person is not None:
            self._rows.put_person(leaf, subject, fact.person)
        elif fact.exception is not None:
            self._rows.put_exception(leaf, subject, fact.exception)
        elif fact.recipient is not None:
            self._rows.put_recipient(leaf, subject, fact.recipient)

    def _retract(self, leaf: int, fact: Retraction) -> None:
        digest = bytes.fromhex(fact.envelope)
        if self.is_retracted(digest):
            return
        self._database.execute(
            "INSERT INTO ledger_retraction (log, envelope, leaf) VALUES (?, ?, ?)", (self._log, digest, leaf)
        )
        target = self._reader.statement(digest)
        if not isinstance(target.predicate, Registration):
            return
        subject = target.subjects[0].id
        thing = self.thing(subject)
        if thing is not None and thing.name in _FOR_GOOD:
            if target.predicate.action is not Action.ENDED:
                self._rows.end(leaf, subject)
            return
        self._fold(leaf, subject)

    def _fold(self, stop: int, subject: str) -> None:
        """Compute the rows of one subject anew from its facts before `stop` that are not withdrawn."""
        self._rows.forget(subject)
        for leaf in self._reader.chain(subject, stop):
            if not self.is_retracted(bytes.fromhex(leaf.entry.digest)):
                predicate = self._reader.statement(leaf.entry.digest).predicate
                if isinstance(predicate, Registration):
                    self._register(leaf.index, subject, predicate)
                elif isinstance(predicate, Genesis):
                    self._begin(predicate, {subject: leaf.index})


def _person(subject: str, organisation: str, duties: str, ended: int | None, leaf: int) -> RegisteredPerson:
    return RegisteredPerson(subject, organisation, frozenset(map(Duty, duties.split())), ended, leaf)
