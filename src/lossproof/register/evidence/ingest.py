"""Signed facts into the log, many at once: an outcome for each, and one that is refused costs the others nothing.

The signatures are the authentication: an envelope is taken in for what its key may say, whoever brings it, and bringing it
again changes nothing. Beyond what the log asks (`ledger.admission`) a fact must come from somebody who looks at devices, be about
devices that are registered, and, from a processor's key, about that processor's own. All that is accepted is in one
transaction, with what stands in erasable rows behind it and the register's projection. No Django here: `make bench` calls it too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lossproof.errors import InputError, LossproofError, PolicyError, StoreError
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.erasable import keep_given, keep_manifest, salted_digest
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.manifest import SealedManifest
from lossproof.ledger.reading import log_states
from lossproof.ledger.receipts import Receipt
from lossproof.ledger.registered import EnrolledKey, RegisteredDevice
from lossproof.ledger.store import Ledger
from lossproof.model.fact import LOOKERS, Relation, Statement
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import Action, Device, DeviceIdentifier, IdentifierScheme, Registration
from lossproof.model.facts.retraction import Retraction
from lossproof.model.shapes import whole_sectors
from lossproof.register.evidence.binding import Sight, bind, shows_more
from lossproof.wire.checkin import MOST_MANIFEST_BYTES, Value
from lossproof.wire.facts import decode_statement

_SALTED = frozenset({IdentifierScheme.SERIAL, IdentifierScheme.ASSET_TAG})

Project = Callable[[Writer], object]
"""Brings a projection up to the log, in the writer's transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one fact: `envelope` is the SHA-256 of its bytes, `receipt` is there unless it was refused, and `error` only
    then. `known` was in the log already."""

    status: Literal["accepted", "known", "refused"]
    envelope: str
    receipt: Receipt | None
    error: LossproofError | None


def ingest(
    ledger: Ledger,
    facts: Sequence[bytes],
    values: Sequence[Value] = (),
    manifests: Sequence[bytes] = (),
    *,
    register_key: PrivateKey | None = None,
    project: Project | None = None,
) -> list[Outcome]:
    """Append what may be appended; the outcomes in the order of `facts`. With `register_key` what accepted inspections show of their
    devices' identifiers is registered (`binding`). Inside an atomic block of the caller the receipts are not
    there yet: call it outside.

    Raises `StoreError` where nothing could be written, or where the clock of the log was shown to be wrong; then nothing was
    refused either, and the same facts may be brought again.
    """
    with ledger.write() as writer:
        if log_states(ledger.database)[-1].clock_ahead:
            raise StoreError(
                "an outside clock showed the time of this log more than ten minutes ahead",
                hint="nothing was refused: bring the facts again when the register's clock is right",
            )
        before = writer.size
        admission = _Admission(ledger)
        added = writer.append_each(facts, admission.admit)
        new = {
            leaves[0].entry.digest
            for leaves in added
            if not isinstance(leaves, LossproofError) and leaves[0].index >= before
        }
        if new and (values or manifests):
            _keep(ledger, [one for one in facts if hashlib.sha256(one).hexdigest() in new], values, manifests)
        if register_key is not None:
            for sight in admission.sights:
                if sight.envelope in new:
                    bind(ledger, writer, register_key, sight)
        if project is not None:
            project(writer)
    receipts = {one.envelope: one for one in writer.receipts}
    outcomes = []
    for envelope, leaves in zip(facts, added, strict=True):
        digest = hashlib.sha256(envelope).hexdigest()
        if isinstance(leaves, LossproofError):
            outcomes.append(Outcome(status="refused", envelope=digest, receipt=None, error=leaves))
            continue
        outcomes.append(
            Outcome(
                status="accepted" if digest in new else "known", envelope=digest, receipt=receipts[digest], error=None
            )
        )
        new.discard(digest)
    return outcomes


class _Admission:
    """What a register asks of facts that come in from elsewhere, over what the log itself asks."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._projection = ledger.projection
        self._devices: dict[str, RegisteredDevice] = {}  # until the next registration
        self._processors: dict[str, bool] = {}
        self._ended: dict[str, bool] = {}
        self.sights: list[Sight] = []

    def admit(self, statement: Statement, key: EnrolledKey, digest: bytes) -> None:
        """Return if such a fact by this key is taken in here. Raises `PolicyError` or `InputError`."""
        if not key.active:
            return  # the log refuses it, and says why
        if self._has_ended(key.organisation):
            raise PolicyError(
                "the organisation of the key that signed the fact has ended",
                hint="ask IT which organisation you are of now, and for a code for another key",
            )
        if key.role not in LOOKERS:
            raise PolicyError(
                f"a key with the role {key.role.value} speaks elsewhere: here agents, inspectors, importers and auditors do"
            )
        predicate = statement.predicate
        if isinstance(predicate, InspectionFact | HoldingFact):
            for one in statement.subjects:
                device = self._checked(one.id, key)
                if isinstance(predicate, InspectionFact) and shows_more(predicate, device):
                    self.sights.append(Sight(envelope=digest.hex(), device=one.id, fact=predicate, key=key))
        elif isinstance(predicate, Registration) and predicate.device is not None:
            self._check_new(predicate, predicate.device, key)
            self._devices.clear()
        elif isinstance(predicate, Retraction):
            self._check_withdrawn(predicate)
        else:
            raise PolicyError(f"a {statement.kind} of this sort is not taken in here")

    def _check_new(self, fact: Registration, device: Device, key: EnrolledKey) -> None:
        """A machine says that a device is there. What it is from then on, IT says: as another kind no rule might be about it."""
        if fact.action is not Action.CREATED:
            raise PolicyError(
                "what a registered device is, is changed by the register's people", hint="IT does, on its page"
            )
        if not self._is_processors(key.organisation):
            return
        # A salt is random: who has the same digest has copied it, and would be shown what stands behind it.
        for one in device.identifiers:
            if one.scheme in _SALTED and self._is_anothers(one, key.organisation):
                raise PolicyError("a digest of this registration is of another organisation's device")

    def _check_withdrawn(self, fact: Retraction) -> None:
        """A registration that is withdrawn takes the device out of every list, whoever has it."""
        digest = bytes.fromhex(fact.envelope)
        if not self._ledger.reader.leaves_of(digest):
            return  # the log refuses it, and says why
        if isinstance(self._ledger.reader.statement(digest).predicate, Registration):
            raise PolicyError("a registration is not withdrawn from here", hint="ask IT to end the device on its page")

    def _is_anothers(self, identifier: DeviceIdentifier, organisation: str) -> bool:
        rows = self._ledger.database.execute(
            "SELECT 1 FROM ledger_device_identifier i JOIN ledger_device d ON d.log = i.log AND d.subject = i.subject "
            "WHERE i.log = ? AND i.scheme = ? AND i.digest = ? AND d.organisation <> ? LIMIT 1",
            (self._ledger.log.number, identifier.scheme.value, identifier.digest, organisation),
        )
        return bool(rows)

    def _checked(self, subject: str, key: EnrolledKey) -> RegisteredDevice:
        device = self._devices.get(subject)
        if device is None:
            device = self._projection.device(subject)
            if device is None:
                raise InputError("the device is not registered", hint="send its registration first")
            if device.ended is not None:
                raise InputError("the device has ended", hint="register what turned up again as another")
            self._devices[subject] = device
        if device.organisation != key.organisation and self._is_processors(key.organisation):
            raise PolicyError("a processor's key speaks of devices of its own organisation alone")
        return device

    def _has_ended(self, organisation: str) -> bool:
        """Whether the organisation has ended: of its keys a register ends those alone that it enrols."""
        if organisation not in self._ended:
            found = self._projection.organisation(organisation)
            self._ended[organisation] = found is None or found.ended is not None
        return self._ended[organisation]

    def _is_processors(self, organisation: str) -> bool:
        if organisation not in self._processors:
            self._processors[organisation] = self._projection.relation(organisation) in (None, Relation.PROCESSOR)
        return self._processors[organisation]


def _keep(ledger: Ledger, accepted: Sequence[bytes], values: Sequence[Value], manifests: Sequence[bytes]) -> None:
    """Keep what stands behind the digests of facts that have just been accepted. What belongs to none of them is dropped."""
    named: set[tuple[str, str]] = set()
    sealed: dict[str, tuple[str, HoldingFact]] = {}
    for envelope in accepted:
        statement = decode_statement(open_envelope(envelope).payload)
        fact = statement.predicate
        if isinstance(fact, Registration) and fact.device is not None:
            named |= {(one.scheme.value, one.digest) for one in fact.device.identifiers}
        elif isinstance(fact, InspectionFact) and fact.serial is not None:
            named.add(("serial", fact.serial))
        elif isinstance(fact, HoldingFact) and fact.manifest is not None:
            sealed[fact.manifest.sha256] = (statement.subjects[0].id, fact)
    for value in values:
        if (value.kind, value.digest) in named and _is_behind(value):
            keep_given(ledger.database, value.digest, value.kind, value.salt, value.value)
    for ciphertext in manifests:
        digest = hashlib.sha256(ciphertext).hexdigest()
        device, holding = sealed.get(digest, ("", None))
        if holding is None or holding.manifest is None or len(ciphertext) > MOST_MANIFEST_BYTES:
            continue
        if whole_sectors(len(ciphertext)) == holding.manifest.size_bytes:
            keep_manifest(
                ledger.database,
                device,
                SealedManifest(
                    ciphertext=ciphertext,
                    sha256=digest,
                    size_bytes=len(ciphertext),
                    recipient_fingerprint=holding.manifest.recipient,
                ),
            )


def _is_behind(value: Value) -> bool:
    """Whether a value is what its digest says, and can be shown: not empty, without control characters."""
    try:
        return value.value.isprintable() and salted_digest(value.salt, value.value) == value.digest
    except LossproofError:
        return False
