"""A store whose keys are at hand without a passphrase, and as many made-up facts for it as are asked for."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lossproof.ledger.database import SqliteDatabase, is_url, open_database
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.schema import create_tables
from lossproof.ledger.store import Ledger, begin_log, open_ledger
from lossproof.model.fact import Method, Predicate, Statement
from lossproof.model.facts.inspection import InspectionFact, LayerExtent, LayerKdf, LayerProtector, SeenLayer
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.model.volume import Access, Content, Protection
from lossproof.wire.facts import encode_statement, subject_of

TOOL = "lossproof 0.1.0"
BATCH = 500
_AHEAD = 6


class Made(NamedTuple):
    """A store that was made, and its keys."""

    store: str
    keys: Path
    log_key: PrivateKey
    inspector: PrivateKey

    def open(self) -> Ledger:
        """The store, with the key of its log."""
        return open_ledger(self.store, self.keys, self.log_key)


def make_store(store: str, keys: Path) -> Made:
    """What `lossproof ledger init` makes, its keys not written down: no time goes into passphrases."""
    keys.mkdir(parents=True)
    log_key, owner, inspector = (PrivateKey.generate() for _ in range(3))
    database = open_database(store) if is_url(store) else SqliteDatabase(Path(store), create=True)
    with database:
        create_tables(database)
        begin_log(database, log_key, owner, inspector, None)
    return Made(store, keys, log_key, inspector)


def identity(number: int) -> str:
    """The id of the device with this number."""
    return hashlib.sha256(b"device %d" % number).hexdigest()[:32]


def digest(*words: object) -> str:
    """Some SHA-256."""
    return hashlib.sha256(repr(words).encode()).hexdigest()


def inspection(number: int) -> InspectionFact:
    """What an inspection of an encrypted stick says: about 1.2 kB as a statement."""
    kdf = LayerKdf(name="argon2id", hash="sha256", iterations=4, memory_kib=1 << 20, lanes=4)
    volume = SeenLayer(
        parent=None,
        scheme="luks2",
        offset_bytes=0,
        size_bytes=32 << 30,
        uuid=digest("uuid", number),
        header=digest("header", number),
        cipher="aes-xts-plain64",
        key_bits=512,
        state=None,
        protectors=(LayerProtector(kind="keyslot", kdf=kdf),),
        findings=("encrypted",),
        extents=(LayerExtent(offset_bytes=0, size_bytes=16 << 20, content=Content.METADATA),),
    )
    return InspectionFact(
        true_at="2026-11-01T09:00:00Z",
        method=Method.READ,
        tool=TOOL,
        size_bytes=32 << 30,
        bytes_read=1 << 20,
        header=digest("header", number),
        serial=digest("serial", number),
        layers=(volume,),
        disagreements=(),
        shown=Protection.PROTECTED,
        access=Access.NO,
        table=digest("table of ciphers"),
    )


def statement(predicate: Predicate, device: int) -> bytes:
    """A fact about one device, as it is signed."""
    return encode_statement(Statement(subjects=(subject_of(identity(device)),), predicate=predicate))


def registration(device: int, organisation: str) -> Registration:
    """A stick becomes known by its header."""
    header = DeviceIdentifier(scheme=IdentifierScheme.HEADER, digest=digest("header", device))
    thing = Device(kind=DeviceKind.STICK, organisation=organisation, identifiers=(header,))
    return Registration(true_at="2026-11-01T08:00:00Z", action=Action.CREATED, device=thing)


def register(ledger: Ledger, inspector: PrivateKey, devices: int) -> None:
    """Register devices 0 to `devices`."""
    organisation = ledger.projection.organisations()[0].subject
    for first in range(0, devices, BATCH):
        batch = range(first, min(first + BATCH, devices))
        facts = [sign_statement(statement(registration(one, organisation), one), inspector) for one in batch]
        with ledger.write() as writer:
            writer.append_many(facts)


def inspections(secret: bytes, devices: int, first: int, count: int) -> list[bytes]:
    """Envelopes of inspections number `first` on, each of a device drawn by its number; no two are the same."""
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(secret))
    draw = random.Random(first)
    start = datetime(2026, 11, 1, 9, tzinfo=UTC)
    made = []
    for number in range(first, first + count):
        at = (start + timedelta(seconds=number % 1_000_000)).strftime("%Y-%m-%dT%H:%M:%SZ")
        device = draw.randrange(devices)
        fact = replace(_seen(device), true_at=at, bytes_read=512 * (number + 1))
        made.append(sign_statement(statement(fact, device), key))
    return made


_templates: dict[int, InspectionFact] = {}


def _seen(device: int) -> InspectionFact:
    if device not in _templates:
        _templates[device] = inspection(device)
    return _templates[device]


def secret_of(key: PrivateKey) -> bytes:
    """The 32 bytes of a made-up key, for a process that signs with it."""
    return key.ed25519.private_bytes_raw()


def signed_elsewhere(key: PrivateKey, devices: int, first: int, count: int) -> Iterator[Sequence[bytes]]:
    """Batches of inspections, signed in a process beside this one."""
    secret = secret_of(key)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[list[bytes]]] = []
        for at in itertools.count(first, BATCH):
            many = min(BATCH, first + count - at)
            if many > 0:
                waiting.append(pool.submit(inspections, secret, devices, at, many))
            if len(waiting) > _AHEAD or many <= 0:
                if not waiting:
                    return
                yield waiting.pop(0).result()
