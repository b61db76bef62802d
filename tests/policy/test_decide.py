from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lossproof.model.estate import CustodyState, Exemption
from lossproof.model.fact import Grade
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.standing import BAD_TO_GOOD, Standing
from lossproof.policy.decide import decide, fresh_for
from lossproof.policy.findings import meaning
from lossproof.policy.rules import compile_rules, parse_rules
from lossproof.wire.standings import verdict_of, verdict_text
from policy.estate_states import (
    DAY,
    GOOD,
    HOLDER,
    KEPT,
    MIXED,
    NOW,
    OWN,
    PLAIN,
    SHA1,
    SHA1_FALLS,
    SHIPPED,
    UNKNOWN,
    WEAK,
    contents,
    custody,
    device,
    evidence,
    evidence_of,
    moments,
    states,
)

# One rule with every part, of which less is settled beforehand than of the shipped ones.
BUSY = compile_rules(
    parse_rules(b"""
[[rule]]
id = "all"
title = "Everything at once"
applies = { holds = "special-or-unknown", relation = ["controller", "processor"] }
evidence = { level = "imported", max_age = "10d", before_loss = false }
[rule.require]
protectors_not = ["tpm"]
schemes_in = ["luks2", "bitlocker"]
cipher_in = "cipher-set:2026"
contents_known = true
contents_max_age = "90d"
people_at_most = 5
categories_not = ["criminal_offence"]
holder_known = true
sighted_within = "90d"
not_missing = true
offered_at_most = "14d"
held_at_most = "200d"
quarantined_at_most = "31d"
identified_by = ["serial"]
[rule.on_fail]
say = "Mend it"
stop = ["handover"]
""")
)
RULES = st.sampled_from([SHIPPED, BUSY])


def rank(verdict):
    return BAD_TO_GOOD.index(verdict.standing)


def codes(verdict):
    return [reason.code for reason in verdict.reasons]


def standing(*found, at=NOW, **fields):
    return decide(SHIPPED, device(*found, **fields), at).standing


def test_a_device_with_good_fresh_evidence_keeps_every_rule():
    verdict = decide(SHIPPED, KEPT, NOW)
    assert verdict.standing is Standing.PROTECTED
    assert verdict.compliant
    assert verdict.relied_on == (10, 20)
    assert verdict.valid_until == NOW + 30 * DAY + 1
    assert verdict.stops == frozenset()
    assert codes(verdict) == ["encrypted"]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (GOOD, Standing.PROTECTED),
        (SHA1, Standing.PROTECTED),
        (WEAK, Standing.WEAK),
        (PLAIN, Standing.UNPROTECTED),
        (MIXED, Standing.UNPROTECTED),
        (UNKNOWN, Standing.UNPROVEN),
        ((), Standing.UNPROVEN),
    ],
)
def test_the_layers_decide(layers, expected):
    verdict = decide(SHIPPED, device(evidence(layers=layers)), NOW)
    assert verdict.standing is expected
    assert ("handover" in verdict.stops) is (expected is not Standing.PROTECTED)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], "no_evidence"),
        ([evidence(age=31 * DAY + 1)], "stale"),
        ([evidence(grade=Grade.IMPORTED)], "imported_only"),
        ([evidence(grade=Grade.CLAIMED)], "claimed_only"),
        ([evidence(grade=Grade.CLAIMED), evidence(grade=Grade.IMPORTED)], "imported_only"),
        ([evidence(void=True)], "withdrawn"),
        ([evidence(age=2 * DAY, grade=Grade.EXAMINED), evidence(leaf=11, void=True)], "withdrawn"),
    ],
)
def test_unproven_says_why(found, reason):
    verdict = decide(SHIPPED, device(*found), NOW)
    assert verdict.standing is Standing.UNPROVEN
    assert not verdict.compliant
    assert reason in codes(verdict)
    assert "handover" in verdict.stops


def test_evidence_from_after_a_loss_does_not_count_while_the_device_is_missing():
    missing = custody(CustodyState.MISSING, age=2 * DAY, leaf=9)
    after = decide(SHIPPED, device(evidence(), custody=missing), NOW)
    assert (after.standing, "after_loss" in codes(after)) == (Standing.UNPROVEN, True)
    # The signer's date is not enough: the log must have known it before.
    backdated = evidence(age=3 * DAY, leaf=10)
    assert standing(backdated, custody=missing) is Standing.UNPROVEN
    before = decide(SHIPPED, device(evidence(age=3 * DAY, leaf=8), custody=missing), NOW)
    assert before.standing is Standing.PROTECTED
    assert "missing" in codes(before)
    assert not before.compliant


def test_bad_news_does_not_age_and_good_news_does():
    assert standing(evidence(age=300 * DAY, layers=PLAIN)) is Standing.UNPROTECTED
    assert standing(evidence(age=300 * DAY)) is Standing.UNPROVEN


def test_a_newer_word_of_a_lower_grade_that_says_worse_contradicts():
    old = evidence(leaf=10, age=5 * DAY)
    for grade in (Grade.CLAIMED, Grade.IMPORTED):
        verdict = decide(SHIPPED, device(old, evidence(leaf=11, grade=grade, layers=PLAIN)), NOW)
        assert verdict.standing is Standing.CONTRADICTED
        assert verdict.relied_on == (10, 11)
        assert "newer_word_disagrees" in codes(verdict)
    # An older one is overtaken, and one that says nothing takes nothing away.
    assert standing(old, evidence(leaf=9, age=6 * DAY, grade=Grade.CLAIMED, layers=PLAIN)) is Standing.PROTECTED
    assert standing(old, evidence(leaf=11, grade=Grade.CLAIMED, layers=UNKNOWN)) is Standing.PROTECTED
    assert standing(old, evidence(leaf=11, grade=Grade.CLAIMED, layers=WEAK)) is Standing.WEAK


def test_a_claim_that_it_is_readable_is_believed_where_nothing_better_is_known():
    assert standing(evidence(grade=Grade.CLAIMED, layers=PLAIN)) is Standing.UNPROTECTED


def test_a_fresh_look_settles_a_contradiction():
    said = evidence(leaf=11, age=2 * DAY, grade=Grade.CLAIMED, layers=PLAIN)
    assert standing(evidence(leaf=12, age=DAY), said) is Standing.PROTECTED


def test_the_operating_system_may_contradict_the_headers():
    verdict = decide(SHIPPED, device(evidence(disagreements=("unencrypted_volume",))), NOW)
    assert verdict.standing is Standing.CONTRADICTED
    assert "os_disagrees" in codes(verdict)


def test_a_cipher_that_falls_changes_the_answer_about_old_evidence():
    verdict = decide(SHIPPED, device(evidence(layers=SHA1)), SHA1_FALLS - 1)
    long = compile_rules(
        parse_rules(b"""
[[rule]]
id = "long"
title = "Encrypted"
require = { all_volumes = "encrypted" }
evidence = { max_age = "9999d" }
on_fail = { say = "Encrypt it" }
""")
    )
    state = device(evidence(layers=SHA1))
    verdict = decide(long, state, NOW)
    assert (verdict.standing, verdict.valid_until) == (Standing.PROTECTED, SHA1_FALLS)
    assert decide(long, state, SHA1_FALLS).standing is Standing.WEAK
    # What no later row is about changes with its age alone.
    assert decide(long, device(evidence()), NOW).valid_until == NOW - DAY + 9999 * DAY + 1


def test_rows_that_begin_after_the_named_year_do_not_count():
    text = b"""
[[rule]]
id = "dated"
title = "Encrypted"
require = { kdf_in = "kdf-set:%s" }
evidence = { max_age = "9999d" }
on_fail = { say = "Encrypt it" }
"""
    state = device(evidence(layers=SHA1))
    expected = {b"2030": Standing.PROTECTED, b"2031": Standing.WEAK, b"current": Standing.WEAK}
    for year, wanted in expected.items():
        assert decide(compile_rules(parse_rules(text.replace(b"%s", year))), state, SHA1_FALLS).standing is wanted


def test_a_device_on_which_nobody_is_stands_out_of_scope_until_that_is_too_old():
    empty = device(contents=(contents(people=(0, 0, 0)),))
    verdict = decide(SHIPPED, empty, NOW)
    assert verdict.standing is Standing.OUT_OF_SCOPE
    assert verdict.relied_on == (20,)
    assert verdict.valid_until == NOW + 30 * DAY + 1
    assert decide(SHIPPED, empty, verdict.valid_until).standing is Standing.UNPROVEN
    nobody = contents(people=(0, 0, 0))
    for doubt in ({"complete": False}, {"named_only": 1}, {"void": True}, {"high": 1}, {"grade": Grade.CLAIMED}):
        assert standing(contents=(nobody._replace(**doubt),)) is Standing.UNPROVEN
    held = custody(CustodyState.HELD, age=DAY // 2, holder=HOLDER)
    assert decide(SHIPPED, empty._replace(custody=held), NOW).standing is Standing.UNPROVEN


def test_contents_and_custody_break_rules_and_leave_the_standing_alone():
    cases = {
        "contents_unknown": KEPT._replace(contents=()),
        "contents_incomplete": KEPT._replace(contents=(contents(complete=False),)),
        "contents_withdrawn": KEPT._replace(contents=(contents(void=True),)),
        "contents_old": KEPT._replace(contents=(contents(age=367 * DAY),)),
        "holder_unknown": KEPT._replace(custody=custody(CustodyState.HELD)),
        "custody_unknown": KEPT._replace(custody=None),
        "not_seen": KEPT._replace(custody=custody(CustodyState.HELD, holder=HOLDER, seen=367 * DAY)),
        "never_seen": KEPT._replace(custody=custody(CustodyState.HELD, holder=HOLDER, seen=None)),
        "offer_open": KEPT._replace(custody=custody(CustodyState.OFFERED, age=15 * DAY)),
        "quarantine_open": KEPT._replace(custody=custody(CustodyState.QUARANTINED, age=40 * DAY)),
    }
    for code, state in cases.items():
        verdict = decide(SHIPPED, state, NOW)
        assert verdict.standing is Standing.PROTECTED, code
        assert not verdict.compliant, code
        assert code in codes(verdict), code


def test_every_age_is_a_moment_at_which_the_answer_changes():
    cases = [
        KEPT,
        KEPT._replace(contents=(contents(age=360 * DAY),)),
        KEPT._replace(custody=custody(CustodyState.HELD, holder=HOLDER, seen=365 * DAY)),
        KEPT._replace(custody=custody(CustodyState.OFFERED, age=13 * DAY)),
        KEPT._replace(custody=custody(CustodyState.QUARANTINED, age=30 * DAY)),
        KEPT._replace(exemptions=(Exemption("f" * 32, NOW + DAY, HOLDER, 30, OWN),)),
    ]
    for state in cases:
        verdict = decide(SHIPPED, state, NOW)
        end = verdict.valid_until
        assert end is not None
        assert decide(SHIPPED, state, end - 1) == verdict
        assert decide(SHIPPED, state, end)[:4] != verdict[:4]


def test_an_exception_is_said_and_changes_no_standing():
    state = device(exemptions=(Exemption("f" * 32, NOW + DAY, HOLDER, 30, OWN),))
    verdict = decide(SHIPPED, state, NOW)
    assert (verdict.standing, verdict.valid_until) == (Standing.UNPROVEN, NOW + DAY)
    assert "exception_in_force" in codes(verdict)
    assert 30 in verdict.relied_on
    assert "exception_in_force" not in codes(decide(SHIPPED, state, NOW + DAY))


def test_what_has_ended_or_was_destroyed_is_out_of_scope():
    gone = [device(ended=True), device(custody=custody(CustodyState.DESTROYED))]
    for state, code in zip(gone, ["ended", "destroyed"], strict=True):
        verdict = decide(SHIPPED, state, NOW)
        assert (verdict.standing, codes(verdict), verdict.valid_until) == (Standing.OUT_OF_SCOPE, [code], None)


def test_a_hand_over_asks_for_the_least_age_of_the_rules_that_stop_it():
    text = b"""
[[rule]]
id = "%s"
title = "Encrypted"
applies = { kind = ["%s"] }
require = { all_volumes = "encrypted" }
evidence = { %s }
on_fail = { say = "Encrypt it", stop = ["handover"] }
"""
    rules = text % (b"a", b"stick", b'fresh = "2h"') + text % (b"b", b"stick", b"") + text % (b"c", b"laptop", b"")
    compiled = compile_rules(parse_rules(rules))
    ages = {kind: fresh_for(compiled, device(kind=kind), NOW) for kind in DeviceKind}
    assert ages.pop(DeviceKind.STICK) == 7200
    assert ages.pop(DeviceKind.LAPTOP) == 86400
    assert set(ages.values()) == {None}


def test_a_hundred_thousand_alike_are_graded_once(monkeypatch):
    from lossproof.policy import weighing

    asked = []
    own = weighing.nested
    monkeypatch.setattr(weighing, "nested", lambda listed: asked.append(listed) or own(listed))
    compiled = compile_rules(
        parse_rules(b"""
[[rule]]
id = "one"
title = "Encrypted"
require = { all_volumes = "encrypted" }
on_fail = { say = "Encrypt it" }
""")
    )
    equal = [(replace(GOOD[0]),) for _ in range(50)]  # equal, and not the same object
    for place in range(500):
        decide(compiled, device(evidence(layers=equal[place % 50])), NOW + place)
    assert len(asked) == 1


@given(RULES, states, moments)
def test_the_same_gives_the_same_to_the_byte(rules, state, at):
    verdict = decide(rules, state, at)
    shuffled = state._replace(evidence=state.evidence[::-1], contents=state.contents[::-1])
    again = decide(compile_rules(rules.rules), shuffled, at)
    assert verdict_text(again) == verdict_text(verdict)
    assert verdict_of(verdict_text(verdict)) == verdict
    assert all(reason.text and reason.text.endswith(".") for reason in verdict.reasons)
    assert list(verdict.relied_on) == sorted(set(verdict.relied_on))
    if verdict.standing not in {Standing.PROTECTED, Standing.OUT_OF_SCOPE}:
        assert not verdict.compliant


@given(RULES, states, moments, st.integers(0, 3000 * DAY))
def test_nothing_changes_before_valid_until(rules, state, at, later):
    verdict = decide(rules, state, at)
    end = verdict.valid_until
    assert end is None or end > at
    assert decide(rules, state, at + (later if end is None else later % (end - at))) == verdict
    if end is not None:
        assert decide(rules, state, end - 1) == verdict


@given(RULES, states, moments, st.integers(0, 3000 * DAY))
def test_nothing_gets_safer_with_age(rules, state, at, later):
    assume(state.custody is None or state.custody.since <= at)
    assert rank(decide(rules, state, at + later)) <= rank(decide(rules, state, at))


def says(one, at):
    """The rank of one word by itself, by a rule that asks no more of it."""
    return rank(decide(ALONE, device(one._replace(void=False, grade=Grade.EXAMINED, true_at=at)), at))


ALONE = compile_rules(
    parse_rules(b"""
[[rule]]
id = "alone"
title = "Encrypted"
require = { all_volumes = "encrypted" }
on_fail = { say = "Encrypt it" }
""")
)
GOOD_RANK = BAD_TO_GOOD.index(Standing.PROTECTED)
UNPROVEN_RANK = BAD_TO_GOOD.index(Standing.UNPROVEN)


def counted_from_inside(state):
    """The state without its counts where a part was seen that they may not have reached: that it was seen is a doubt about them, so
    that without it "nobody is on it" would stand again."""
    closed = any(layer.scheme in {"luks2", "headerless"} for one in state.evidence for layer in one.layers)
    return state._replace(contents=()) if closed else state


@given(states.map(counted_from_inside), moments, st.data())
def test_dropping_or_withdrawing_good_evidence_never_makes_a_device_safer(state, at, data):
    good = [one for one in state.evidence if not one.void and says(one, at) == GOOD_RANK]
    assume(good)
    one = data.draw(st.sampled_from(good))
    before = rank(decide(SHIPPED, state, at))
    others = tuple(other for other in state.evidence if other is not one)
    assert rank(decide(SHIPPED, state._replace(evidence=others), at)) <= before
    withdrawn = tuple(other._replace(void=True) if other is one else other for other in state.evidence)
    assert rank(decide(SHIPPED, state._replace(evidence=withdrawn), at)) <= before


@given(states, moments, st.data())
def test_withdrawing_any_evidence_raises_nothing_above_unproven(state, at, data):
    assume(state.evidence)
    one = data.draw(st.sampled_from(state.evidence))
    before = rank(decide(SHIPPED, state, at))
    withdrawn = tuple(other._replace(void=True) if other is one else other for other in state.evidence)
    assert rank(decide(SHIPPED, state._replace(evidence=withdrawn), at)) <= max(before, UNPROVEN_RANK)


@given(states.map(counted_from_inside), moments, evidence_of)
def test_worse_evidence_never_makes_a_device_safer(state, at, more):
    before = rank(decide(SHIPPED, state, at))
    newest = max((one.true_at for one in state.evidence), default=more.true_at)
    more = more._replace(void=False, leaf=99, true_at=max(newest, more.true_at))
    assume(says(more, at) <= before)
    assert rank(decide(SHIPPED, state._replace(evidence=(*state.evidence, more)), at)) <= before
    if says(more, at) != UNPROVEN_RANK:
        replaced = (*(one for one in state.evidence if one.grade is not more.grade), more)
        assert rank(decide(SHIPPED, state._replace(evidence=replaced), at)) <= before


def test_nobody_is_on_it_only_where_no_part_is_locked():
    nobody = (contents(people=(0, 0, 0), age=DAY),)
    assert standing(evidence(layers=PLAIN, age=DAY), contents=nobody) is Standing.OUT_OF_SCOPE
    assert standing(evidence(layers=GOOD, age=DAY), contents=nobody) is Standing.PROTECTED
    assert standing(evidence(layers=PLAIN, age=DAY, void=True), contents=nobody) is Standing.OUT_OF_SCOPE


@given(states, moments, st.data())
def test_doubt_about_contents_never_makes_a_device_safer(state, at, data):
    assume(state.contents)
    before = rank(decide(SHIPPED, state, at))
    one = data.draw(st.sampled_from(state.contents))
    others = tuple(other for other in state.contents if other is not one)
    for doubtful in (one._replace(void=True), one._replace(complete=False), one._replace(high=one.high + 1)):
        assert rank(decide(SHIPPED, state._replace(contents=(*others, doubtful)), at)) <= before
    nobody = not any(other.high or other.named_only for other in state.contents)
    if nobody:
        assert rank(decide(SHIPPED, state._replace(contents=()), at)) <= before


@given(states, moments)
def test_only_a_device_that_keeps_every_rule_is_compliant(state, at):
    verdict = decide(SHIPPED, state, at)
    if verdict.standing is Standing.PROTECTED:
        assert all(meaning(reason.code).text for reason in verdict.reasons)
    assert verdict.compliant or len(verdict.reasons) >= 1
