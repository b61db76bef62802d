"""Which evidence of a device a rule relies on, and what the rest does to it. Pure.

    relied on     the newest that is of a good enough grade, not withdrawn, not too old and, while the device is missing, from
                  before its loss. None such: `unproven`, with the reason
    against it    any other that is not overtaken and says worse, of whatever grade: readable makes `contradicted` (`unprotected`
                  where nothing is relied on), weak makes `weak`. Where the operating system disagreed with the headers it
                  makes `contradicted`, on the relied evidence too
    overtaken     by newer evidence of a good enough grade, or of at least its own grade that says anything
    withdrawn     evidence that is newer than what is relied on caps at `unproven` until newer evidence comes

So good news ages and bad news does not. A newer word of a lower grade that says nothing (nobody could tell) takes nothing away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from lossproof.model.estate import CustodyNow, CustodyState, DeviceState, Evidence
from lossproof.model.fact import Grade
from lossproof.model.facts.inspection import SeenLayer
from lossproof.model.standing import BAD_TO_GOOD
from lossproof.policy import crypto
from lossproof.policy.boot import BOOT, without_boot
from lossproof.policy.predicates import Demands, LayerTest
from lossproof.policy.predicates.counted import RANK
from lossproof.policy.recorded import nested

TEXTS = {
    "no_evidence": "Nobody has checked whether it is encrypted.",
    "stale": "It was checked too long ago. Check it again.",
    "imported_only": "Only another system's word says how it is. Check the device itself.",
    "claimed_only": "Only its processor's own word says how it is. Check the device itself.",
    "grade_too_low": "The evidence is not good enough for this rule.",
    "after_loss": "It was checked only after it was lost, which does not show how it was before.",
    "withdrawn": "A newer check was withdrawn, or the key that signed it may be in other hands. Check it again.",
    "newer_word_disagrees": "A newer word says that it can be read, or no longer holds. Check it again.",
    "os_disagrees": "The operating system says otherwise than what stands on the device. Check it again.",
}
"""The reasons that weighing itself gives."""

RANKS = {standing: rank for rank, standing in enumerate(BAD_TO_GOOD)}
UNPROTECTED, CONTRADICTED, UNPROVEN, WEAK, PROTECTED = range(5)
"""Places in `BAD_TO_GOOD`: numbers compare faster than words."""

_BAD = frozenset({UNPROTECTED, WEAK})

NEVER = 1 << 62
"""Later than every moment: nothing changes of itself."""
_MOST_REMEMBERED = 1 << 14

Layers = tuple[SeenLayer, ...]


class Graded(NamedTuple):
    """What layers say: rank and codes, which hold from one moment until another."""

    rank: int
    codes: tuple[str, ...]
    since: int
    until: int


class Weighed(NamedTuple):
    """Rank, codes, leaves relied on, and the first moment at which this could change (`NEVER`: none)."""

    rank: int
    codes: tuple[str, ...]
    leaves: tuple[int, ...]
    until: int


Grader = Callable[[Layers, int], Graded]
Weigher = Callable[[DeviceState, int], Weighed]

_NO_EVIDENCE = Weighed(UNPROVEN, ("no_evidence",), (), NEVER)


def grader(tests: tuple[LayerTest, ...], *, except_boot: bool = False) -> Grader:
    """Judges layers by all tests, the worst deciding; `except_boot`: without the parts that start a machine.

    What was judged is remembered, first by the object, since an estate has few different ones (`policy.shape`), then by value.
    """
    by_object: dict[int, tuple[Layers, Graded]] = {}
    by_value: dict[Layers, Graded] = {}

    def graded(layers: Layers, at: int) -> Graded:
        known = by_object.get(id(layers))
        if known is not None and known[0] is layers and known[1].since <= at < known[1].until:
            return known[1]
        found = by_value.get(layers)
        if found is None or not found.since <= at < found.until:
            found = _graded(tests, layers, at, except_boot=except_boot)
            if len(by_value) >= _MOST_REMEMBERED:
                by_value.clear()
            by_value[layers] = found
        if len(by_object) >= _MOST_REMEMBERED:
            by_object.clear()
        by_object[id(layers)] = (layers, found)
        return found

    return graded


def weigher(demands: Demands, graded: Grader) -> Weigher:
    """Weighs the evidence of a device for a rule with these demands."""
    good_grades = frozenset(grade for grade in Grade if RANK[grade] >= RANK[demands.level])
    max_age, before_loss = demands.max_age, demands.before_loss

    def weigh(state: DeviceState, at: int) -> Weighed:
        evidence, custody = state.evidence, state.custody
        if not evidence:
            return _NO_EVIDENCE
        loss = custody if before_loss and custody is not None and custody.state is CustodyState.MISSING else None
        relied: Evidence | None = None
        codes: tuple[str, ...]
        leaves: tuple[int, ...]
        for one in evidence:
            if one.void or one.grade not in good_grades or at - one.true_at > max_age:
                continue
            if loss is not None and _is_after(one, loss):
                continue
            if relied is None or (one.true_at, one.leaf) > (relied.true_at, relied.leaf):
                relied = one
        if relied is None:
            rank, codes, leaves, until = UNPROVEN, (_why_unproven(evidence, good_grades, loss),), (), NEVER
        else:
            rank, codes, _, until = graded(relied.layers, at)
            leaves, until = (relied.leaf,), min(until, relied.true_at + max_age + 1)
        found = Weighed(rank, codes, leaves, until)
        for one in evidence:
            if one.void or one.disagreements:
                return _with_the_rest(found, relied, state, at)
            if one is relied or (relied is not None and one.true_at < relied.true_at):
                continue
            word = graded(one.layers, at)
            if word.rank in _BAD:
                return _with_the_rest(found, relied, state, at)
            until = min(until, word.until)
        return found if until == found.until else found._replace(until=until)

    def _with_the_rest(found: Weighed, relied: Evidence | None, state: DeviceState, at: int) -> Weighed:
        loss = state.custody if before_loss and _is_missing(state.custody) else None
        rank, codes, leaves, until = found.rank, list(found.codes), set(found.leaves), found.until
        usable = sorted((one for one in state.evidence if not one.void), key=_when)
        said_still = _not_overtaken(usable, loss, at, good_grades, graded)
        for one in usable:
            if one is not relied and one.leaf not in said_still:
                continue
            word = graded(one.layers, at)
            until = min(until, word.until)
            worst = PROTECTED
            said: tuple[str, ...] = ()
            if one.disagreements:
                worst, said = CONTRADICTED, ("os_disagrees", *one.disagreements)
            if one is not relied and word.rank in _BAD:
                contradicts = word.rank == UNPROTECTED and relied is not None
                worst = min(worst, CONTRADICTED if contradicts else word.rank)
                said = (*said, *(("newer_word_disagrees",) if relied is not None else ()), *word.codes)
            if worst < PROTECTED:
                rank = min(rank, worst)
                codes += said
                leaves.add(one.leaf)
        since = (-1, -1) if relied is None else (relied.true_at, relied.leaf)
        withdrawn = [one.leaf for one in state.evidence if one.void and (one.true_at, one.leaf) > since]
        if withdrawn:
            rank = min(rank, UNPROVEN)
            codes.append("withdrawn")
            leaves.update(withdrawn)
        if rank < PROTECTED:
            codes = [code for code in codes if code != "encrypted"]
        return Weighed(rank, tuple(dict.fromkeys(codes)), tuple(sorted(leaves)), until)

    return weigh


def _not_overtaken(
    usable: list[Evidence], loss: CustodyNow | None, at: int, good_grades: frozenset[Grade], graded: Grader
) -> set[int]:
    """The leaves of those among `usable`, in order of time, that none after them overtakes. Each is looked at once: whoever has
    a key may have said very many different things of one device."""
    found: set[int] = set()
    best = -1
    for one in reversed(usable):
        if RANK[one.grade] > best:
            found.add(one.leaf)
        if loss is not None and _is_after(one, loss):
            continue
        if one.grade in good_grades:
            break
        if RANK[one.grade] > best and graded(one.layers, at).rank != UNPROVEN:
            best = RANK[one.grade]
    return found


def _when(one: Evidence) -> tuple[int, int]:
    return one.true_at, one.leaf


def _is_missing(custody: CustodyNow | None) -> bool:
    return custody is not None and custody.state is CustodyState.MISSING


def _is_after(one: Evidence, loss: CustodyNow) -> bool:
    return one.true_at > loss.since or one.leaf > loss.leaf


def _why_unproven(evidence: tuple[Evidence, ...], good: frozenset[Grade], loss: CustodyNow | None) -> str:
    """Why none of the evidence can be relied on."""
    usable = [one for one in evidence if not one.void]
    if not usable:
        return "withdrawn"
    graded_well = [one for one in usable if one.grade in good]
    if graded_well:
        after = loss is not None and all(_is_after(one, loss) for one in graded_well)
        return "after_loss" if after else "stale"
    best = max(usable, key=lambda one: RANK[one.grade]).grade
    return {Grade.IMPORTED: "imported_only", Grade.CLAIMED: "claimed_only"}.get(best, "grade_too_low")


def _graded(tests: tuple[LayerTest, ...], listed: Layers, at: int, *, except_boot: bool) -> Graded:
    """Judged at `at`, and how long that holds: until the first row of the table that changes it."""
    whole = nested(listed)
    layers = without_boot(whole) if except_boot else whole

    def judged(moment: str) -> tuple[int, tuple[str, ...]]:
        words = [test(layers, moment) for test in tests]
        rank = min((RANKS[word.standing] for word in words), default=PROTECTED)
        codes = dict.fromkeys(code for word in words for code in word.codes)
        if rank < PROTECTED:
            codes.pop("encrypted", None)
        elif layers is not whole:
            codes[BOOT] = None
        return rank, tuple(codes)

    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = judged(moment)
    change = crypto.next_change(moment)
    while change is not None and judged(change) == found:
        change = crypto.next_change(change)
    until = NEVER if change is None else int(datetime.fromisoformat(change).timestamp())
    return Graded(*found, at, until)
