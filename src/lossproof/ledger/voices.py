"""Who could state what, as the log knew it at each fact: keys, roles, and where a fact must be filed so that packs show it.

Specification: docs/reference/evidence-pack.md, step 14, over all facts of a log instead of those of one pack. A pack cannot show
what is filed where it does not look, such as a withdrawal under another subject than its target's; whoever replays the log can.
Left out: what the writer refuses besides (`admission`), because no pack says more than it should by it.
"""

from __future__ import annotations

from itertools import groupby

from lossproof.errors import LossproofError, VerificationError
from lossproof.ledger.envelope import Envelope, verify_many
from lossproof.ledger.keys import fingerprint
from lossproof.ledger.reading import Reader
from lossproof.ledger.registers import oversteps
from lossproof.model.fact import Relation, Role, Statement, key_subject
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import Action, Registration
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.retraction import Retraction


class Voices:
    """The keys and organisations of one log after the facts so far, which are told in order."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._log = reader.log
        self._keys: dict[str, tuple[bytes, Role]] = {}
        self._silent: set[str] = set()
        self._relations: dict[str, Relation] = {}
        self._roles: dict[str, Role] = {}
        self._sealed_to = {reader.log.subject}

    def hear(self, opened: list[tuple[int, Envelope, Statement]]) -> None:
        """Check who signed each fact, then all the signatures on every core. Raises `VerificationError` that names the leaf."""
        signed: list[tuple[int, Envelope, bytes]] = []
        for leaf, envelope, statement in opened:
            try:
                signed.append((leaf, envelope, self._public(leaf, envelope, statement)))
                self._take(leaf, envelope, statement)
            except LossproofError as error:
                raise VerificationError(f"leaf {leaf}: {error}") from None
        try:
            verify_many([(envelope, public) for _, envelope, public in signed])
        except LossproofError:
            self._name_the_leaf(signed)
            raise

    @staticmethod
    def _name_the_leaf(signed: list[tuple[int, Envelope, bytes]]) -> None:
        for leaf, one in groupby(signed, key=lambda item: item[0]):
            try:
                verify_many([(envelope, public) for _, envelope, public in one])
            except LossproofError as error:
                raise VerificationError(f"leaf {leaf}: {error}") from None

    def _public(self, leaf: int, envelope: Envelope, statement: Statement) -> bytes:
        """The key that signed a fact, which could at the time."""
        said = statement.predicate
        if isinstance(said, Genesis):
            if leaf or (said.origin, said.log_key) != (self._log.origin, self._log.public.hex()):
                raise VerificationError("a genesis that is not that of this log")
            return bytes.fromhex(said.owner_key)
        if envelope.keyid not in self._keys or envelope.keyid in self._silent:
            raise VerificationError("signed by a key that was not enrolled then, or no longer")
        public, role = self._keys[envelope.keyid]
        if role not in said.signers():
            raise VerificationError("signed by a key whose role may not state it")
        return public

    def _take(self, leaf: int, envelope: Envelope, statement: Statement) -> None:
        """Check where a fact is filed and what it is about, and take it in."""
        said = statement.predicate
        if isinstance(said, Genesis):
            self._relations[said.organisation] = Relation.CONTROLLER
            self._enrol(said.owner_key, Role.OWNER, said.owner)
        elif isinstance(said, Registration):
            self._register(envelope, statement, said)
        elif isinstance(said, Compromise):
            if [one.id for one in statement.subjects] != [key_subject(said.fingerprint)]:
                raise VerificationError("a compromise that is not about the key that it names, alone")
            self._silent.add(said.fingerprint)
        elif isinstance(said, Retraction):
            self._retract(leaf, envelope, statement, said)
        elif isinstance(said, Replay) and self._log.subject in {one.id for one in statement.subjects}:
            self._compare(leaf, said)

    def _register(self, envelope: Envelope, statement: Statement, said: Registration) -> None:
        if len(statement.subjects) != 1:
            raise VerificationError("a registration of several things at once")
        subject = statement.subjects[0].id
        if self._keys[envelope.keyid][1] is Role.REGISTER:
            self._check_register(subject, said)
        if said.recipient is not None:
            self._sealed_to.add(subject)
        if said.key is not None:
            self._enrol(said.key.public_key, said.key.role, subject)
        elif said.organisation is not None:
            relation = said.organisation.relation
            if self._relations.setdefault(subject, relation) is not relation:
                raise VerificationError("an organisation gets another relation than it had")
        elif said.action is Action.ENDED:
            self._silent |= {mark for mark in self._keys if key_subject(mark) == subject}

    def _check_register(self, subject: str, said: Registration) -> None:
        role, relation = self._roles.get(subject), self._relations.get(subject)
        if oversteps(said, role=role, relation=relation, is_sealed_to=subject in self._sealed_to):
            raise VerificationError("signed by a register, and only an owner may state it")

    def _enrol(self, public_key: str, role: Role, subject: str) -> None:
        public = bytes.fromhex(public_key)
        mark = fingerprint(public)
        if mark in self._keys:
            raise VerificationError("a key is enrolled twice")
        if subject != key_subject(mark):
            raise VerificationError("a key that is enrolled under another subject than its own")
        self._keys[mark] = (public, role)
        self._roles[subject] = role

    def _retract(self, leaf: int, envelope: Envelope, statement: Statement, said: Retraction) -> None:
        if not any(one.index < leaf for one in self._reader.leaves_of(said.envelope)):
            raise VerificationError("it withdraws what no earlier leaf states")
        target = self._reader.statement(said.envelope)
        if target.subjects != statement.subjects:
            raise VerificationError("a retraction that is not about what its target is about")
        if self._keys[envelope.keyid][1] is not Role.DECIDER and self._reader.signer(said.envelope) != envelope.keyid:
            raise VerificationError("it withdraws what another key stated, and is by no decider")
        if isinstance(target.predicate, Registration) and target.predicate.key is not None:
            self._silent.add(fingerprint(bytes.fromhex(target.predicate.key.public_key)))

    def _compare(self, leaf: int, said: Replay) -> None:
        if said.size > leaf or self._reader.root(said.size).hex() != said.root:
            raise VerificationError("a replay of what is not the beginning of this log")
