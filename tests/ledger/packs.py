"""Made-up logs, the packs of their devices, and what somebody could do to such a pack: for all three verifiers.

`MadeLog` writes whatever it is told, as an operator could who has the log key and wishes to deceive: nothing is checked.
`random_pack` makes an honest pack of random shape; `mutants` of one are each to be refused, or named incomplete.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lossproof.ledger.checkpoint import Checkpoint, add_signatures, cosign, sign_checkpoint
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.heads import heads_root
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.note import COSIGNATURE_ED25519, VerifierKey
from lossproof.ledger.pack import Making, Signer, gather, seal
from lossproof.ledger.pack_forms import Name, NameKind
from lossproof.ledger.pack_members import PAGE
from lossproof.ledger.reading import Leaf, Log, StoredCheckpoint
from lossproof.ledger.tree import leaf_hashes, memory_reader, tree_root
from lossproof.ledger.trust import NONE, Group, TrustedLog, TrustedWitness, TrustPolicy
from lossproof.model.entry import Entry
from lossproof.model.fact import Authentication, Duty, Method, Predicate, Relation, Role, Statement, key_subject
from lossproof.model.facts.compromise import Compromise, CompromiseReason
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.genesis import EarlierLog, Genesis
from lossproof.model.facts.holding import HoldingFact, PeopleCount, Seen
from lossproof.model.facts.inspection import InspectionFact, LayerExtent, SeenLayer
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    Exemption,
    IdentifierScheme,
    Key,
    Organisation,
    Person,
    Registration,
)
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.request import Ask, Request
from lossproof.model.facts.retraction import Retraction, RetractionReason
from lossproof.model.volume import Access, Content, Protection
from lossproof.wire.facts import encode_entry, encode_statement, subject_of

TOOL = "lossproof 0.1.0"
MADE_AT = "2026-11-23T12:00:00Z"
START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
NO_ACCOUNT = "0" * 64


@dataclass
class MadeKey:
    """A key, the subject under which a pack relies on it, and the organisation for which it was enrolled, and by whom, if it was."""

    secret: PrivateKey
    subject: str = ""
    organisation: str = ""
    enrolled_by: MadeKey | None = None

    def __post_init__(self) -> None:
        self.subject = self.subject or key_subject(self.mark)

    @property
    def mark(self) -> str:
        """Its fingerprint."""
        return self.secret.keyid


class MadeLog:
    """A log in memory, as `ledger.pack.PackSource`. It begins with genesis; all else is up to the caller."""

    def __init__(self, draw: random.Random, *, earlier: EarlierLog | None = None) -> None:
        self.draw = draw
        self.now = START
        self.earlier = earlier
        self.log_key = self.new_key().secret
        subject = self.identity()
        self.log = Log(number=1, origin=f"lossproof/{subject}", subject=subject, public=self.log_key.public)
        self.entries_made: list[Entry] = []
        self.texts: list[bytes] = []
        self.envelopes: dict[str, bytes] = {}
        self.keys: dict[str, MadeKey] = {}
        self.names: dict[str, Name] = {}
        self.notes: dict[int, bytes] = {}
        self.tokens: dict[int, bytes] = {}
        self.witnesses: list[tuple[str, PrivateKey]] = []
        self.controller = self.identity()
        self.owner = self.new_key()
        self.begin(self.log.origin)

    def begin(self, origin: str) -> None:
        """Genesis, about the log, the owner's key and the controller."""
        self.owner.organisation = self.controller
        genesis = Genesis(
            true_at=self.moment(),
            origin=origin,
            log_key=self.log_key.public.hex(),
            owner_key=self.owner.secret.public.hex(),
            owner=self.owner.subject,
            organisation=self.controller,
            recipient=None,
            earlier=self.earlier,
        )
        self.state(self.owner, genesis, self.log.subject, self.owner.subject, self.controller)

    # Values

    def identity(self) -> str:
        return self.draw.randbytes(16).hex()

    def digest(self) -> str:
        return self.draw.randbytes(32).hex()

    def new_key(self) -> MadeKey:
        return MadeKey(PrivateKey(Ed25519PrivateKey.from_private_bytes(self.draw.randbytes(32))))

    def moment(self, later: timedelta = timedelta(0)) -> str:
        return (self.now + later).strftime("%Y-%m-%dT%H:%M:%SZ")

    def named(self, kind: NameKind, value: str) -> str:
        """The salted digest of a value, which stands in names.json unless it is erased."""
        salt = self.draw.randbytes(16)
        digest = sha256(salt + value.encode()).hexdigest()
        self.names[digest] = Name(digest=digest, kind=kind, salt=salt.hex(), value=value)
        return digest

    # Writing

    def append(self, about: str | None, digest: str, *, known_at: datetime | None = None, **changed: object) -> int:
        """One entry, honest unless a field is given another value."""
        self.now += timedelta(seconds=self.draw.randrange(1, 90))
        kind = "heads" if about is None else "fact"
        fields: dict[str, object] = {
            "v": 1,
            "kind": kind,
            "known_at": (known_at or self.now).strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.draw.randrange(1000):03}Z",
            "about": about,
            "previous": max((i for i, one in enumerate(self.entries_made) if one.about == about), default=None),
            "digest": digest,
        }
        entry = Entry(**(fields | changed))  # type: ignore[arg-type]
        self.entries_made.append(entry)
        self.texts.append(encode_entry(entry))
        return len(self.texts) - 1

    def envelope_of(self, key: MadeKey, predicate: Predicate, *subjects: str) -> bytes:
        statement = Statement(subjects=tuple(map(subject_of, subjects)), predicate=predicate)
        return sign_statement(encode_statement(statement), key.secret)

    def state(self, key: MadeKey, predicate: Predicate, *subjects: str) -> int:
        """A signed fact: one leaf a subject; the index of the first."""
        return self.state_bytes(key, self.envelope_of(key, predicate, *subjects), *subjects)

    def state_bytes(self, key: MadeKey, envelope: bytes, *subjects: str, known_at: datetime | None = None) -> int:
        digest = sha256(envelope).hexdigest()
        self.envelopes[digest] = envelope
        self.keys[key.mark] = key
        first = len(self.texts)
        for subject in subjects:
            self.append(subject, digest, known_at=known_at)
        return first

    def heads_leaf(self, *, leave_out: frozenset[str] = frozenset()) -> int:
        pairs = [pair for pair in self.heads(len(self.texts)) if pair[0] not in leave_out]
        return self.append(None, heads_root(pairs).hex())

    def checkpoint_now(
        self, *, cosigners: Iterable[tuple[str, PrivateKey]] | None = None, at: datetime | None = None
    ) -> bytes:
        """Sign the tree as it stands, cosigned by these or by all witnesses."""
        root = tree_root(leaf_hashes(self.texts))
        note = sign_checkpoint(Checkpoint(origin=self.log.origin, size=len(self.texts), root=root), self.log_key)
        seconds = int((at or self.now).timestamp()) + 1
        lines = [cosign(note, key, name, seconds) for name, key in (self.witnesses if cosigners is None else cosigners)]
        self.notes[len(self.texts)] = add_signatures(note, lines)
        return self.notes[len(self.texts)]

    # Facts

    def register(self, signer: MadeKey, subject: str, action: Action = Action.CREATED, **thing: object) -> int:
        return self.state(signer, Registration(true_at=self.moment(), action=action, **thing), subject)  # type: ignore[arg-type]

    def organisation(self, relation: Relation, name: str = "") -> str:
        subject = self.identity()
        digest = self.named(NameKind.ORGANISATION, name) if name else None
        self.register(self.owner, subject, organisation=Organisation(relation=relation, name=digest))
        return subject

    def enrol(
        self, role: Role, organisation: str | None = None, *, by: MadeKey | None = None, key: MadeKey | None = None
    ) -> MadeKey:
        made = key or self.new_key()
        made.organisation, made.enrolled_by = organisation or self.controller, by or self.owner
        thing = Key(public_key=made.secret.public.hex(), organisation=made.organisation, role=role, replaces=None)
        self.register(by or self.owner, made.subject, key=thing)
        return made

    def end(self, key: MadeKey) -> int:
        return self.register(self.owner, key.subject, Action.ENDED)

    def withdraw(self, key: MadeKey) -> int:
        """Retract its enrolment, as who enrolled it."""
        return self.retract(key.enrolled_by or self.owner, self.chain(key.subject)[0].index)

    def device(self, by: MadeKey | None = None, serial: str = "") -> str:
        subject = self.identity()
        identifiers = [DeviceIdentifier(scheme=IdentifierScheme.HEADER, digest=self.digest())]
        if serial:
            digest = self.named(NameKind.SERIAL, serial)
            identifiers.append(DeviceIdentifier(scheme=IdentifierScheme.SERIAL, digest=digest))
        thing = Device(kind=DeviceKind.STICK, organisation=self.controller, identifiers=tuple(identifiers))
        self.register(by or self.owner, subject, device=thing)
        return subject

    def inspection(self, *, method: Method = Method.READ, later: timedelta = timedelta(0)) -> InspectionFact:
        layer = SeenLayer(
            parent=None,
            scheme=self.draw.choice(["luks2", "fat", "bitlocker"]),
            offset_bytes=0,
            size_bytes=1 << 30,
            uuid=self.digest(),
            header=self.digest(),
            cipher="aes-xts-plain64",
            key_bits=512,
            state=None,
            protectors=(),
            findings=("encrypted",),
            extents=(LayerExtent(offset_bytes=0, size_bytes=1 << 20, content=Content.METADATA),),
        )
        return InspectionFact(
            true_at=self.moment(later),
            method=method,
            tool=TOOL,
            size_bytes=1 << 30,
            bytes_read=1 << 20,
            header=self.digest(),
            serial=None,
            layers=(layer,),
            disagreements=(),
            shown=self.draw.choice(list(Protection)),
            access=self.draw.choice(list(Access)),
            table=self.digest(),
        )

    def holding(self, *, method: Method = Method.READ) -> HoldingFact:
        point = self.draw.randrange(5000)
        none = PeopleCount(low=0, point=0, high=0)
        return HoldingFact(
            true_at=self.moment(),
            method=method,
            tool=TOOL,
            scan=self.identity(),
            rules=1,
            people=PeopleCount(low=point, point=point, high=point + 3),
            raw=none,
            people_by_category={"health": point // 3},
            identifiers={"nhs_number": Seen(distinct=point, mentions=2 * point)},
            unattributed={},
            named_only=0,
            possible=0,
            files=12,
            not_examined={"encrypted": 1},
            interrupted=False,
            exposed=self.draw.choice([True, False, None]),
            manifest=None,
        )

    def retract(self, key: MadeKey, leaf: int, *, envelope: str | None = None, about: str | None = None) -> int:
        target = self.entries_made[leaf]
        said = Retraction(
            true_at=self.moment(),
            leaf=leaf,
            envelope=envelope or target.digest,
            reason=RetractionReason.RECORDED_IN_ERROR,
        )
        return self.state(key, said, about or str(target.about))

    def compromise(self, key: MadeKey, by: MadeKey | None = None) -> int:
        said = Compromise(true_at=self.moment(), fingerprint=key.mark, reason=CompromiseReason.STOLEN)
        return self.state(by or self.owner, said, key.subject)

    def replay(self, key: MadeKey, size: int | None = None, root: str = "") -> int:
        """That all of the log was replayed to its size, or to this one; honest unless a root is given."""
        size = len(self.texts) if size is None else size
        root = root or tree_root(leaf_hashes(self.texts[:size])).hex()
        said = Replay(true_at=self.moment(), tool=TOOL, size=size, root=root)
        return self.state(key, said, self.log.subject)

    # What a register states for people

    def person(self, key: MadeKey) -> str:
        subject = self.identity()
        duties = tuple(self.draw.sample(list(Duty), self.draw.randrange(3)))
        self.register(key, subject, person=Person(organisation=self.controller, duties=duties))
        return subject

    def exception(self, key: MadeKey, device: str) -> str:
        subject = self.identity()
        until = self.moment(timedelta(days=7))
        leave = Exemption(
            device=device, organisation=self.controller, approver=self.identity(), until=until, reason="urgent"
        )
        self.register(key, subject, exception=leave)
        return subject

    def custody(self, key: MadeKey, device: str, **fields: object) -> int:
        said: dict[str, object] = {
            "true_at": self.moment(),
            "event": self.draw.choice(list(CustodyEvent)),
            "by": self.draw.choice([None, self.identity()]),
            "authenticated": self.draw.choice(list(Authentication)),
            "to": self.draw.choice([None, self.identity()]),
            "proof": self.draw.choice([None, self.digest()]),
        }
        return self.state(key, Custody(**(said | fields)), device)  # type: ignore[arg-type]

    def request(self, key: MadeKey, device: str) -> int:
        said = Request(
            true_at=self.moment(),
            request=self.identity(),
            ask=self.draw.choice(list(Ask)),
            by=self.identity(),
            authenticated=self.draw.choice(list(Authentication)),
            due_at=self.moment(timedelta(days=7)),
            outcome=self.draw.choice([None, "encrypted"]),
        )
        return self.state(key, said, device)

    def rules(self, key: MadeKey, version: int = 1) -> int:
        said = Policy(
            true_at=self.moment(),
            version=version,
            rules=self.digest(),
            effective_at=self.moment(),
            by=self.identity(),
            authenticated=self.draw.choice(list(Authentication)),
        )
        return self.state(key, said, self.controller)

    # Reading: `ledger.pack.PackSource`

    def leaf(self, index: int) -> Leaf:
        return Leaf(index, self.entries_made[index], self.texts[index], False)

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
        return map(self.leaf, range(len(self.texts))[start:stop])

    def chain(self, subject: str, stop: int | None = None) -> list[Leaf]:
        return [leaf for leaf in self.leaves(0, stop) if leaf.entry.about == subject]

    def envelope(self, digest: str) -> bytes:
        return self.envelopes[digest]

    def last_heads(self) -> Leaf | None:
        found = [leaf for leaf in self.leaves() if leaf.entry.kind == "heads"]
        return found[-1] if found else None

    def heads(self, stop: int) -> list[tuple[str, int]]:
        last = {str(leaf.entry.about): leaf.index for leaf in self.leaves(0, stop) if leaf.entry.about is not None}
        return sorted(last.items())

    def nodes(self, addresses: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        return memory_reader(leaf_hashes(self.texts))(addresses)

    def newest_checkpoint(self) -> StoredCheckpoint | None:
        return self.checkpoint(max(self.notes)) if self.notes else None

    def checkpoint(self, size: int) -> StoredCheckpoint | None:
        return StoredCheckpoint(size, self.notes[size], MADE_AT) if size in self.notes else None

    def recent(self, below: int, most: int) -> list[int]:
        return sorted((size for size in self.notes if size < below), reverse=True)[:most]

    def dated(self) -> list[int]:
        cosigned = {size for size, note in self.notes.items() if note.count("\n\N{EM DASH} ".encode()) > 1}
        return sorted(cosigned | self.tokens.keys())

    def stamps(self, size: int) -> list[bytes]:
        return [self.tokens[size]] if size in self.tokens else []

    # Packs

    def policy(self, quorum: str | int = NONE) -> TrustPolicy:
        """The policy that a verifier has: the log, its witnesses, and a quorum: `none`, or how many of them."""
        witnesses = tuple(
            TrustedWitness(name, VerifierKey(name=name, algorithm=COSIGNATURE_ED25519, public=key.public))
            for name, key in self.witnesses
        )
        groups = () if quorum == NONE else (Group("enough", int(quorum), tuple(one.name for one in witnesses)),)
        return TrustPolicy(
            logs=(TrustedLog(self.log.verifier),),
            witnesses=witnesses,
            groups=groups,
            quorum="enough" if groups else NONE,
        )

    def signer(self, mark: str) -> Signer | None:
        key = self.keys.get(mark)
        if key is None:
            return None
        return Signer(key.secret.public, (key.subject, key.organisation) if key.organisation else ())

    def known_names(self, digests: Iterable[str]) -> list[Name]:
        return [self.names[digest] for digest in digests if digest in self.names]

    def making(self, **options: object) -> Making:
        fields: dict[str, object] = {
            "log_key": self.log_key,
            "policy": self.policy(),
            "page": lambda _, **__: "<!doctype html><title>a page</title>",
            "made_at": MADE_AT,
            "tool": TOOL,
        }
        return Making(**(fields | options))  # type: ignore[arg-type]

    def members(self, device: str, **options: object) -> dict[str, bytes]:
        """What `ledger.pack` puts into a pack, and a page; no manifest yet."""
        found = gather(self, device, self.making(**options), signer=self.signer, names=self.known_names)
        return {**found[1], PAGE: b"<!doctype html><title>a page</title>"}

    def pack(self, device: str, **options: object) -> bytes:
        """A pack of a device, unchecked."""
        manifest, members = gather(self, device, self.making(**options), signer=self.signer, names=self.known_names)
        return seal({**members, PAGE: b"<!doctype html><title>a page</title>"}, manifest, self.log_key)


@dataclass(frozen=True)
class MadePack:
    """A pack, the log and device that it is of, the policy of who verifies it, and an earlier checkpoint that they may have."""

    log: MadeLog
    device: str
    pack: bytes
    policy: TrustPolicy
    since: bytes | None = None
    keys: dict[str, MadeKey] = field(default_factory=dict)


def random_pack(draw: random.Random, *, facts: int | None = None) -> MadePack:
    """An honest pack of random shape."""
    before = EarlierLog(origin=f"lossproof/{draw.randbytes(16).hex()}", size=4711, root=draw.randbytes(32).hex())
    log = MadeLog(draw, earlier=draw.choice([None, None, None, before]))
    log.witnesses = [(f"witness-{n}.example", log.new_key().secret) for n in range(draw.randrange(4))]
    processor = log.organisation(Relation.PROCESSOR, "Made-up Couriers Ltd") if draw.random() < 0.6 else log.controller
    auditor_firm = (
        log.organisation(Relation.AUDITOR, "Prüfer & Söhne \U0001f512") if draw.random() < 0.5 else log.controller
    )
    keys = {
        "inspector": log.enrol(Role.INSPECTOR),
        "agent": log.enrol(Role.AGENT, processor),
        "importer": log.enrol(Role.IMPORTER),
        "auditor": log.enrol(Role.AUDITOR, auditor_firm),
        "decider": log.enrol(Role.DECIDER),
        "register": log.enrol(Role.REGISTER),
    }
    observers = [keys[name] for name in ("inspector", "agent", "importer", "auditor")]
    early = draw.random() < 0.8
    devices = [log.device(draw.choice([log.owner, keys["inspector"]]), "SN-4711" if draw.random() < 0.5 else "")]
    if early:
        log.heads_leaf()
    stated: list[tuple[MadeKey, int]] = []
    for _ in range(draw.randrange(1, 24) if facts is None else facts):
        chance, key, device = draw.random(), draw.choice(observers), draw.choice(devices)
        method = draw.choice(list(Method))
        if chance < 0.4:
            stated.append((key, log.state(key, log.inspection(method=method), device)))
        elif chance < 0.65:
            stated.append((key, log.state(key, log.holding(method=method), device)))
        elif chance < 0.72 and len(devices) < 6:
            devices.append(log.device(serial="SN-" + log.identity()[:6]))
        elif chance < 0.78 and stated:
            signer, leaf = draw.choice(stated)
            log.retract(draw.choice([signer, keys["decider"]]), leaf)
        elif chance < 0.82:
            log.replay(keys["auditor"], draw.choice([None, draw.randrange(len(log.texts)), *log.notes]))
        elif chance < 0.86 and len(devices) > 1:
            log.state(key, log.inspection(method=method), *draw.sample(devices, 2))
        elif chance < 0.9:
            fresh = log.enrol(Role.INSPECTOR, processor)
            observers.append(fresh)
        elif chance < 0.93 and len(observers) > 4:
            gone = observers.pop()
            stated = [one for one in stated if one[0] is not gone]
            draw.choice([log.end, log.compromise, log.withdraw])(gone)
        elif chance < 0.95:
            log.heads_leaf()
        else:
            _stated_for_people(log, keys["register"], device, observers)
        if draw.random() < 0.3:
            log.checkpoint_now(cosigners=draw.sample(log.witnesses, draw.randrange(len(log.witnesses) + 1)))
    if log.last_heads() is None or draw.random() < 0.4:
        log.heads_leaf()
    if draw.random() < 0.3:
        log.names.clear()
    log.checkpoint_now()
    device = draw.choice(devices)
    since = log.notes[draw.choice(sorted(log.notes)[-MOST_COMPARABLE:])] if draw.random() < 0.6 else None
    quorum = draw.randrange(1, len(log.witnesses) + 1) if log.witnesses else NONE
    return MadePack(log, device, log.pack(device), log.policy(quorum), since, keys)


def _stated_for_people(log: MadeLog, register: MadeKey, device: str, observers: list[MadeKey]) -> None:
    """One thing that a register states."""
    way = log.draw.randrange(7)
    if way == 0:
        log.custody(
            register, device, exception=log.exception(register, log.draw.choice([device, log.person(register)]))
        )
    elif way == 1:
        log.request(register, device)
    elif way == 2:
        log.rules(register)
    elif way == 3:
        observers.append(log.enrol(log.draw.choice([Role.AGENT, Role.INSPECTOR, Role.IMPORTER]), by=register))
    elif way == 4:
        log.state(register, log.inspection(method=Method.REPORTED), device)
    elif way == 5:
        log.custody(register, device, exception=log.draw.choice([None, log.identity()]))
    else:
        log.retract(register, log.custody(register, device))


MOST_COMPARABLE = 64
