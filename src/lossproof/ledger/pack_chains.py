"""Completeness of an evidence pack: every leaf about what it relies on, and nothing else.

Specification: docs/reference/evidence-pack.md, step 12. Each subject relied on has a chain: its heads proof says which leaf
before the heads leaf is the last, each entry says which was before it, and the tail shows the rest; each statement stands once in
the chain of each of its subjects. Left out: whether the heads leaf told the truth, which only a replay of the whole log shows;
the chains of people, whose duties nothing here depends on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from lossproof.errors import VerificationError
from lossproof.model.entry import Entry
from lossproof.model.fact import Statement
from lossproof.model.facts.custody import Custody
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import Registration


class Signed(NamedTuple):
    """A statement whose envelope's signature held, and the fingerprint of the key that signed it."""

    statement: Statement
    signer: str


@dataclass(frozen=True, slots=True)
class RelyingLeaf:
    """A leaf of a chain: where it stands, what it is, and what was stated."""

    index: int
    entry: Entry
    signed: Signed


class Contents(NamedTuple):
    """What a pack holds, each part for itself verified: entries before the heads leaf by index, the tail from the heads leaf on,
    envelopes by digest, and the last leaf before the heads leaf by subject (None: there is none)."""

    entries: Mapping[int, Entry]
    tail: Sequence[tuple[int, Entry]]
    envelopes: Mapping[str, Signed]
    last: Mapping[str, int | None]


class Enrolment(NamedTuple):
    """That a statement enrols a key: its fingerprint, under which subjects, for which organisation."""

    fingerprint: str
    subjects: tuple[str, ...]
    organisation: str


def enrolment(statement: Statement) -> Enrolment | None:
    """The enrolment that a statement makes, or None."""
    said = statement.predicate
    if isinstance(said, Genesis):
        return Enrolment(_fingerprint(said.owner_key), (said.owner,), said.organisation)
    if isinstance(said, Registration) and said.key is not None:
        subjects = tuple(one.id for one in statement.subjects)
        return Enrolment(_fingerprint(said.key.public_key), subjects, said.key.organisation)
    return None


def exception_of(statement: Statement) -> str | None:
    """The subject of the exception that let a device go, where a statement names one."""
    said = statement.predicate
    return said.exception if isinstance(said, Custody) else None


def relied_on(contents: Contents, device: str) -> list[RelyingLeaf]:
    """All leaves relied on for the device, in order of index. Raises `VerificationError` where one is missing, or where
    anything is here that is not relied on."""
    chains = _chains(contents, device)
    if not chains[device]:
        raise VerificationError("no leaf is about the device")
    if contents.last.keys() != chains.keys():
        raise VerificationError("a heads proof is here of a subject that nothing relies on")
    leaves = sorted((leaf for chain in chains.values() for leaf in chain), key=lambda leaf: leaf.index)
    if len(contents.entries) != sum(leaf.index in contents.entries for leaf in leaves):
        raise VerificationError("an entry is here that no chain leads to")
    if contents.envelopes.keys() != {leaf.entry.digest for leaf in leaves}:
        raise VerificationError("an envelope is here that no leaf relied on has")
    _check_subjects(contents.envelopes, leaves, chains.keys())
    return leaves


def _check_subjects(envelopes: Mapping[str, Signed], leaves: Sequence[RelyingLeaf], relied: Collection[str]) -> None:
    """Return if each envelope has one leaf for each of its subjects that is relied on."""
    logged = {(leaf.entry.digest, str(leaf.entry.about)) for leaf in leaves}
    if len(logged) != len(leaves):
        raise VerificationError("a statement is logged twice about the same subject")
    for digest, signed in envelopes.items():
        if any(one.id in relied and (digest, one.id) not in logged for one in signed.statement.subjects):
            raise VerificationError("a statement is not logged about every subject of it that is relied on")


def _chains(contents: Contents, device: str) -> dict[str, list[RelyingLeaf]]:
    """The chain of each subject relied on: the device and the log, then each key that signed in one of them, its organisation,
    and each exception that one of them names, until no more come in."""
    first = contents.entries.get(0)
    genesis = None if first is None else contents.envelopes.get(first.digest)
    if first is None or first.about is None or genesis is None or not isinstance(genesis.statement.predicate, Genesis):
        raise VerificationError("leaf 0 is not here, or is no genesis")
    recent: dict[str, list[tuple[int, Entry]]] = {}
    for index, entry in contents.tail[1:]:
        recent.setdefault(str(entry.about), []).append((index, entry))
    enrolled: dict[str, list[str]] = {}
    for one in filter(None, (enrolment(signed.statement) for signed in contents.envelopes.values())):
        enrolled.setdefault(one.fingerprint, []).extend((*one.subjects, one.organisation))
    chains: dict[str, list[RelyingLeaf]] = {}
    waiting = [device, first.about]
    while waiting:
        subject = waiting.pop()
        if subject not in chains:
            chains[subject] = _chain(contents, subject, recent.get(subject, []))
            for signer in {leaf.signed.signer for leaf in chains[subject]}:
                waiting += enrolled.get(signer, ())
            waiting += filter(None, (exception_of(leaf.signed.statement) for leaf in chains[subject]))
    return chains


def _chain(contents: Contents, subject: str, recent: Sequence[tuple[int, Entry]]) -> list[RelyingLeaf]:
    """The leaves about one subject: those before the heads leaf from the newest backwards, then `recent`, those of the tail."""
    if subject not in contents.last:
        raise VerificationError("the heads proof of a subject relied on is missing")
    head = contents.last[subject]
    leaves: list[RelyingLeaf] = []
    due, below = head, None
    while due is not None:
        entry = contents.entries.get(due)
        if entry is None or entry.about != subject or (below is not None and due >= below):
            raise VerificationError("a chain does not lead to an earlier entry about its subject")
        leaves.append(_leaf(contents, due, entry))
        due, below = entry.previous, due
    previous = head
    for index, entry in recent:
        if entry.previous != previous:
            raise VerificationError("an entry in the tail does not name the leaf before it about its subject")
        leaves.append(_leaf(contents, index, entry))
        previous = index
    return leaves


def _leaf(contents: Contents, index: int, entry: Entry) -> RelyingLeaf:
    signed = contents.envelopes.get(entry.digest)
    if signed is None:
        raise VerificationError(f"the envelope of leaf {index} is missing")
    if entry.about not in {one.id for one in signed.statement.subjects}:
        raise VerificationError(f"the envelope of leaf {index} is about something else")
    return RelyingLeaf(index, entry, signed)


def _fingerprint(public_key: str) -> str:
    return sha256(bytes.fromhex(public_key)).hexdigest()
