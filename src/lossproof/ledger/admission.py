"""Which facts the log takes in: by whose key, of which kind, about what. All is looked at before anything is written.

The roles stand beside each kind (`SIGNERS`). What a verifier must not have to trust is left to the verifier: that a fact is
here shows that it was signed, by a key that was enrolled and in force, and no more. Refused: `PolicyError` where a rule
forbids it, `InputError` where it speaks of something that is not there.
"""

from __future__ import annotations

from datetime import datetime

from lossproof.errors import InputError, PolicyError
from lossproof.ledger.projection import EnrolledKey, Projection
from lossproof.ledger.reading import CLOCKS_DIFFER, Log, Reader
from lossproof.model.fact import Role, Statement
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.registration import Action, Key, Registration
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.retraction import Retraction


class Admission:
    """The rules of one log, over what stands in it."""

    def __init__(self, reader: Reader, projection: Projection, logs: tuple[Log, ...]) -> None:
        self._reader = reader
        self._projection = projection
        self._logs = logs

    def check(self, statement: Statement, key: EnrolledKey, known_at: datetime) -> None:
        """Return if a fact by this key, known at this time, is taken in. Raises `PolicyError` or `InputError`."""
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
        if isinstance(predicate, Registration):
            self._check_registration(statement, predicate)
        elif isinstance(predicate, Retraction):
            self._check_retraction(statement, predicate, key)
        elif isinstance(predicate, Compromise):
            self._check_compromise(statement, predicate)
        elif isinstance(predicate, Replay):
            self._check_replay(statement, predicate)
        elif isinstance(predicate, HoldingFact):
            self._check_holding(predicate)

    def _check_registration(self, statement: Statement, fact: Registration) -> None:
        subject = _only_subject(statement)
        thing = self._projection.thing(subject)
        if fact.action is Action.CREATED and thing is not None:
            raise InputError("what is to be registered is registered already", hint="state what has changed")
        if fact.action is not Action.CREATED and (thing is None or thing.ended is not None):
            raise InputError("what has changed or ended is not registered, or has ended")
        if fact.action is Action.CHANGED and thing is not None and getattr(fact, thing.name) is None:
            raise InputError("what has changed is registered as something else")
        for part in (fact.device, fact.key, fact.role):
            if part is not None:
                self._check_organisation(part.organisation)
        if fact.key is not None:
            self._check_key(fact.key, fact.action)
        if fact.action is Action.ENDED and thing is not None and thing.name == "key":
            self._check_last_owner(subject)

    def _check_organisation(self, subject: str) -> None:
        organisation = self._projection.organisation(subject)
        if organisation is None or organisation.ended is not None:
            raise InputError("the organisation is not registered, or has ended", hint="register it first")

    def _check_key(self, key: Key, action: Action) -> None:
        if action is Action.CHANGED:
            raise PolicyError("a key keeps its organisation and its role", hint="end it, and enrol another")
        public = bytes.fromhex(key.public_key)
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

    def _check_replay(self, statement: Statement, fact: Replay) -> None:
        subject = _only_subject(statement)
        log = next((log for log in self._logs if log.subject == subject), None)
        if log is None or fact.size > Reader(self._reader.database, log).size:
            raise InputError("a replay is about a log of this store, and no more of it than there is")

    def _check_holding(self, fact: HoldingFact) -> None:
        if fact.manifest is None:
            return
        enrolled = {one.fingerprint for one in self._projection.recipients() if one.ended is None}
        if fact.manifest.recipient not in enrolled:
            raise PolicyError(
                "the people are sealed to a recipient that the controller has not enrolled",
                hint="record counts alone, or seal to an enrolled recipient",
            )


def _only_subject(statement: Statement) -> str:
    if len(statement.subjects) != 1:
        raise InputError(f"a {statement.kind} is about one thing")
    return statement.subjects[0].id
