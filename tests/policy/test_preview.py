from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lossproof.model.standing import Standing
from lossproof.policy.decide import decide
from lossproof.policy.preview import changes
from lossproof.policy.rules import compile_rules, parse_rules, shipped_text
from policy.estate_states import DAY, KEPT, NOW, SHIPPED, contents, device, evidence, states

STRICTER = compile_rules(parse_rules(shipped_text().replace(b'"31d", fresh', b'"7d", fresh')))
LATER = [device(evidence(age=age * DAY), contents=(contents(),), device=f"{age:032x}") for age in range(40)]


def test_a_stricter_age_moves_the_devices_between_both_ages():
    preview = changes(SHIPPED, STRICTER, iter(LATER), NOW)
    assert (preview.devices, preview.changed, preview.newly_broken, preview.newly_kept) == (40, 24, 24, 0)
    assert preview.moved == {
        (Standing.PROTECTED, Standing.PROTECTED): 8,
        (Standing.PROTECTED, Standing.UNPROVEN): 24,
        (Standing.UNPROVEN, Standing.UNPROVEN): 8,
    }
    assert [one.device for one in preview.shown] == [f"{age:032x}" for age in range(8, 32)]
    assert "stale" in [reason.code for reason in preview.shown[0].after.reasons]


def test_the_same_rules_change_nothing_and_only_the_first_are_shown():
    assert changes(SHIPPED, SHIPPED, LATER, NOW).changed == 0
    assert changes(STRICTER, SHIPPED, LATER, NOW).newly_kept == 24
    assert len(changes(SHIPPED, STRICTER, LATER, NOW, most_shown=5).shown) == 5


def test_a_change_of_what_is_stopped_is_a_change():
    silent = compile_rules(parse_rules(shipped_text().replace(b', stop = ["handover"]', b"")))
    preview = changes(SHIPPED, silent, [device(), KEPT], NOW)
    assert (preview.changed, preview.newly_broken) == (1, 0)
    assert preview.shown[0].before.stops == {"handover"}
    assert preview.shown[0].after.stops == frozenset()


@given(st.lists(states, max_size=5), st.booleans())
def test_a_preview_says_what_both_sets_say(some, swapped):
    before, after = (STRICTER, SHIPPED) if swapped else (SHIPPED, STRICTER)
    preview = changes(before, after, some, NOW)
    both = [(decide(before, state, NOW), decide(after, state, NOW)) for state in some]
    assert preview.moved == Counter((old.standing, new.standing) for old, new in both)
    different = [(old, new) for old, new in both if (*old[:2], old.stops) != (*new[:2], new.stops)]
    assert [(one.before, one.after) for one in preview.shown] == different
    assert preview.newly_broken == sum(old.compliant and not new.compliant for old, new in both)
