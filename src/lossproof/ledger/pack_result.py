"""The result object of a check in which everything held.

Specification: docs/reference/evidence-pack.md, "The result". Left out: how it is put to people (`report.pack_words`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lossproof.ledger.checkpoint import Checkpoint
from lossproof.ledger.pack_chains import RelyingLeaf
from lossproof.ledger.pack_forms import Name
from lossproof.ledger.pack_keys import Heard, Voice
from lossproof.ledger.pack_outside import CheckedStamps
from lossproof.ledger.pack_steps import Compared
from lossproof.ledger.pack_times import EarliestWords, OutsideWord, written
from lossproof.model.fact import Grade, Method, Predicate
from lossproof.model.facts.custody import Custody
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.request import Request
from lossproof.model.pack import (
    NotProved,
    Outcome,
    PackFact,
    PackResult,
    Part,
    Replayed,
    SpokenFor,
    Stamping,
    Witnessing,
)
from lossproof.policy.grade import grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the steps showed. `leaves` are those relied on, in order of index, genesis first; `heads` is the index of the heads leaf."""

    device: str
    checkpoint: Checkpoint
    log_key: str
    complete_to: str
    heads: int
    leaves: Sequence[RelyingLeaf]
    heard: Heard
    names: Sequence[Name]
    words: set[OutsideWord]
    stamps: CheckedStamps
    trusted: bool
    compared: Compared


def make_result(shown: Shown) -> PackResult:
    """The result: verified with a trust policy, self-consistent without, incomplete where a checkpoint could not be compared."""
    replayed, facts = tuple(_replayed(shown)), _facts(shown)
    independent = all(fact.logged_before for fact in facts if fact.about == shown.device)
    genesis = shown.leaves[0].signed.statement.predicate
    earlier_log = genesis.earlier if isinstance(genesis, Genesis) else None
    incomplete = shown.compared.incomparable
    return PackResult(
        outcome=_outcome(shown),
        part=Part.SINCE if incomplete else None,
        message=f"the pack has no checkpoint of {shown.compared.size} leaves to compare the given one with"
        if incomplete
        else None,
        device=shown.device,
        origin=shown.checkpoint.origin,
        size=shown.checkpoint.size,
        root=shown.checkpoint.root.hex(),
        log_key=shown.log_key,
        complete_to=shown.complete_to,
        replayed=replayed,
        witnesses=tuple(Witnessing(at=written(at), name=by, size=size) for size, at, by in sorted(shown.words)),
        stamps=tuple(Stamping(at=written(at), authority=by, size=size) for size, at, by in sorted(shown.stamps.words)),
        independent=independent,
        earlier_log=earlier_log,
        since=shown.compared.size,
        facts=facts,
        names={name.digest: name.value for name in shown.names},
        not_proved=_not_proved(shown, replayed, facts, independent=independent, took_over=earlier_log is not None),
    )


def _outcome(shown: Shown) -> Outcome:
    if shown.compared.incomparable:
        return Outcome.INCOMPLETE
    return Outcome.VERIFIED if shown.trusted else Outcome.SELF_CONSISTENT


def _facts(shown: Shown) -> tuple[PackFact, ...]:
    earliest = EarliestWords((*shown.words, *shown.stamps.words))
    facts = []
    for leaf in shown.leaves:
        said, voice = leaf.signed.statement.predicate, shown.heard.voices[leaf.index]
        facts.append(
            PackFact(
                about=str(leaf.entry.about),
                grade=_grade(voice, getattr(said, "method", None)),
                key_compromised=shown.heard.compromised.get(leaf.signed.signer),
                kind=said.KIND,
                known_at=leaf.entry.known_at,
                leaf=leaf.index,
                logged_before=earliest.covering(leaf.index),
                organisation=voice.organisation,
                relation=voice.relation,
                retracted_by=shown.heard.retracted_by.get(leaf.index),
                role=voice.role,
                signer=leaf.signed.signer,
                spoken_for=_spoken_for(said),
                true_at=said.true_at,
                predicate=said,
            )
        )
    return tuple(facts)


def _grade(voice: Voice, method: Method | None) -> Grade | None:
    """None where what is said was not found out by a method. Of an organisation that nobody registered it is only claimed."""
    if method is None:
        return None
    return Grade.CLAIMED if voice.relation is None else grade(relation=voice.relation, role=voice.role, method=method)


def _spoken_for(said: Predicate) -> SpokenFor | None:
    """Whose act it is, where the fact says that: its signer then speaks for a person."""
    if isinstance(said, Custody | Request | Policy):
        return SpokenFor(authenticated=said.authenticated, person=said.by)
    return None


def _replayed(shown: Shown) -> list[Replayed]:
    return [
        Replayed(known_at=leaf.entry.known_at, leaf=leaf.index, signer=leaf.signed.signer, size=said.size)
        for leaf in shown.leaves
        if isinstance(said := leaf.signed.statement.predicate, Replay)
        and leaf.index in shown.heard.compared
        and leaf.index not in shown.heard.retracted_by
    ]


def _not_proved(
    shown: Shown, replayed: Sequence[Replayed], facts: Sequence[PackFact], *, independent: bool, took_over: bool
) -> tuple[NotProved, ...]:
    lacking = {
        NotProved.NO_POLICY: not shown.trusted,
        NotProved.NOT_WITNESSED: not independent,
        NotProved.STAMPS_NOT_CHECKED: shown.stamps.unchecked,
        NotProved.STAMP_NOT_TRUSTED: shown.stamps.untrusted,
        # A replay of fewer leaves says nothing of the heads leaf, by which the pack is complete.
        NotProved.NOT_REPLAYED: not any(one.size > shown.heads for one in replayed),
        NotProved.EARLIER_LOG: took_over,
        NotProved.SPOKEN_FOR: any(fact.spoken_for for fact in facts),
        NotProved.TRUTH_OF_STATEMENTS: True,
        NotProved.PAGE: True,
    }
    return tuple(sorted(code for code, lacks in lacking.items() if lacks))
