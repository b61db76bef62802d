"""Who spoke in an evidence pack: keys enrolled, ended and compromised, in the order in which the log came to know it.

Specification: docs/reference/evidence-pack.md, step 14. A key speaks from the leaf after its enrolment until it is ended or
known to be compromised; a fact is by a role that may state it, and a register does not overstep (`registers`); a retraction is by who
stated its target, or a decider. All that is said of a key is about its subject (`key_subject`), so its whole chain is here. A replay
of the log was of this log's tree.
Left out: what a verdict makes of a retraction or a compromise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lossproof.errors import VerificationError
from lossproof.ledger.pack_chains import RelyingLeaf, enrolment
from lossproof.ledger.registers import oversteps
from lossproof.model.fact import Relation, Role, key_subject
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import Action, Registration
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.retraction import Retraction


class Voice(NamedTuple):
    """In what standing a leaf was stated: the signer's role and organisation, and what that was to the controller then."""

    role: Role
    organisation: str
    relation: Relation | None


class Heard(NamedTuple):
    """What replaying the keys gave: the voice of each leaf, and the leaf that first retracted each, by index; and the leaf since
    which each key counts as compromised, by fingerprint; and the leaves about the log that state a replay whose root was compared."""

    voices: dict[int, Voice]
    retracted_by: dict[int, int]
    compromised: dict[str, int]
    compared: set[int]


def replay_keys(leaves: Sequence[RelyingLeaf], *, origin: str, log_key: bytes, roots: Mapping[int, bytes]) -> Heard:
    """The voices of all leaves relied on, which are given in order of index, genesis first. `roots` are those of the log's tree by
    size, as far as they are known. Raises `VerificationError` where a fact is by a key that could not state it, or says of a key or
    of the log what cannot be."""
    replay = _Replay(leaves, roots)
    for leaf in leaves:
        replay.hear(leaf, origin, log_key)
    return Heard(replay.voices, replay.retracted_by, replay.compromised, replay.compared)


def _compare(leaf: RelyingLeaf, said: Replay, roots: Mapping[int, bytes]) -> bool:
    """Whether the root that this leaf says was replayed could be compared with that of the tree. Raises where it is another."""
    if said.size > leaf.index:
        raise VerificationError(f"leaf {leaf.index} states that more was replayed than the log then held")
    root = roots.get(said.size)
    if root is not None and root.hex() != said.root:
        raise VerificationError(f"leaf {leaf.index} states that another tree was replayed than that of the log")
    return root is not None


class _Key:
    """A key as it stands after the leaves so far."""

    __slots__ = ("ended", "organisation", "role")

    def __init__(self, role: Role, organisation: str) -> None:
        self.role = role
        self.organisation = organisation
        self.ended = False


class _Replay:
    """The state of all keys and organisations, a leaf at a time."""

    def __init__(self, leaves: Sequence[RelyingLeaf], roots: Mapping[int, bytes]) -> None:
        self.voices: dict[int, Voice] = {}
        self.retracted_by: dict[int, int] = {}
        self.compromised: dict[str, int] = {}
        self.compared: set[int] = set()
        self._roots = roots
        self._log = leaves[0].entry.about
        self._by_digest: dict[str, list[RelyingLeaf]] = {}
        for leaf in leaves:
            self._by_digest.setdefault(leaf.entry.digest, []).append(leaf)
        self._keys: dict[str, _Key] = {}
        self._relations: dict[str, Relation] = {}
        self._heard: dict[str, Voice] = {}

    def hear(self, leaf: RelyingLeaf, origin: str, log_key: bytes) -> None:
        """Take in the next leaf. An envelope about several subjects is taken in at the first of its leaves."""
        digest = leaf.entry.digest
        if digest not in self._heard:
            if leaf.index == 0:
                self._begin(leaf, origin, log_key)
            self._heard[digest] = self._voice(leaf)
            self._apply(leaf)
        self.voices[leaf.index] = self._heard[digest]

    def _begin(self, leaf: RelyingLeaf, origin: str, log_key: bytes) -> None:
        said, signer = leaf.signed.statement.predicate, leaf.signed.signer
        if not isinstance(said, Genesis) or (said.origin, said.log_key) != (origin, log_key.hex()):
            raise VerificationError("genesis is that of another log")
        enrolled = enrolment(leaf.signed.statement)
        if enrolled is None or enrolled.fingerprint != signer:
            raise VerificationError("genesis is not signed by the owner's key that it names")
        if said.owner != key_subject(signer):
            raise VerificationError("genesis names the owner's key under another subject than its own")
        self._keys[signer] = _Key(Role.OWNER, said.organisation)
        self._relations[said.organisation] = Relation.CONTROLLER

    def _voice(self, leaf: RelyingLeaf) -> Voice:
        key = self._keys.get(leaf.signed.signer)
        if key is None:
            raise VerificationError(f"leaf {leaf.index} is signed by a key that was not enrolled before it")
        if key.ended or leaf.signed.signer in self.compromised:
            raise VerificationError(
                f"leaf {leaf.index} is signed by a key that had been ended or was known to be compromised"
            )
        if leaf.index and key.role not in leaf.signed.statement.predicate.signers():
            raise VerificationError(f"leaf {leaf.index} is signed by a key whose role may not state it")
        return Voice(key.role, key.organisation, self._relations.get(key.organisation))

    def _apply(self, leaf: RelyingLeaf) -> None:
        statement = leaf.signed.statement
        said = statement.predicate
        if isinstance(said, Retraction):
            self._retract(leaf, said)
        elif isinstance(said, Replay):
            about = [one.index for one in self._by_digest[leaf.entry.digest] if one.entry.about == self._log]
            if about and _compare(leaf, said, self._roots):
                self.compared.update(about)
        elif isinstance(said, Compromise):
            if [one.id for one in statement.subjects] != [key_subject(said.fingerprint)]:
                raise VerificationError(f"leaf {leaf.index} tells of a compromised key under another subject")
            self.compromised.setdefault(said.fingerprint, leaf.index)
        elif isinstance(said, Registration):
            self._register(leaf, said)

    def _register(self, leaf: RelyingLeaf, said: Registration) -> None:
        if len(leaf.signed.statement.subjects) != 1:
            raise VerificationError(f"leaf {leaf.index} registers several subjects as one")
        subject = leaf.signed.statement.subjects[0].id
        self._check_register(leaf, said, subject)
        if said.organisation is not None:
            relation = said.organisation.relation
            if self._relations.setdefault(subject, relation) is not relation:
                raise VerificationError(f"leaf {leaf.index} changes what an organisation is to the controller")
        elif (enrolled := enrolment(leaf.signed.statement)) is not None and said.key is not None:
            if subject != key_subject(enrolled.fingerprint) or enrolled.fingerprint in self._keys:
                raise VerificationError(f"leaf {leaf.index} enrols a key once more, or under another subject")
            self._keys[enrolled.fingerprint] = _Key(said.key.role, said.key.organisation)
        elif said.action is Action.ENDED:
            for mark, key in self._keys.items():
                key.ended |= key_subject(mark) == subject

    def _check_register(self, leaf: RelyingLeaf, said: Registration, subject: str) -> None:
        if self._keys[leaf.signed.signer].role is not Role.REGISTER:
            return
        role = next((key.role for mark, key in self._keys.items() if key_subject(mark) == subject), None)
        relation = self._relations.get(subject)
        if oversteps(said, role=role, relation=relation, is_sealed_to=subject == self._log):
            raise VerificationError(f"leaf {leaf.index} is by a register, and only an owner may state it")

    def _retract(self, leaf: RelyingLeaf, said: Retraction) -> None:
        # By the digest, not by the number: after `ledger recover` that is the number in the earlier log.
        targets = self._by_digest.get(said.envelope, [])
        subjects = {one.id for one in leaf.signed.statement.subjects}
        if not any(target.index < leaf.index and target.entry.about in subjects for target in targets):
            raise VerificationError(
                f"leaf {leaf.index} retracts what is not an earlier leaf here about the same subject"
            )
        if leaf.signed.signer != targets[0].signed.signer and self._keys[leaf.signed.signer].role is not Role.DECIDER:
            raise VerificationError(f"leaf {leaf.index} retracts what another key stated, and is by no decider")
        for target in targets:
            self.retracted_by.setdefault(target.index, leaf.index)
        withdrawn = targets[0].signed.statement
        enrolled = enrolment(withdrawn) if isinstance(withdrawn.predicate, Registration) else None
        if enrolled is not None:
            self._keys[enrolled.fingerprint].ended = True
