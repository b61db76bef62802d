from __future__ import annotations

from lossproof.model.standing import Standing
from lossproof.policy.decide import decide
from policy.estate_states import KEPT, NOW, PLAIN, evidence
from policy.rulebook.one_rule import only

RULES = only("encryption")


def test_a_device_that_keeps_it():
    verdict = decide(RULES, KEPT, NOW)
    assert (verdict.standing, verdict.compliant) == (Standing.PROTECTED, True)


def test_a_device_that_breaks_it():
    verdict = decide(RULES, KEPT._replace(evidence=(evidence(layers=PLAIN),)), NOW)
    assert (verdict.standing, verdict.stops) == (Standing.UNPROTECTED, {"handover"})


def test_a_device_of_which_nothing_is_known():
    verdict = decide(RULES, KEPT._replace(evidence=()), NOW)
    assert (verdict.standing, verdict.stops) == (Standing.UNPROVEN, {"handover"})
