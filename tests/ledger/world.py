"""A made-up ledger to write tests on: keys that are in no file, a clock that can be turned, facts of every kind, any database.

Keys are the same in every run, so that a failing example can be repeated; ids are counted, not random.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lossproof.ledger.database import Database
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.outside import Outside
from lossproof.ledger.projection import Projection
from lossproof.ledger.publishing import Publisher
from lossproof.ledger.reading import Log, Reader, logs
from lossproof.ledger.receipts import Receipt
from lossproof.ledger.schema import create_tables
from lossproof.ledger.store import Ledger, begin_log, enrolment
from lossproof.model.fact import Authentication, Duty, Method, Predicate, Role, Statement, key_subject
from lossproof.model.facts.compromise import Compromise, CompromiseReason
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.holding import HoldingFact, Manifest, PeopleCount
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    Exemption,
    IdentifierScheme,
    Key,
    Person,
    Registration,
)
from lossproof.model.facts.request import Ask, Request
from lossproof.model.facts.retraction import Retraction, RetractionReason
from lossproof.wire.facts import encode_statement, subject_of

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOBODY = PeopleCount(low=0, point=0, high=0)
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def made_key(name: str) -> PrivateKey:
    """The key of this name: always the same one."""
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()))


LOG, OWNER, INSPECTOR, STRANGER = (made_key(name) for name in ("log", "owner", "inspector", "stranger"))
REGISTER = made_key("register")


@dataclass
class MadeClock:
    """A clock that stands still until it is turned."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)

    def moment(self) -> str:
        return self.at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class World:
    """A store with its first log. `connect` opens another connection to it."""

    connect: Callable[[], Database]
    keys: Path
    log_key: PrivateKey | None = LOG
    clock: MadeClock = field(default_factory=MadeClock)
    recipient: str | None = RECIPIENT
    _ids: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.database = self.connect()
        create_tables(self.database)
        begin_log(self.database, LOG, OWNER, INSPECTOR, self.recipient, clock=self.clock)
        self.outside = Outside(self.keys / "checkpoint")
        self.publisher = Publisher(self.log_key, self.outside, self.clock)
        self.publisher.publish(self.database)

    @property
    def log(self) -> Log:
        return logs(self.database)[-1]

    @property
    def reader(self) -> Reader:
        return Reader(self.database, self.log)

    @property
    def projection(self) -> Projection:
        return Projection(self.reader)

    @property
    def ledger(self) -> Ledger:
        return Ledger(database=self.database, log=self.log, publisher=self.publisher, behind="")

    @property
    def controller(self) -> str:
        return self.projection.organisations()[0].subject

    def new_id(self) -> str:
        return sha256(b"id %d" % next(self._ids)).hexdigest()[:32]

    def signed(self, predicate: Predicate, *subjects: str, by: PrivateKey = INSPECTOR) -> bytes:
        statement = Statement(subjects=tuple(subject_of(one) for one in subjects), predicate=predicate)
        return sign_statement(encode_statement(statement), by)

    def holding(self, device: str, *more: str, by: PrivateKey = INSPECTOR, manifest: Manifest | None = None) -> bytes:
        fact = HoldingFact(
            true_at=self.clock.moment(),
            method=Method.READ,
            tool="lossproof 0.1.0",
            scan=self.new_id(),
            rules=1,
            people=NOBODY,
            raw=NOBODY,
            people_by_category={},
            identifiers={},
            unattributed={},
            named_only=0,
            possible=0,
            files=1,
            not_examined={},
            interrupted=False,
            exposed=False,
            manifest=manifest,
        )
        return self.signed(fact, device, *more, by=by)

    def device(
        self,
        subject: str,
        *identifiers: tuple[IdentifierScheme, str],
        kind: DeviceKind = DeviceKind.STICK,
        action: Action = Action.CREATED,
        by: PrivateKey = OWNER,
        organisation: str | None = None,
    ) -> bytes:
        known = tuple(DeviceIdentifier(scheme=scheme, digest=digest) for scheme, digest in identifiers)
        thing = Device(kind=kind, organisation=organisation or self.controller, identifiers=known)
        return self.registration(subject, action=action, device=thing, by=by)

    def registration(
        self, subject: str, *, action: Action = Action.CREATED, by: PrivateKey = OWNER, **thing: object
    ) -> bytes:
        fact = Registration(true_at=self.clock.moment(), action=action, **thing)
        return self.signed(fact, subject, by=by)

    def ended(self, subject: str, by: PrivateKey = OWNER) -> bytes:
        return self.registration(subject, action=Action.ENDED, by=by)

    def enrolment(self, key: PrivateKey, role: Role, *, by: PrivateKey = OWNER, **more: str) -> bytes:
        home = more.pop("organisation", self.controller)
        return enrolment(key.public, home, role, by, clock=self.clock, **more)

    def enrolled_for(
        self,
        key: PrivateKey,
        role: Role,
        *,
        by: PrivateKey = REGISTER,
        organisation: str = "",
        person: str | None = None,
    ) -> bytes:
        """The enrolment of a key that is a person's, or a machine's."""
        home = organisation or self.controller
        enrolled = Key(public_key=key.public.hex(), organisation=home, role=role, replaces=None, person=person)
        return self.registration(key_subject(key.keyid), key=enrolled, by=by)

    def person(self, subject: str, *duties: Duty, by: PrivateKey = REGISTER, organisation: str = "") -> bytes:
        return self.registration(
            subject, person=Person(organisation=organisation or self.controller, duties=duties), by=by
        )

    def exception(
        self,
        subject: str,
        device: str,
        approver: str,
        *,
        hours: float = 24,
        by: PrivateKey = REGISTER,
        organisation: str = "",
        action: Action = Action.CREATED,
    ) -> bytes:
        until = (self.clock.at + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        home = organisation or self.controller
        thing = Exemption(device=device, organisation=home, approver=approver, until=until, reason="urgent")
        return self.registration(subject, action=action, exception=thing, by=by)

    def custody(self, event: CustodyEvent, *devices: str, by: PrivateKey = REGISTER, **more: str) -> bytes:
        fact = Custody(true_at=self.clock.moment(), event=event, by=None, authenticated=Authentication.PASSWORD, **more)
        return self.signed(fact, *devices, by=by)

    def request(self, *devices: str, ask: Ask = Ask.DOES_NOT_ENCRYPT, by: PrivateKey = REGISTER) -> bytes:
        fact = Request(
            true_at=self.clock.moment(),
            request=self.new_id(),
            ask=ask,
            by=None,
            authenticated=Authentication.LINK,
            due_at=self.clock.moment(),
        )
        return self.signed(fact, *devices, by=by)

    def retraction(self, leaf: int, by: PrivateKey, *, digest: str | None = None) -> bytes:
        entry = self.reader.leaf(leaf).entry
        fact = Retraction(
            true_at=self.clock.moment(),
            leaf=leaf,
            envelope=digest or entry.digest,
            reason=RetractionReason.RECORDED_IN_ERROR,
        )
        subjects = self.reader.statement(entry.digest).subjects
        return sign_statement(encode_statement(Statement(subjects=subjects, predicate=fact)), by)

    def compromise(self, key: PrivateKey, by: PrivateKey = OWNER) -> bytes:
        fact = Compromise(true_at=self.clock.moment(), fingerprint=key.keyid, reason=CompromiseReason.LOST)
        return self.signed(fact, key_subject(key.keyid), by=by)

    def append(self, *envelopes: bytes) -> tuple[Receipt, ...]:
        """Append each, all in one transaction."""
        with self.ledger.write() as writer:
            for envelope in envelopes:
                writer.append(envelope)
        return writer.receipts

    def write(self):  # the writer's context
        return self.ledger.write()

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """All rows of a table, in an order of their own."""
        return sorted(map(repr, self.database.execute(f"SELECT * FROM {table}")))
