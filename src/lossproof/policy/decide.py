"""The verdict on one device: every rule that is for it, the worst standing of them, and until when that holds. Pure.

`decide(compiled, state, at)` depends on nothing else: no clock, no I/O, and what is remembered of graded layers changes no answer.
Standings from bad to good: unprotected, contradicted, unproven, weak, protected; out of scope where no rule about encryption is for
the device. More doubt never makes a device safer.
"""

from __future__ import annotations

from lossproof.model.estate import CustodyState, DeviceState
from lossproof.model.standing import BAD_TO_GOOD, Finding, Standing, Verdict
from lossproof.policy.judging import KEPT, OUT_OF_SCOPE
from lossproof.policy.predicates import Answer
from lossproof.policy.rules import Compiled
from lossproof.policy.weighing import NEVER

TEXTS = {
    "ended": "The device is no longer registered.",
    "destroyed": "The device was destroyed.",
    "no_rule": "No rule about encryption is for this device as it is.",
    "exception_in_force": "A named person allows it to be handed over without fresh proof, for a time.",
}
"""The reasons that no rule gives."""

_NOTHING: frozenset[str] = frozenset()
_FINDINGS = {code: Finding(code, "", text) for code, text in TEXTS.items()}
_NO_RULE = (_FINDINGS["no_rule"],)


def decide(compiled: Compiled, state: DeviceState, at: int) -> Verdict:
    """What the rules say of a device at `at` (UTC epoch seconds), from what is known of it."""
    custody = state.custody
    if is_gone(state):
        code = "ended" if state.ended or custody is None else "destroyed"
        relied_on = () if custody is None else (custody.leaf,)
        return Verdict(Standing.OUT_OF_SCOPE, True, (_FINDINGS[code],), relied_on, None, _NOTHING)
    rank, kept, until, stops = OUT_OF_SCOPE, True, NEVER, _NOTHING
    reasons: tuple[Finding, ...] = ()
    relied: set[int] = set()
    for judge in compiled.judges[state.kind, None if custody is None else custody.state]:
        judged = judge(state, at)
        if judged is KEPT:
            continue
        own_rank, own_kept, own_reasons, leaves, change, own_stops = judged
        rank = min(rank, own_rank)
        until = min(until, change)
        if own_reasons:
            reasons += own_reasons
        relied.update(leaves)
        if not own_kept:
            kept = False
            stops |= own_stops
    if rank == OUT_OF_SCOPE:
        reasons = _NO_RULE + reasons
    for one in state.exemptions:
        if at < one.until:
            reasons += (_FINDINGS["exception_in_force"],)
            relied.add(one.leaf)
            until = min(until, one.until)
    return Verdict(BAD_TO_GOOD[rank], kept, reasons, tuple(sorted(relied)), None if until == NEVER else until, stops)


def is_gone(state: DeviceState) -> bool:
    """Whether there is nothing left to judge: the device ended, or was destroyed."""
    return state.ended or (state.custody is not None and state.custody.state is CustodyState.DESTROYED)


def fresh_for(compiled: Compiled, state: DeviceState, at: int) -> int | None:
    """How old, in seconds, evidence may be at a hand-over of this device: the least of the rules that stop it and are for the device.
    None where there is no such rule."""
    return min((fresh for scope, fresh in compiled.handover if scope(state, at).answer is Answer.PASS), default=None)
