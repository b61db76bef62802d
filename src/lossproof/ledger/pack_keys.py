"""Who spoke in an evidence pack: keys enrolled, ended and compromised, in the order in which the log came to know it.

Specification: docs/reference/evidence-pack.md, step 14. A key speaks from the leaf after its enrolment until it is ended or
known to be compromised; a fact is by a role that may state its kind; a retraction is by who stated its target, or a decider.
Left out: what a verdict makes of a retraction or a compromise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lossproof.errors import VerificationError
from lossproof.ledger.pack_chains import RelyingLeaf, enrolment
from lossproof.model.fact import Relation, Role, Statement
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import Action, Registration
from lossproof.model.facts.retraction import Retraction


class Voice(NamedTuple):
    """In what standing a leaf was stated: the signer's role and organisation, and what that was to the controller then."""

    role: Role
    organisation: str
    relation: Relation | None


class Heard(NamedTuple):
    """What replaying the keys gave: the voice of each leaf, and the leaf that first retracted each, by index; and the leaf since
    which each key counts as compromised, by fingerprint."""

    voices: dict[int, Voice]
    retracted_by: dict[int, int]
    compromised: dict[str, int]


def replay_keys(leaves: Sequence[RelyingLeaf], *, origin: str, log_key: bytes) -> Heard:
    """The voices of all leaves relied on, which are given in order of index, genesis first. Raises `VerificationError` where a
    fact is by a key that could not state it."""
    replay = _Replay(leaves)
    for leaf in leaves:
        replay.hear(leaf, origin, log_key)
    return Heard(replay.voices, replay.retracted_by, replay.compromised)


class _Key:
    """A key as it stands after the leaves so far."""

    __slots__ = ("ended", "organisation", "role", "subjects")

    def __init__(self) -> None:
        self.role = Role.OWNER
        self.organisation = ""
        self.subjects: set[str] = set()
        self.ended = False


class _Replay:
    """The state of all keys and organisations, a leaf at a time."""

    def __init__(self, leaves: Sequence[RelyingLeaf]) -> None:
        self.voices: dict[int, Voice] = {}
        self.retracted_by: dict[int, int] = {}
        self.compromised: dict[str, int] = {}
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
        said = leaf.signed.statement.predicate
        if not isinstance(said, Genesis) or (said.origin, said.log_key) != (origin, log_key.hex()):
            raise VerificationError("genesis is that of another log")
        self._enrol(leaf.signed.statement, Role.OWNER)
        self._relations[said.organisation] = Relation.CONTROLLER
        if leaf.signed.signer not in self._keys:
            raise VerificationError("genesis is not signed by the owner's key that it names")

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
        elif isinstance(said, Compromise):
            self.compromised.setdefault(said.fingerprint, leaf.index)
        elif isinstance(said, Registration):
            subjects = {one.id for one in statement.subjects}
            if said.organisation is not None:
                self._relations |= dict.fromkeys(subjects, said.organisation.relation)
            elif said.key is not None:
                self._enrol(statement, said.key.role)
            elif said.action is Action.ENDED:
                for key in self._keys.values():
                    key.ended |= not subjects.isdisjoint(key.subjects)

    def _enrol(self, statement: Statement, role: Role) -> None:
        one = enrolment(statement)
        if one is not None:
            key = self._keys.setdefault(one.fingerprint, _Key())
            key.role, key.organisation = role, one.organisation
            key.subjects.update(one.subjects)

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
