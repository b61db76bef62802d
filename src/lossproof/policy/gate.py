"""The issue gate: whether a device may be handed to somebody now. Pure.

A hand-over needs fresh proof, or the exception of a named person that has not run out. Proof is fresh where all of this holds:

    by whom      observed or better, not withdrawn, and by no key of the receiver: neither the person's own nor, where the receiver
                 is of another organisation than the controller, one of that organisation
    when         stated and true after the last custody event before this offer (a sighting is none), and after the last report
                 that the device does not encrypt; no older than the rules that stop hand-over allow, or than 24 hours
    of what      a header of this device, and a serial number of this device where the check saw one
    saying       protected by the rules, for this evidence alone and for all that is known, with and without what proves nothing by
                 the above, so that neither a word against it nor a withdrawal is passed over; and no rule that stops hand-over is
                 broken

An exception counts for people of its organisation until it runs out, and not for the person who allowed it. It is asked again in
the transaction that records the acceptance. Left out: which event may follow which (`policy.custody`), and who may do it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lossproof.model.estate import DeviceState, Evidence
from lossproof.model.fact import Grade
from lossproof.model.facts.registration import IdentifierScheme
from lossproof.model.standing import Finding, Standing, Verdict
from lossproof.policy.decide import decide, fresh_for
from lossproof.policy.findings import Effect, meaning
from lossproof.policy.rules import Compiled

HANDOVER = "handover"
"""The act that a broken rule stops (`on_fail.stop`) so that the gate refuses it."""

FRESH_SECONDS = 24 * 3600
"""How old proof may be where no rule says it."""

CHECK_AGAIN = "have IT check it again: lossproof check DEVICE --report-to ADDRESS"
"""What to do where there is no fresh proof; DEVICE is where it is plugged in."""

_GOOD = frozenset({Grade.OBSERVED, Grade.EXAMINED})

_TEXTS = {
    "no_proof": "nobody whose word counts has checked this device",
    "withdrawn": "the last check was withdrawn, or the key that signed it may be in other hands",
    "receivers_own": "the last check was made by the one who is to have the device",
    "before_last_event": "the device was last checked before it last changed hands, was wiped or was offered to somebody else",
    "before_report": "somebody has reported since the last check that this device does not encrypt",
    "stale": "the last check is too old for a hand-over",
    "other_medium": "the last check was of another medium: its header or its serial number is not registered for this device",
    "not_protected": "by the last check this device is not protected",
    "contradicted": "what else is known of this device speaks against the last check",
    "stopped": "a rule does not let it be handed over",
    "exception_ended": "the exception that let this device go has run out",
    "exception_own": "the exception for this device was made by the one who is to have it",
}


class Receiver(NamedTuple):
    """Who is to have the device: a person, None where nobody is named yet, of an organisation; `outside` says that it is another
    than the controller."""

    person: str | None
    organisation: str
    outside: bool


class Mark(NamedTuple):
    """A place in a device's history: a leaf, and when its fact was true (UTC epoch seconds). `code` says what it is."""

    leaf: int
    true_at: int
    code: str


class Passage(NamedTuple):
    """Whether the device may be handed over. `proof` is the leaf of the inspection that lets it go, or `exception` the id of the
    exception that does. `reasons` say what speaks against the proof, also where an exception lets it go; their rule is empty where
    it is the gate's own."""

    allowed: bool
    reasons: tuple[Finding, ...]
    proof: int | None
    exception: str | None


def gate(compiled: Compiled, state: DeviceState, receiver: Receiver, marks: tuple[Mark, ...], now: int) -> Passage:
    """Whether the receiver may have the device at `now` (UTC epoch seconds). Proof counts after all `marks`: the last custody event
    before this offer with the code `before_last_event`, the last report that it does not encrypt with `before_report`."""
    reasons: tuple[Finding, ...] = (_finding("no_proof"),)
    good = sorted((one for one in state.evidence if one.grade in _GOOD), key=lambda one: (one.true_at, one.leaf))
    # Without contents nothing is out of scope because nobody was found on it: it is handed out to hold something.
    empty = state._replace(contents=())
    whole, known = decide(compiled, state, now), decide(compiled, empty, now)
    proving = decide(compiled, _without_what_proves_nothing(compiled, empty, receiver, now), now)
    for tried, evidence in enumerate(reversed(good)):
        against = tuple(_against(compiled, empty, evidence, receiver, marks, now))
        if not any(one.code == "not_protected" for one in against):
            doubted = against or known.standing is not Standing.PROTECTED
            against += tuple(_besides(compiled, whole, known if doubted else proving))
        if not against:
            return Passage(True, (), evidence.leaf, None)
        if not tried:
            reasons = against
    for_them = [one for one in state.exemptions if one.organisation == receiver.organisation]
    counting = [one for one in for_them if one.until > now and one.approver != receiver.person]
    if counting:
        return Passage(True, reasons, None, max(counting, key=lambda one: (one.until, one.leaf)).id)
    if for_them:
        own = any(one.until > now for one in for_them)
        reasons = (*reasons, _finding("exception_own" if own else "exception_ended"))
    return Passage(False, reasons, None, None)


def _against(
    compiled: Compiled,
    state: DeviceState,
    evidence: Evidence,
    receiver: Receiver,
    marks: tuple[Mark, ...],
    now: int,
) -> Iterator[Finding]:
    """What speaks against this evidence as fresh proof."""
    if evidence.void:
        yield _finding("withdrawn")
    if _is_of(receiver, evidence):
        yield _finding("receivers_own")
    for mark in marks:
        if evidence.leaf <= mark.leaf or evidence.true_at < mark.true_at:
            yield _finding(mark.code)
    if now - evidence.true_at > _fresh_seconds(compiled, state, now):
        yield _finding("stale")
    if not _is_this_medium(state, evidence):
        yield _finding("other_medium")
    alone = decide(compiled, state._replace(evidence=(evidence,)), now)
    if alone.standing is not Standing.PROTECTED:
        yield _finding("not_protected")
        yield from _of_stopping_rules(compiled, alone)


def _besides(compiled: Compiled, whole: Verdict, known: Verdict) -> Iterator[Finding]:
    """What speaks against any proof: what else is known of the encryption, and rules that stop a hand-over for other reasons."""
    if known.standing is not Standing.PROTECTED:
        yield _finding("contradicted")
    if HANDOVER in whole.stops:
        yield _finding("stopped")
        yield from _of_stopping_rules(compiled, whole)


def _without_what_proves_nothing(compiled: Compiled, state: DeviceState, receiver: Receiver, now: int) -> DeviceState:
    """The device without what proves nothing here and says that it is protected: the receiver's own check, or one of another medium,
    takes no word against the device away. What says otherwise stays, whoever said it."""

    def counts(one: Evidence) -> bool:
        if not _is_of(receiver, one) and _is_this_medium(state, one):
            return True
        return decide(compiled, state._replace(evidence=(one,)), now).standing is not Standing.PROTECTED

    return state._replace(evidence=tuple(filter(counts, state.evidence)))


def _of_stopping_rules(compiled: Compiled, verdict: Verdict) -> Iterator[Finding]:
    """The reasons that rules give which stop a hand-over, without what they only note: others have nothing to do with it."""
    stopping = {rule.id for rule in compiled.rules.rules if HANDOVER in rule.stop}
    return (
        reason
        for reason in verdict.reasons
        if reason.rule in stopping and meaning(reason.code).effect is not Effect.NOTE
    )


def _is_of(receiver: Receiver, evidence: Evidence) -> bool:
    own = evidence.person is not None and evidence.person == receiver.person
    return own or (receiver.outside and evidence.organisation == receiver.organisation)


def _fresh_seconds(compiled: Compiled, state: DeviceState, now: int) -> int:
    wanted = fresh_for(compiled, state, now)
    return FRESH_SECONDS if wanted is None else wanted


def _is_this_medium(state: DeviceState, evidence: Evidence) -> bool:
    """An image, or a partition, shows no serial number; one that is shown must be the device's."""
    known = state.identifiers
    serial = evidence.serial is None or (IdentifierScheme.SERIAL, evidence.serial) in known
    return serial and (IdentifierScheme.HEADER, evidence.header) in known


def _finding(code: str) -> Finding:
    return Finding(code, "", _TEXTS[code])
