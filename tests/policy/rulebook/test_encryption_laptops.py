from __future__ import annotations

from lossproof.model.facts.registration import DeviceKind
from lossproof.model.standing import Standing
from lossproof.policy.decide import decide
from lossproof.policy.rules import shipped_rules
from policy.estate_states import KEPT, NOW, PLAIN, evidence
from policy.rulebook.one_rule import only

RULES = only("encryption_laptops")
LAPTOP = KEPT._replace(kind=DeviceKind.LAPTOP)


def test_a_device_that_keeps_it():
    verdict = decide(RULES, LAPTOP, NOW)
    assert (verdict.standing, verdict.compliant) == (Standing.PROTECTED, True)


def test_a_device_that_breaks_it():
    verdict = decide(RULES, LAPTOP._replace(evidence=(evidence(layers=PLAIN),)), NOW)
    assert (verdict.standing, verdict.stops) == (Standing.UNPROTECTED, {"handover"})


def test_a_device_of_which_nothing_is_known():
    verdict = decide(RULES, LAPTOP._replace(evidence=()), NOW)
    assert (verdict.standing, verdict.stops) == (Standing.UNPROVEN, {"handover"})


def test_it_asks_what_the_rule_for_sticks_asks_but_for_the_boot_partitions():
    sticks, laptops = (next(rule for rule in shipped_rules().rules if rule.id == name) for name in ("enc-1", "enc-2"))
    assert laptops.demands == sticks.demands
    assert (laptops.stop, laptops.severity, laptops.cites) == (sticks.stop, sticks.severity, sticks.cites)
    asked, here = dict(sticks.require), dict(laptops.require)
    assert (asked.pop("all_volumes"), here.pop("all_volumes")) == ("encrypted", "encrypted-except-boot")
    assert asked == here
    kinds = [dict(rule.applies)["kind"] for rule in (sticks, laptops)]
    assert sorted(kinds[0] + kinds[1]) == sorted(DeviceKind)
