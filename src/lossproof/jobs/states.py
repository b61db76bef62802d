"""One device as policy reads it, folded from its facts in the log: as of any time, as known at any time.

    counts            a fact whose leaf was known by k, and which was true by t
    true_at           what the fact says, and never later than the log knew it, so that a clock some seconds ahead hides nothing
    withdrawn, void   by a retraction, or by a compromise of its key, whose leaf was known by k: their own true_at is not asked
    evidence          of each grade, signer and sight the newest by (true_at, leaf), void ones too; of contents of each grade
    custody           folded in the order of the log over what is not withdrawn (`policy.custody`)
    registration      the last that is not withdrawn; exceptions that have not ended

It reads the whole chain of the device, so it is right and slow: what a register keeps in tables is tested against it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar

from lossproof.errors import InputError
from lossproof.jobs.history import known_leaves
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.projection import Projection
from lossproof.ledger.reading import Leaf, Reader
from lossproof.ledger.registered import EnrolledKey
from lossproof.model.estate import Contents, DeviceState, Evidence, Exemption
from lossproof.model.fact import Grade, Predicate, Relation
from lossproof.model.facts.custody import Custody
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import Action, Device, Registration
from lossproof.model.facts.retraction import Retraction
from lossproof.policy.custody import Happened, fold
from lossproof.policy.grade import grade
from lossproof.policy.shape import shape_of
from lossproof.wire.facts import decode_statement

_Seen = TypeVar("_Seen", Evidence, Contents)


class Stated(NamedTuple):
    """One fact about a device: its leaf, the digest of its envelope, when it was true (UTC epoch seconds), and who signed it."""

    leaf: int
    digest: str
    true_at: int
    predicate: Predicate
    signer: str


class Known(NamedTuple):
    """The facts about a subject that were known by k and true by t, in the order of the log, and the digests of those that were
    withdrawn by then."""

    stated: tuple[Stated, ...]
    withdrawn: frozenset[str]

    def standing(self) -> Iterator[Stated]:
        """The facts that are not withdrawn."""
        return (one for one in self.stated if one.digest not in self.withdrawn)


def device_state(
    reader: Reader, projection: Projection, device: str, at: int | None = None, known_at: str | None = None
) -> DeviceState:
    """What was so of a device at `at` (UTC epoch seconds; None: now), as known at `known_at` (as `history.moment_of` gives it).

    Raises `InputError` where it was not registered then.
    """
    size = known_leaves(reader, known_at)
    return state_of(reader, projection, device, known_of(reader, device, at, size), at, size)


def state_of(
    reader: Reader, projection: Projection, device: str, known: Known, at: int | None, size: int
) -> DeviceState:
    """`device_state` from the facts that were known of the device (`known_of` with the same `at` and `size`)."""
    registered, ended = _registered(known)
    if registered is None:
        raise InputError("this device was not registered then")
    keys = _Keys(projection, size)
    return DeviceState(
        device=device,
        kind=registered.kind,
        organisation=registered.organisation,
        relation=projection.relation(registered.organisation, size) or Relation.PROCESSOR,
        ended=ended,
        evidence=_newest(_evidence(known, keys), lambda one: (one.grade, one.signer, one.layers)),
        contents=_newest(_contents(known, keys), lambda one: one.grade),
        custody=fold(happened(one, said) for one, said in custody_events(known)).now,
        exemptions=_exemptions(reader, projection, device, at, size),
        identifiers=frozenset((one.scheme, one.digest) for one in registered.identifiers),
    )


def known_of(reader: Reader, subject: str, at: int | None = None, size: int | None = None) -> Known:
    """The facts about a subject before leaf `size` (None: all) that were true by `at` (None: now)."""
    facts, withdrawn = [], set()
    for leaf in reader.chain(subject, size):
        envelope = open_envelope(reader.envelope(leaf.entry.digest))
        predicate = decode_statement(envelope.payload).predicate
        if isinstance(predicate, Retraction):
            withdrawn.add(predicate.envelope)
        true_at = _true_at(leaf, predicate)
        if at is None or true_at <= at:
            facts.append(Stated(leaf.index, leaf.entry.digest, true_at, predicate, envelope.keyid))
    return Known(tuple(facts), frozenset(withdrawn))


def custody_events(known: Known) -> Iterator[tuple[Stated, Custody]]:
    """What happened to the device, in the order of the log."""
    return ((one, one.predicate) for one in known.standing() if isinstance(one.predicate, Custody))


def happened(one: Stated, said: Custody) -> Happened:
    """An event of custody as policy reads it."""
    return Happened(said.event, said.to, said.organisation, one.true_at, one.leaf)


def seconds_of(moment: str) -> int:
    """A time of a fact or an entry as UTC epoch seconds."""
    return int(datetime.fromisoformat(moment).timestamp())


def _true_at(leaf: Leaf, predicate: Predicate) -> int:
    return min(seconds_of(predicate.true_at), seconds_of(leaf.entry.known_at))


def _registered(known: Known) -> tuple[Device | None, bool]:
    device, ended = None, False
    for one in known.standing():
        if isinstance(one.predicate, Registration):
            ended = one.predicate.action is Action.ENDED
            device = one.predicate.device or device
    return device, ended


class _Keys:
    """The keys that signed facts about a device, and what was known of them by a size of the log."""

    def __init__(self, projection: Projection, size: int) -> None:
        self._projection = projection
        self._size = size
        self._keys: dict[str, EnrolledKey] = {}

    def key(self, mark: str) -> EnrolledKey:
        if mark not in self._keys:
            found = self._projection.key(mark)
            if found is None:
                raise InputError(
                    "a fact about this device is by a key that the ledger does not know", hint="run `ledger fsck`"
                )
            self._keys[mark] = found
        return self._keys[mark]

    def compromised(self, mark: str) -> bool:
        leaf = self.key(mark).compromised
        return leaf is not None and leaf < self._size

    def grade(self, one: Stated, fact: InspectionFact | HoldingFact) -> Grade:
        key = self.key(one.signer)
        relation = self._projection.relation(key.organisation, one.leaf) or Relation.PROCESSOR
        return grade(relation=relation, role=key.role, method=fact.method)


def _evidence(known: Known, keys: _Keys) -> Iterator[Evidence]:
    for one in known.stated:
        fact = one.predicate
        if isinstance(fact, InspectionFact):
            key = keys.key(one.signer)
            yield Evidence(
                leaf=one.leaf,
                true_at=one.true_at,
                grade=keys.grade(one, fact),
                method=fact.method,
                layers=shape_of(fact.layers),
                disagreements=fact.disagreements,
                header=fact.header,
                serial=fact.serial,
                signer=one.signer,
                person=key.person,
                organisation=key.organisation,
                void=one.digest in known.withdrawn or keys.compromised(one.signer),
            )


def _contents(known: Known, keys: _Keys) -> Iterator[Contents]:
    """`people` and those in what no file claims (`raw`) may be the same people, or others. A look from outside counts nobody."""
    for one in known.stated:
        fact = one.predicate
        if isinstance(fact, HoldingFact) and not fact.from_outside:
            yield Contents(
                leaf=one.leaf,
                true_at=one.true_at,
                grade=keys.grade(one, fact),
                low=max(fact.people.low, fact.raw.low),
                point=max(fact.people.point, fact.raw.point),
                high=fact.people.high + fact.raw.high,
                categories=tuple(sorted(fact.people_by_category.items())),
                named_only=fact.unsettled,
                complete=not fact.interrupted and not any(fact.not_examined.values()),
                void=one.digest in known.withdrawn or keys.compromised(one.signer),
            )


def _newest(found: Iterable[_Seen], kind: Callable[[_Seen], Hashable]) -> tuple[_Seen, ...]:
    """The newest of each kind, by rising grade and time."""
    newest: dict[Hashable, _Seen] = {}
    for one in sorted(found, key=lambda one: (one.true_at, one.leaf)):
        newest[kind(one)] = one
    grades = tuple(Grade)
    return tuple(sorted(newest.values(), key=lambda one: (grades.index(one.grade), one.true_at, one.leaf)))


def _exemptions(
    reader: Reader, projection: Projection, device: str, at: int | None, size: int
) -> tuple[Exemption, ...]:
    found = []
    for granted in projection.exceptions(device):
        known = known_of(reader, granted.subject, at, size)
        said = [one for one in known.stated if isinstance(one.predicate, Registration)]
        # Nothing brings an exception back: one fact makes it, and those after it end it.
        if len(said) != 1 or said[0].digest in known.withdrawn:
            continue
        found.append(
            Exemption(
                id=granted.subject,
                until=seconds_of(granted.until),
                approver=granted.approver,
                leaf=said[0].leaf,
                organisation=granted.organisation,
            )
        )
    return tuple(sorted(found, key=lambda one: one.leaf))
