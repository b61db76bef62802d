"""One rule as a closure: is it for this device, and does the device keep it? Pure.

A rule about encryption gives a standing. What it asks about contents or custody makes a device break the rule, says why, and
leaves the standing alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lossproof.model.estate import DeviceState
from lossproof.model.standing import Finding
from lossproof.policy.findings import meaning
from lossproof.policy.predicates import PASS, Answer, Outcome, Part, Test, all_volumes, asking, every, judging, texts
from lossproof.policy.rule import Rule
from lossproof.policy.weighing import NEVER, PROTECTED, TEXTS, Weigher, grader, weigher

OUT_OF_SCOPE = PROTECTED + 1
"""The rank of no rule about encryption."""


class Judged(NamedTuple):
    """What one rule says: the rank it gives, whether it is kept, its reasons, the leaves it rests on, the first moment at which
    this could change (`NEVER`: none), and the acts that it stops."""

    rank: int
    kept: bool
    reasons: tuple[Finding, ...]
    leaves: tuple[int, ...]
    until: int
    stops: frozenset[str]


Judge = Callable[[DeviceState, int], Judged]
Scope = Callable[[DeviceState, int], Outcome]
Findings = Callable[[tuple[str, ...]], tuple[Finding, ...]]

_NO_STOPS: frozenset[str] = frozenset()
KEPT = Judged(OUT_OF_SCOPE, True, (), (), NEVER, _NO_STOPS)
"""The rule has nothing to say, now or later."""

LOOKED_UP = frozenset({"kind", "custody"})
"""The predicates of `applies` by which rules are looked up before any is asked."""


def compile_scope(rule: Rule) -> Scope:
    """Whether the rule is for a device: `pass` or `fail`, with the leaves and the moment of the next change."""
    tests = [asking(name).compile(value, rule.demands) for name, value in rule.applies]

    def scope(state: DeviceState, at: int) -> Outcome:
        leaves: tuple[int, ...] = ()
        until: int | None = None
        for test in tests:
            outcome = test(state, at)
            if outcome.answer is not Answer.PASS:
                return outcome
            leaves += outcome.leaves
            until = _sooner(until, outcome.until)
        return Outcome(Answer.PASS, (), leaves, until)

    return scope


def compile_rule(rule: Rule) -> Judge:
    """The closure that judges a device by the rule. Whether the rule is for its kind and its state of custody is no question any
    more: `policy.rules` looks that up first."""
    scope = [asking(name).compile(value, rule.demands) for name, value in rule.applies if name not in LOOKED_UP]
    required = [(name, value, every()[name].PART) for name, value in rule.require]
    layer_tests = tuple(judging(name).compile(value) for name, value, part in required if part is Part.ENCRYPTION)
    tests = [asking(name).compile(value, rule.demands) for name, value, part in required if part is not Part.ENCRYPTION]
    keeps = _tests_of(tests, _findings_of(rule), rule.stop)
    if layer_tests:
        except_boot = dict(rule.require)[all_volumes.NAME] == all_volumes.EXCEPT_BOOT
        weigh = weigher(rule.demands, grader(layer_tests, except_boot=except_boot))
        keeps = _with_evidence(weigh, _findings_of(rule), rule.stop, keeps)
    return _within(scope, keeps) if scope else keeps


def _tests_of(tests: list[Test], findings: Findings, stop: frozenset[str]) -> Judge:
    """What a rule asks about contents and custody."""

    def judge(state: DeviceState, at: int) -> Judged:
        kept, until = True, NEVER
        leaves: tuple[int, ...] = ()
        codes: tuple[str, ...] = ()
        for test in tests:
            outcome = test(state, at)
            if outcome is PASS:
                continue
            answer, said, own, change = outcome
            leaves += own
            if change is not None and change < until:
                until = change
            if answer is not Answer.PASS:
                kept = False
                codes += said
        if kept:
            return Judged(OUT_OF_SCOPE, True, (), leaves, until, _NO_STOPS) if leaves else KEPT
        return Judged(OUT_OF_SCOPE, False, findings(codes), leaves, until, stop)

    return judge


def _with_evidence(weigh: Weigher, findings: Findings, stop: frozenset[str], keeps: Judge) -> Judge:
    """What a rule asks about encryption, and the rest of it."""

    def judge(state: DeviceState, at: int) -> Judged:
        rank, codes, leaves, until = weigh(state, at)
        kept = rank >= PROTECTED
        reasons = findings(codes)
        rest = keeps(state, at)
        if rest is not KEPT:
            kept = kept and rest.kept
            reasons += rest.reasons
            leaves += rest.leaves
            until = min(until, rest.until)
        return Judged(rank, kept, reasons, leaves, until, _NO_STOPS if kept else stop)

    return judge


def _within(scope: list[Test], keeps: Judge) -> Judge:
    """A rule that is only for some devices."""

    def judge(state: DeviceState, at: int) -> Judged:
        until = NEVER
        leaves: tuple[int, ...] = ()
        for test in scope:
            outcome = test(state, at)
            if outcome is PASS:
                continue
            answer, _, own, change = outcome
            if answer is not Answer.PASS:
                return Judged(OUT_OF_SCOPE, True, (), own, NEVER if change is None else change, _NO_STOPS)
            leaves += own
            if change is not None and change < until:
                until = change
        found = keeps(state, at)
        if until == NEVER and not leaves:
            return found
        return found._replace(leaves=leaves + found.leaves, until=min(until, found.until))

    return judge


def _findings_of(rule: Rule) -> Findings:
    """Codes as findings of the rule, made once for each combination that occurs."""
    known: dict[tuple[str, ...], tuple[Finding, ...]] = {}

    def findings(codes: tuple[str, ...]) -> tuple[Finding, ...]:
        found = known.get(codes)
        if found is None:
            if len(known) >= 4096:
                known.clear()
            found = known[codes] = tuple(Finding(code, rule.id, text_of(code)) for code in dict.fromkeys(codes))
        return found

    return findings


def text_of(code: str) -> str:
    """The sentence of a code, whoever says it."""
    return TEXTS.get(code) or texts().get(code) or meaning(code).text


def _sooner(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
