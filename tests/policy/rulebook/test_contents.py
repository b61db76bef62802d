from __future__ import annotations

from lossproof.policy.decide import decide
from policy.estate_states import DAY, KEPT, NOW, contents
from policy.rulebook.one_rule import only

RULES = only("contents")


def test_a_device_that_keeps_it():
    assert decide(RULES, KEPT, NOW).compliant


def test_a_device_that_breaks_it():
    verdict = decide(RULES, KEPT._replace(contents=(contents(age=367 * DAY),)), NOW)
    assert (verdict.compliant, verdict.stops) == (False, frozenset())


def test_a_device_of_which_nothing_is_known():
    assert decide(RULES, KEPT._replace(contents=()), NOW).compliant is False
