"""What a ledger knows of a device, as it was known at a time: every fact in order, who stated it, and what that word is worth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lossproof.errors import InputError
from lossproof.jobs.overview import identifiers
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.projection import Projection
from lossproof.ledger.reading import Leaf, Reader
from lossproof.ledger.registered import EnrolledKey, RegisteredDevice
from lossproof.ledger.store import Ledger
from lossproof.model.fact import Grade, Predicate, Relation, Role
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import Registration
from lossproof.model.facts.retraction import Retraction
from lossproof.policy.grade import grade
from lossproof.wire.facts import decode_statement, encode_predicate

_FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. `retracted_by` and `key_compromised` are leaves, as far as they were known at the time that was asked about."""

    leaf: int
    kind: str
    known_at: str
    true_at: str
    signer: str
    organisation: str
    relation: Relation
    role: Role
    grade: Grade | None
    retracted_by: int | None
    key_compromised: int | None
    raised: bool
    predicate: Predicate


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A device as it is registered now, what it is called (as `overview.identifiers` gives it), and its facts in the order in
    which they became known."""

    device: RegisteredDevice
    identifiers: tuple[dict[str, str | None], ...]
    as_known_at: str | None
    events: tuple[Event, ...]


def moment_of(text: str) -> str:
    """A time as the log writes it, from RFC 3339 or a plain date. Raises `InputError`."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("not a date or time", hint="such as 2026-11-23 or 2026-11-23T09:14:00Z") from None
    if moment.year < _FIRST_YEAR:
        raise InputError("no log was begun so early", hint="such as 2026-11-23 or 2026-11-23T09:14:00Z")
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + _rest_of_second(text)


def _rest_of_second(text: str) -> str:
    """A time to the second means all of that second; a date means its first moment, and no more."""
    return "999Z" if ":" in text else "000Z"


def history(ledger: Ledger, device: str, as_known_at: str | None = None) -> History:
    """Every fact about a device that was known at a time (as `moment_of` gives it), or now. Raises `InputError`."""
    with ledger.database.snapshot():
        reader, projection = ledger.reader, ledger.projection
        found = _device(reader, projection, device)
        leaves = [
            leaf for leaf in reader.chain(found.subject) if as_known_at is None or leaf.entry.known_at <= as_known_at
        ]
        last = known_leaves(reader, as_known_at)
        stated = [_stated(reader, leaf) for leaf in leaves]
        withdrawn = _withdrawn(stated)
        events = tuple(_event(projection, one, withdrawn, last) for one in stated)
        called = tuple(identifiers(ledger, found))
    return History(device=found, identifiers=called, as_known_at=as_known_at, events=events)


def _device(reader: Reader, projection: Projection, text: str) -> RegisteredDevice:
    """The device that `text` names. One whose registration is withdrawn is no longer registered, and still has its history."""
    try:
        return projection.find_device(text)
    except InputError:
        for leaf in reader.chain(text):
            fact = reader.statement(leaf.entry.digest).predicate
            if isinstance(fact, Registration) and fact.device is not None:
                home, kind = fact.device.organisation, fact.device.kind.value
                return RegisteredDevice(text, kind, home, None, leaf.index, ())
        raise


def known_leaves(reader: Reader, known_at: str | None) -> int:
    """How many leaves were known at a time (as `moment_of` gives it), or are now: times never fall along the log."""
    low, high = 0, reader.size
    if known_at is None:
        return high
    while low < high:
        middle = (low + high) // 2
        if reader.leaf(middle).entry.known_at <= known_at:
            low = middle + 1
        else:
            high = middle
    return low


class _Stated(NamedTuple):
    leaf: Leaf
    predicate: Predicate
    signer: str


def _stated(reader: Reader, leaf: Leaf) -> _Stated:
    envelope = open_envelope(reader.envelope(leaf.entry.digest))
    return _Stated(leaf, decode_statement(envelope.payload).predicate, envelope.keyid)


def _withdrawn(stated: list[_Stated]) -> dict[str, int]:
    """The first retraction among the leaves of each envelope that was withdrawn."""
    found: dict[str, int] = {}
    for leaf, predicate, _ in stated:
        if isinstance(predicate, Retraction):
            found.setdefault(predicate.envelope, leaf.index)
    return found


def _event(projection: Projection, stated: _Stated, withdrawn: dict[str, int], last: int) -> Event:
    leaf, predicate, signer = stated
    digest = leaf.entry.digest
    key = _key(projection, signer)
    # As of the fact, as verifiers have it; of an organisation that nothing registers it is a claim.
    relation = projection.relation(key.organisation, leaf.index) or Relation.PROCESSOR
    method = predicate.method if isinstance(predicate, InspectionFact | HoldingFact) else None
    compromised = key.compromised if key.compromised is not None and key.compromised < last else None
    return Event(
        leaf=leaf.index,
        kind=predicate.KIND,
        known_at=leaf.entry.known_at,
        true_at=predicate.true_at,
        signer=key.fingerprint,
        organisation=key.organisation,
        relation=relation,
        role=key.role,
        grade=grade(relation=relation, role=key.role, method=method) if method else None,
        retracted_by=withdrawn.get(digest),
        key_compromised=compromised,
        raised=leaf.raised,
        predicate=predicate,
    )


def _key(projection: Projection, fingerprint: str) -> EnrolledKey:
    key = projection.key(fingerprint)
    if key is None:
        raise InputError("a fact about this device is by a key that the ledger does not know", hint="run `ledger fsck`")
    return key


def shape(found: History) -> dict[str, Any]:
    """As `ledger show DEVICE --json` prints it: what each fact says stands under `says`, as in its statement."""
    events = []
    for one in found.events:
        fields = (
            "leaf",
            "kind",
            "known_at",
            "true_at",
            "signer",
            "organisation",
            "retracted_by",
            "key_compromised",
            "raised",
        )
        event: dict[str, Any] = {name: getattr(one, name) for name in fields}
        event |= {
            "relation": one.relation.value,
            "role": one.role.value,
            "grade": one.grade.value if one.grade else None,
        }
        events.append(event | {"says": json.loads(encode_predicate(one.predicate))})
    device = found.device
    return {
        "device": device.subject,
        "kind": device.kind,
        "organisation": device.organisation,
        "ended": device.ended,
        "identifiers": list(found.identifiers),
        "as_known_at": found.as_known_at,
        "facts": events,
    }
