from __future__ import annotations

from lossproof.model.estate import CustodyState
from lossproof.policy.decide import decide
from policy.estate_states import DAY, KEPT, NOW, custody
from policy.rulebook.one_rule import only

RULES = only("quarantine")


def test_a_device_that_keeps_it():
    assert decide(RULES, KEPT._replace(custody=custody(CustodyState.QUARANTINED, age=DAY)), NOW).compliant


def test_a_device_that_breaks_it():
    verdict = decide(RULES, KEPT._replace(custody=custody(CustodyState.QUARANTINED, age=40 * DAY)), NOW)
    assert (verdict.compliant, verdict.stops) == (False, {"handover"})


def test_a_device_of_which_nothing_is_known():
    assert decide(RULES, KEPT._replace(custody=None), NOW).compliant is True
