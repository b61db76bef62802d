"""A made-up estate: devices of a controller and its processors, and what was stated about them over three months.

Everything follows from the seed and the numbers: which device is encrypted how, who has it, when it was last looked at. Of a hundred
devices about sixty keep every rule; the others are stale, known by hearsay alone, weak, plain, missing, or spoken of in two ways.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ledger_facts import BATCH, TOOL, digest

from lossproof.ledger.database import SqliteDatabase, is_url, open_database
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.schema import create_tables
from lossproof.ledger.store import Ledger, begin_log, enrolment, open_ledger
from lossproof.model.fact import Authentication, Method, Predicate, Relation, Role, Statement
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.holding import HoldingFact, PeopleCount
from lossproof.model.facts.inspection import InspectionFact, LayerExtent, LayerKdf, LayerProtector, SeenLayer
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Organisation,
    Registration,
)
from lossproof.model.volume import Access, Content, Protection
from lossproof.register.projection import schema
from lossproof.wire.facts import encode_statement, subject_of

BEGIN = datetime(2026, 8, 24, 8, tzinfo=UTC)
DAYS = 90
NOW = BEGIN + timedelta(days=DAYS, hours=6)
"""When the estate is looked at."""

PROCESSORS = 5
KINDS = (DeviceKind.STICK, DeviceKind.STICK, DeviceKind.STICK, DeviceKind.LAPTOP, DeviceKind.DISK, DeviceKind.PHONE)
_AHEAD = 6
_START = (
    "inspected",
    "counted",
    "offered",
    "accepted",
)
_SORTS = (
    (60, "good"),
    (70, "stale"),
    (78, "hearsay"),
    (86, "weak"),
    (94, "plain"),
    (97, "missing"),
    (100, "two words"),
)


class MadeTime:
    """The clock of the log, which goes from the first day to the last as the facts come in."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> datetime:
        """The time now."""
        return self.at


@dataclass(frozen=True)
class Estate:
    """How large it is, from which seed, where it is kept, and its keys."""

    devices: int
    facts: int
    seed: int
    store: str
    keys: Path

    def key(self, name: str) -> PrivateKey:
        """The key of this name: the same for the same seed."""
        return key_of(self.seed, name)

    def open(self, clock: MadeTime) -> Ledger:
        """The store, with the key of its log."""
        return open_ledger(self.store, self.keys, self.key("log"), clock=clock)


@lru_cache(maxsize=64)
def key_of(seed: int, name: str) -> PrivateKey:
    """A made-up key."""
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()))


def identity(seed: int, *words: object) -> str:
    """A random id that follows from the seed."""
    return hashlib.sha256(repr((seed, *words)).encode()).hexdigest()[:32]


def sort_of(device: int) -> str:
    """Which sort of device it is."""
    place = device * 7919 % 100
    return next(sort for most, sort in _SORTS if place < most)


def organisation_of(seed: int, device: int, controller: str) -> str:
    """Whose device it is: seven of ten are the controller's."""
    place = device * 104_729 % 100
    return controller if place < 70 else identity(seed, "processor", place % PROCESSORS)


@lru_cache(maxsize=16)
def _layer(how: str) -> SeenLayer:
    strong = LayerKdf(name="argon2id", hash="sha256", iterations=4, memory_kib=1 << 20, lanes=4)
    weak = LayerKdf(name="pbkdf2", hash="sha1", iterations=1000, memory_kib=None, lanes=None)
    luks = how != "ext"
    return SeenLayer(
        parent=None,
        scheme={"luks2": "luks2", "luks1": "luks1"}.get(how, "ext"),
        offset_bytes=0,
        size_bytes=32 << 30,
        uuid=None,
        header=None,
        cipher="aes-xts-plain64" if luks else None,
        key_bits=512 if luks else None,
        state=None,
        protectors=(LayerProtector(kind="keyslot", kdf=strong if how == "luks2" else weak),) if luks else (),
        findings=(),
        extents=(LayerExtent(offset_bytes=0, size_bytes=16 << 20, content=Content.METADATA),),
    )


@lru_cache(maxsize=256)
def _inspection(how: str, method: Method) -> InspectionFact:
    return InspectionFact(
        true_at="2026-08-24T08:00:00Z",
        method=method,
        tool=TOOL,
        size_bytes=32 << 30,
        bytes_read=1 << 20,
        header="0" * 64,
        serial=None,
        layers=(_layer(how),),
        disagreements=(),
        shown=Protection.PROTECTED,
        access=Access.NO,
        table=digest("table of ciphers"),
    )


def _inspected(device: int, at: str, *, last: bool) -> InspectionFact:
    sort = sort_of(device)
    how = {"weak": "luks1", "plain": "ext"}.get(sort, "luks2")
    method = Method.REPORTED if sort == "hearsay" else Method.READ
    header = digest("header", device)
    base = _inspection(how, method)
    return replace(
        base,
        true_at=at,
        header=header,
        serial=digest("serial", device),
        layers=(replace(base.layers[0], uuid=digest("uuid", device), header=header),),
        disagreements=("encryption_not_shown",) if sort == "two words" and last else (),
    )


def _counted(seed: int, device: int, at: str) -> HoldingFact:
    people = device * 31 % 4000
    return HoldingFact(
        true_at=at,
        method=Method.READ,
        tool=TOOL,
        scan=identity(seed, "scan", device),
        rules=1,
        people=PeopleCount(low=people, point=people + people // 20, high=people + people // 8),
        raw=PeopleCount(low=0, point=0, high=0),
        people_by_category={"health": people // 3} if people else {},
        identifiers={},
        unattributed={},
        named_only=0,
        possible=0,
        files=40,
        not_examined={},
        interrupted=False,
        exposed=False,
        manifest=None,
    )


def _moved(seed: int, device: int, at: str, event: CustodyEvent) -> Custody:
    person = identity(seed, "person", device // 2)
    handed = event in {CustodyEvent.OFFERED, CustodyEvent.ACCEPTED}
    return Custody(
        true_at=at,
        event=event,
        by=identity(seed, "person", 0) if event is CustodyEvent.OFFERED else person,
        authenticated=Authentication.LINK if event is CustodyEvent.ACCEPTED else Authentication.TOTP,
        to=person if handed else None,
        organisation=None,
        handover=identity(seed, "handover", device) if handed else None,
        reason="issued" if handed else None,
    )


def what(device: int, turn: int, turns: int) -> str:
    """What is stated of a device when it is its turn for the so-manyth time."""
    if turn < len(_START):
        return _START[turn]
    sort, last = sort_of(device), turn == turns - 1
    if sort == "missing" and last:
        return "missing"
    if sort == "stale" and turn >= turns * 5 // 9:
        return "sighted"
    return "sighted" if turn % 3 == 0 and not last else "inspected"


def fact_of(estate: Estate, number: int, controller: str) -> tuple[bytes, str]:
    """The statement of a fact by its number, and the name of the key that signs it: the devices are registered first, then each has
    its turn, again and again."""
    seed = estate.seed
    turn, device = divmod(number, estate.devices)
    at = (time_of(estate, number) - timedelta(minutes=device % 59)).strftime("%Y-%m-%dT%H:%M:%SZ")
    predicate: Predicate
    signer = f"agent {device % 3}"
    if turn == 0:
        predicate, signer = _registered(seed, device, at, controller), "register"
    else:
        turns = (estate.facts - 1) // estate.devices
        stated = what(device, turn - 1, turns)
        if stated == "inspected":
            predicate = _inspected(device, at, last=turn >= turns)
            if sort_of(device) == "hearsay":
                signer = "importer" if device % 2 else f"processor {device % PROCESSORS}"
        elif stated == "counted":
            predicate = _counted(seed, device, at)
        else:
            predicate, signer = _moved(seed, device, at, CustodyEvent(stated)), "register"
    subject = subject_of(identity(seed, "device", device))
    return encode_statement(Statement(subjects=(subject,), predicate=predicate)), signer


def _registered(seed: int, device: int, at: str, controller: str) -> Registration:
    marks = (
        DeviceIdentifier(scheme=IdentifierScheme.HEADER, digest=digest("header", device)),
        DeviceIdentifier(scheme=IdentifierScheme.VOLUME, digest=digest("uuid", device)),
        DeviceIdentifier(scheme=IdentifierScheme.SERIAL, digest=digest("serial", device)),
    )
    home = organisation_of(seed, device, controller)
    thing = Device(kind=KINDS[device % len(KINDS)], organisation=home, identifiers=marks)
    return Registration(true_at=at, action=Action.CREATED, device=thing)


def time_of(estate: Estate, number: int) -> datetime:
    """When a fact is stated."""
    return BEGIN + timedelta(seconds=DAYS * 86_400 * number // max(estate.facts, 1))


def signed(estate: Estate, controller: str, first: int, count: int) -> list[bytes]:
    """Envelopes of the facts number `first` on."""
    made = [fact_of(estate, number, controller) for number in range(first, first + count)]
    return [sign_statement(statement, estate.key(name)) for statement, name in made]


def make(estate: Estate) -> str:
    """The store with its organisations and keys, and the register's tables; the id of the controller."""
    estate.keys.mkdir(parents=True)
    clock = MadeTime()
    is_server = is_url(estate.store)
    database = open_database(estate.store) if is_server else SqliteDatabase(Path(estate.store), create=True)
    with database:
        create_tables(database)
        begin_log(database, estate.key("log"), estate.key("owner"), None, None, clock=clock)
        schema.create_tables(database)
    with estate.open(clock) as ledger:
        controller = ledger.projection.organisations()[0].subject
        owner = estate.key("owner")
        with ledger.write() as writer:
            for number in range(PROCESSORS):
                home = identity(estate.seed, "processor", number)
                fact = Registration(
                    true_at="2026-08-24T08:00:00Z",
                    action=Action.CREATED,
                    organisation=Organisation(relation=Relation.PROCESSOR, name=None),
                )
                statement = Statement(subjects=(subject_of(home),), predicate=fact)
                writer.append(sign_statement(encode_statement(statement), owner))
                key = estate.key(f"processor {number}")
                writer.append(enrolment(key.public, home, Role.INSPECTOR, owner, clock=clock))
            roles = {"register": Role.REGISTER, "importer": Role.IMPORTER} | {
                f"agent {n}": Role.AGENT for n in range(3)
            }
            for name, role in roles.items():
                writer.append(enrolment(estate.key(name).public, controller, role, owner, clock=clock))
    return controller


def batches(estate: Estate, controller: str, first: int = 0, *, beside: bool = True) -> Iterator[Sequence[bytes]]:
    """All envelopes from number `first` on in batches, signed in a process `beside` this one."""
    starts = range(first, estate.facts, BATCH)
    if not beside:
        for at in starts:
            yield signed(estate, controller, at, min(BATCH, estate.facts - at))
        return
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[list[bytes]]] = []
        for at in itertools.chain(starts, itertools.repeat(None)):
            if at is not None:
                waiting.append(pool.submit(signed, estate, controller, at, min(BATCH, estate.facts - at)))
            if len(waiting) > _AHEAD or at is None:
                if not waiting:
                    return
                yield waiting.pop(0).result()


def load(estate: Estate, controller: str, *, beside: bool = True) -> None:
    """State every fact through the log, every signature checked; the register's tables are filled afterwards."""
    clock, number = MadeTime(), 0
    with estate.open(clock) as ledger:
        for batch in batches(estate, controller, beside=beside):
            clock.at = max(clock.at, time_of(estate, number + len(batch) - 1))
            with ledger.write() as writer:
                writer.append_many(batch)
            number += len(batch)
        clock.at = max(clock.at, NOW)


def brought(estate: Estate, first: int, count: int) -> list[bytes]:
    """Envelopes of inspections number `first` on, that the estate does not have yet, by its agents."""
    at = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    made = []
    for number in range(first, first + count):
        device = number * 7919 % estate.devices
        fact = replace(_inspected(device, at, last=False), method=Method.READ, bytes_read=512 * (number + 1))
        statement = Statement(subjects=(subject_of(identity(estate.seed, "device", device)),), predicate=fact)
        made.append(sign_statement(encode_statement(statement), estate.key(f"agent {device % 3}")))
    return made
