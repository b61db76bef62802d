"""Which facts the log takes in: by whose key, of which kind, about what. All is looked at before anything is written.

The roles stand beside each kind (`SIGNERS`). What a verifier must not have to trust is left to the verifier: that a fact is
here shows that it was signed, by a key that was enrolled and in force, and no more. Refused: `PolicyError` where a rule
forbids it, `InputError` where it speaks of something that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from lossproof.errors import InputError, PolicyError, StoreError
from lossproof.ledger.keys import fingerprint
from lossproof.ledger.projection import Projection
from lossproof.ledger.reading import Log, Reader
from lossproof.ledger.registered import EnrolledKey, RegisteredDevice, Thing
from lossproof.ledger.registers import oversteps
from lossproof.model.entry import CLOCKS_DIFFER
from lossproof.model.fact import Predicate, Relation, Role, Statement, key_subject
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.custody import Custody
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.registration import Action, Device, Exemption, Key, Organisation, Registration
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.request import Request
from lossproof.model.facts.retraction import Retraction

Admit = Callable[[Statement, EnrolledKey, bytes], None]
"""Looks at a fact that was signed by an enrolled key, with its envelope's SHA-256, and raises `PolicyError` or `InputError` where it is
not to be taken in."""

ABOUT_DEVICES = (InspectionFact, HoldingFact, Custody, Request)
"""Facts that change nothing which a later fact of the same transaction is checked against."""


def may_wait(predicate: Predicate) -> bool:
    """Whether the leaves of a fact may be written later, many at once: it changes no key, and those that come after it are checked
    against the projection alone, which takes it in at once."""
    return isinstance(predicate, ABOUT_DEVICES) or device_of(predicate) is not None


def device_of(predicate: Predicate) -> Device | None:
    """The device that is registered, where the fact is of one."""
    return predicate.device if isinstance(predicate, Registration) else None


class Admission:
    """The rules of one log, over what stands in it."""

    def __init__(self, reader: Reader, projection: Projection, logs: tuple[Log, ...]) -> None:
        self._reader = reader
        self._projection = projection
        self._logs = logs
        # Until anything but a device is registered: what inspections may be about, what is registered as a device for sure, and
        # which organisations are.
        self._devices: set[str] = set()
        self._registered: set[str] = set()
        self._organisations: set[str] = set()

    def look_up(self, statements: Iterable[Statement]) -> None:
        """Find the devices that these are about, all at once."""
        about = {one.id for said in statements if isinstance(said.predicate, ABOUT_DEVICES) for one in said.subjects}
        found = self._projection.registered_devices(about - self._registered)
        self._registered |= found
        self._devices |= found

    def check(self, statement: Statement, key: EnrolledKey, known_at: datetime, *, is_new: bool = False) -> None:
        """Return if a fact by this key, known at this time, is taken in. `is_new` says that nothing in the log is about its
        subjects. Raises `PolicyError` or `InputError`."""
        predicate = statement.predicate
        if key.compromised is not None:
            raise PolicyError("the key that signed the fact is recorded as compromised", hint="sign with another key")
        if key.ended is not None:
            raise PolicyError("the key that signed the fact has ended", hint="sign with a key that is enrolled")
        if isinstance(predicate, Genesis):
            raise PolicyError("a log begins once")
        if key.role not in predicate.signers():
            raise PolicyError(f"a key with the role {key.role.value} may not state a {statement.kind}")
        if datetime.fromisoformat(predicate.true_at) > known_at + CLOCKS_DIFFER:
            raise PolicyError(
                "the fact says that it was true at a time that is still to come", hint="see that both clocks are right"
            )
        if isinstance(predicate, InspectionFact | HoldingFact):
            self._check_devices(statement)
        elif isinstance(predicate, Custody | Request):
            self._check_registered(_only_subject(statement), statement.kind)
        elif not may_wait(predicate):
            self._devices.clear()
            self._registered.clear()
            self._organisations.clear()
        if isinstance(predicate, Registration):
            self._check_registration(statement, predicate, key, is_new=is_new)
        elif isinstance(predicate, Retraction):
            self._check_retraction(statement, predicate, key)
        elif isinstance(predicate, Compromise):
            self._check_compromise(statement, predicate)
        elif isinstance(predicate, Replay):
            self._check_replay(statement, predicate)
        elif isinstance(predicate, HoldingFact):
            self._check_holding(predicate)
        elif isinstance(predicate, Policy):
            self._check_policy(statement)

    def _check_devices(self, statement: Statement) -> None:
        """Every pack relies on the log, the keys and their organisations, whose chains must not be for everybody to lengthen."""
        for one in statement.subjects:
            if one.id in self._devices:
                continue
            thing = self._projection.thing(one.id)
            if self._is_log(one.id) or (thing is not None and thing.name != "device"):
                raise InputError(f"a {statement.kind} is about devices, and this is something else")
            self._devices.add(one.id)

    def _check_registered(self, subject: str, kind: str) -> None:
        if subject in self._registered:
            return
        device = self._projection.device(subject)
        if device is None or device.ended is not None:
            raise InputError(
                f"a {kind} is about a device that is registered, and this one is not, or has ended",
                hint="register it first",
            )
        self._registered.add(subject)

    def _check_policy(self, statement: Statement) -> None:
        if self._projection.relation(_only_subject(statement)) is not Relation.CONTROLLER:
            raise InputError("rules are the controller's, and this is something else")

    def _is_log(self, subject: str) -> bool:
        return any(log.subject == subject for log in self._logs)

    def _check_registration(
        self, statement: Statement, fact: Registration, signer: EnrolledKey, *, is_new: bool
    ) -> None:
        subject = _only_subject(statement)
        if self._is_log(subject) and fact.recipient is None and fact.action is not Action.ENDED:
            raise InputError("this id is the log's own")
        if fact.key is not None:
            self._check_key(subject, fact.key, fact.action)
        thing = None if is_new else self._projection.thing(subject)
        if fact.action is Action.CREATED and thing is not None:
            raise InputError("what is to be registered is registered already", hint="state what has changed")
        if fact.action is not Action.CREATED and (thing is None or thing.ended is not None):
            raise InputError("what has changed or ended is not registered, or has ended")
        if fact.action is Action.CHANGED and thing is not None and getattr(fact, thing.name) is None:
            raise InputError("what has changed is registered as something else")
        for part in (fact.device, fact.key, fact.person, fact.exception):
            if part is not None:
                self._check_organisation(part.organisation)
        if signer.role is Role.REGISTER:
            self._check_register(subject, fact, thing)
        if fact.organisation is not None:
            self._check_relation(subject, fact.organisation)
        if fact.exception is not None:
            self._check_exception(fact, fact.exception)
        if fact.device is not None:
            before = None if thing is None else self._projection.device(subject)
            self._check_device(fact.device, before, signer)
        if fact.action is Action.ENDED and thing is not None and thing.name == "key":
            self._check_last_owner(subject)

    def _check_organisation(self, subject: str) -> None:
        if subject in self._organisations:
            return
        organisation = self._projection.organisation(subject)
        if organisation is None or organisation.ended is not None:
            raise InputError("the organisation is not registered, or has ended", hint="register it first")
        self._organisations.add(subject)

    def _check_relation(self, subject: str, organisation: Organisation) -> None:
        """What was stated under one relation is never read under another, also not after a withdrawal."""
        if self._projection.relation(subject) not in (None, organisation.relation):
            raise PolicyError("an organisation keeps its relation", hint="register it anew, under another id")

    def _check_register(self, subject: str, fact: Registration, thing: Thing | None) -> None:
        key, relation = None, None
        if fact.action is Action.ENDED:
            key, relation = self._projection.key(subject), self._projection.relation(subject)
        is_sealed_to = self._is_log(subject) or (thing is not None and thing.name == "recipient")
        if oversteps(fact, role=None if key is None else key.role, relation=relation, is_sealed_to=is_sealed_to):
            raise PolicyError(
                "a register does not say who the controller is, and ends no recipient, and of keys only those of agents, "
                "inspectors and importers",
                hint="an owner does: `lossproof ledger end`",
            )

    def _check_exception(self, fact: Registration, granted: Exemption) -> None:
        if fact.action is Action.CHANGED:
            raise PolicyError("an exception keeps what it says", hint="end it, and make another")
        self._check_registered(granted.device, "exception")
        approver = self._projection.person(granted.approver)
        if approver is None or approver.ended is not None:
            raise InputError("who allows an exception is a person who is registered, and this one is not, or has ended")
        if datetime.fromisoformat(granted.until) <= datetime.fromisoformat(fact.true_at):
            raise InputError("an exception ends after it was made", hint="give a date that is still to come")

    def _check_device(self, device: Device, before: RegisteredDevice | None, signer: EnrolledKey) -> None:
        if not may_register(self._projection, signer, device.organisation, before):
            raise PolicyError(
                "a processor's key registers and changes devices of its own organisation alone, and only an owner moves a "
                "device to another"
            )

    def _check_key(self, subject: str, key: Key, action: Action) -> None:
        if action is Action.CHANGED:
            raise PolicyError("a key keeps its organisation and its role", hint="end it, and enrol another")
        public = bytes.fromhex(key.public_key)
        if subject != key_subject(fingerprint(public)):
            raise InputError("a key is enrolled under the first 32 digits of its fingerprint")
        if public in {log.public for log in self._logs}:
            raise PolicyError("the key of a log signs checkpoints and nothing else", hint="make another key")
        enrolled = self._projection.enrolled_keys()
        if any(one.public == public for one in enrolled):
            raise PolicyError("this key is enrolled already, or was", hint="make another key")
        if key.replaces is not None and all(one.subject != key.replaces for one in enrolled):
            raise InputError("the key that is to be replaced is not enrolled")

    def _check_last_owner(self, subject: str) -> None:
        owners = [key.subject for key in self._projection.enrolled_keys() if key.role is Role.OWNER and key.active]
        if owners == [subject]:
            raise PolicyError(
                "this is the last owner's key, and only owners enrol keys", hint="enrol another owner first"
            )

    def _check_retraction(self, statement: Statement, fact: Retraction, key: EnrolledKey) -> None:
        digest = bytes.fromhex(fact.envelope)
        leaves = self._reader.leaves_of(digest)
        if not leaves:
            raise InputError("the fact that is to be withdrawn is not in the log")
        if fact.leaf not in {leaf.index for leaf in leaves} and not self._was_earlier(fact):
            raise InputError("the fact that is to be withdrawn stands in another leaf")
        target = self._reader.statement(digest)
        if isinstance(target.predicate, Genesis | Retraction):
            raise PolicyError(f"a {target.kind} cannot be withdrawn")
        if statement.subjects != target.subjects:
            raise InputError("a retraction is about what the fact was about that it withdraws")
        if key.role is not Role.DECIDER and self._reader.signer(digest) != key.fingerprint:
            raise PolicyError("a fact is withdrawn by the key that signed it, or by a decider")
        if isinstance(target.predicate, Registration) and target.predicate.key is not None:
            self._check_last_owner(target.subjects[0].id)

    def _was_earlier(self, fact: Retraction) -> bool:
        """Whether the leaf is the target's in an earlier log of this store, from which the retraction was taken over."""
        earlier = [Reader(self._reader.database, log) for log in self._logs if log != self._reader.log]
        return any(fact.leaf in {leaf.index for leaf in reader.leaves_of(fact.envelope)} for reader in earlier)

    def _check_compromise(self, statement: Statement, fact: Compromise) -> None:
        key = self._projection.key(fact.fingerprint)
        if key is None or key.fingerprint != fact.fingerprint:
            raise InputError("the key that is said to be compromised is not enrolled")
        if _only_subject(statement) != key.subject:
            raise InputError("a compromise is about the key that it names")
        self._check_last_owner(key.subject)

    def _check_replay(self, statement: Statement, fact: Replay) -> None:
        subject = _only_subject(statement)
        log = next((log for log in self._logs if log.subject == subject), None)
        reader = None if log is None else Reader(self._reader.database, log)
        if reader is None or fact.size > reader.size:
            raise InputError("a replay is about a log of this store, and no more of it than there is")
        try:
            root = reader.root(fact.size).hex()
        except StoreError:
            if reader.log == self._reader.log:
                raise
            # An earlier log may be damaged: that must not stop the one that takes over from it.
            root = ""
        if root != fact.root:
            raise InputError("what was replayed has another root than this log")

    def _check_holding(self, fact: HoldingFact) -> None:
        if fact.manifest is None:
            return
        enrolled = {one.fingerprint for one in self._projection.recipients() if one.ended is None}
        if fact.manifest.recipient not in enrolled:
            raise PolicyError(
                "the people are sealed to a recipient that the controller has not enrolled",
                hint="record counts alone, or seal to an enrolled recipient",
            )


def may_register(projection: Projection, key: EnrolledKey, organisation: str, before: RegisteredDevice | None) -> bool:
    """Whether this key may register a device of this organisation, in place of what was registered of it `before`.

    An owner may, and a register, for the people who log in to it. A device keeps its organisation for all others, and what a
    processor says of a device must not change how
    those of the controller are known.
    """
    if key.role in {Role.OWNER, Role.REGISTER}:
        return True
    if before is not None and before.organisation != organisation:
        return False
    return key.organisation == organisation or projection.relation(key.organisation) not in (None, Relation.PROCESSOR)


def _only_subject(statement: Statement) -> str:
    if len(statement.subjects) != 1:
        raise InputError(f"a {statement.kind} is about one thing")
    return statement.subjects[0].id
