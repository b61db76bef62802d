"""What verifying an evidence pack showed, and what it did not: the result object of docs/reference/evidence-pack.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lossproof.model.fact import Authentication, Grade, Predicate, Relation, Role
from lossproof.model.facts.genesis import EarlierLog


class Outcome(StrEnum):
    """How it ended. Only `verified` is proof to somebody who trusts nobody here."""

    VERIFIED = "verified"  # all held, by a trust policy that came from elsewhere
    SELF_CONSISTENT = "self_consistent"  # all held, but nobody says whose log it is
    INCOMPLETE = "incomplete"  # all held, but it cannot be compared with the checkpoint that was given
    REFUSED = "refused"


class Part(StrEnum):
    """The steps of the check, by their names."""

    CONTAINER = "container"
    MANIFEST = "manifest"
    CHECKPOINT = "checkpoint"
    QUORUM = "quorum"
    EARLIER = "earlier"
    SINCE = "since"
    TAIL = "tail"
    ENTRY = "entry"
    PROOF = "proof"
    ENVELOPE = "envelope"
    KEYS = "keys"
    HEADS = "heads"
    CHAIN = "chain"
    TIME = "time"
    KEY = "key"
    NAMES = "names"


class NotProved(StrEnum):
    """What the check did not show."""

    NO_POLICY = "no_policy"
    NOT_WITNESSED = "not_witnessed"
    STAMPS_NOT_CHECKED = "stamps_not_checked"
    STAMP_NOT_TRUSTED = "stamp_not_trusted"
    NOT_REPLAYED = "not_replayed"
    EARLIER_LOG = "earlier_log"
    SPOKEN_FOR = "spoken_for"
    TRUTH_OF_STATEMENTS = "truth_of_statements"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedBefore:
    """The earliest outside word that a leaf was in the log: when, and the witness's name or the authority's digest."""

    at: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessing:
    """A witness's cosignature on the log at a size; `at` is RFC 3339 to the second."""

    at: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """A time stamp that held; `authority` is the SHA-256 of the certificate given that it led to."""

    at: str
    authority: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Somebody's statement that they replayed the whole log up to a size, whose root is that of this log at that size."""

    known_at: str
    leaf: int
    signer: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenFor:
    """For whom the signer stated a fact, by its own word: a person's random id (None: nobody is known), and how it knew them."""

    authenticated: Authentication
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFact:
    """One leaf of the log, with who stated it and what that word is worth. `predicate` is what it says: not in the JSON."""

    about: str
    grade: Grade | None
    key_compromised: int | None
    kind: str
    known_at: str
    leaf: int
    logged_before: LoggedBefore | None
    organisation: str
    relation: Relation | None
    retracted_by: int | None
    role: Role
    signer: str
    spoken_for: SpokenFor | None
    true_at: str
    predicate: Predicate = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackResult:
    """The result object. `part` and `message` stand where the outcome is `incomplete` or `refused`; of a refused pack nothing
    else is said, since nothing in it can be believed. `independent` is whether somebody outside dates every leaf about the device;
    `earlier_log` the log that this one took over from."""

    outcome: Outcome
    part: Part | None = None
    message: str | None = None
    device: str | None = None
    origin: str | None = None
    size: int | None = None
    root: str | None = None
    log_key: str | None = None
    complete_to: str | None = None
    replayed: tuple[Replayed, ...] = ()
    witnesses: tuple[Witnessing, ...] = ()
    stamps: tuple[Stamping, ...] = ()
    independent: bool = False
    earlier_log: EarlierLog | None = None
    since: int | None = None
    facts: tuple[PackFact, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    not_proved: tuple[NotProved, ...] = ()
