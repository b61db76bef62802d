"""What each predicate says of devices, one rule with it alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lossproof.model.estate import CustodyState
from lossproof.model.fact import Grade, Relation
from lossproof.model.facts.inspection import LayerProtector
from lossproof.model.facts.registration import DeviceKind, IdentifierScheme
from lossproof.model.standing import Standing
from lossproof.policy.decide import decide
from lossproof.policy.rules import compile_rules, parse_rules
from policy.estate_states import (
    DAY,
    GOOD,
    HOLDER,
    NOW,
    OWN,
    PROCESSOR,
    SERIAL,
    contents,
    custody,
    device,
    evidence,
)

FOR_SOME = (
    '[[rule]]\nid = "r"\ntitle = "R"\napplies = {{ {} }}\nrequire = {{ not_missing = true }}\non_fail = {{ say = "S" }}'
)
FOR_ALL = '[[rule]]\nid = "r"\ntitle = "R"\nrequire = {{ {} }}\non_fail = {{ say = "S" }}'
MISSING = custody(CustodyState.MISSING)


def applies(words: str, state) -> bool:
    """Whether a rule with these words is for the device, seen by whether it minds that the device is missing."""
    state = state._replace(custody=state.custody._replace(state=CustodyState.MISSING))
    return not decide(compile_rules(parse_rules(FOR_SOME.format(words).encode())), state, NOW).compliant


def said(words: str, state):
    """The codes that a rule with these words says."""
    return [one.code for one in decide(compile_rules(parse_rules(FOR_ALL.format(words).encode())), state, NOW).reasons][
        1:
    ]


def test_rules_are_for_kinds_relations_and_organisations():
    stick = device()
    assert applies('kind = ["stick"]', stick)
    assert not applies('kind = ["laptop"]', stick)
    assert applies('kind = ["laptop", "usb", "hdd"]', stick)
    assert applies('kind = ["optical"]', device(kind=DeviceKind.DISC))
    assert applies('relation = ["controller"]', stick)
    assert not applies('relation = ["controller"]', stick._replace(relation=Relation.PROCESSOR))
    assert applies(f'organisation = ["{OWN}"]', stick)
    assert not applies(f'organisation = ["{OWN}"]', stick._replace(organisation=PROCESSOR))
    assert applies(f'kind = ["stick"]\n, organisation = ["{OWN}"]'.replace("\n", ""), stick)


def test_rules_are_for_states_of_custody_and_for_devices_without_one():
    rule = compile_rules(
        parse_rules(FOR_ALL.format("holder_known = true").replace("require", 'applies = { custody = ["held"] }\nrequire').encode())
    )  # fmt: skip
    assert not decide(rule, device(custody=custody(CustodyState.HELD)), NOW).compliant
    assert decide(rule, device(custody=custody(CustodyState.RETURNED)), NOW).compliant
    assert not decide(rule, device(custody=None), NOW).compliant


HEALTH = (("health", 2),)


@pytest.mark.parametrize(
    ("counts", "fits"),
    [
        ((), {"any", "personal-or-unknown", "special-or-unknown", "criminal_offence-or-unknown"}),
        ((contents(),), {"any", "personal", "personal-or-unknown"}),
        ((contents(categories=HEALTH),), {"any", "personal", "personal-or-unknown", "special", "special-or-unknown"}),
        ((contents(people=(0, 0, 0)),), {"any"}),
        (
            (contents(people=(0, 0, 0), age=40 * DAY),),
            {"any", "personal-or-unknown", "special-or-unknown", "criminal_offence-or-unknown"},
        ),
        (
            (contents(complete=False),),
            {"any", "personal", "personal-or-unknown", "special-or-unknown", "criminal_offence-or-unknown"},
        ),
        # Somebody of a lower grade says later that there are people: that is heard.
        (
            (contents(people=(0, 0, 0), age=2 * DAY), contents(21, grade=Grade.CLAIMED)),
            {"any", "personal", "personal-or-unknown"},
        ),
        # And says earlier: overtaken.
        ((contents(people=(0, 0, 0)), contents(19, age=2 * DAY, grade=Grade.CLAIMED)), {"any"}),
    ],
)
def test_rules_are_for_devices_by_what_they_hold(counts, fits):
    every = {
        "any",
        *(f"{one}{end}" for one in ("personal", "special", "criminal_offence") for end in ("", "-or-unknown")),
    }
    assert {one for one in every if applies(f'holds = "{one}"', device(contents=counts))} == fits


def layer(**fields):
    return (replace(GOOD[0], **fields),)


@pytest.mark.parametrize(
    ("words", "layers", "expected"),
    [
        ('protection = "on"', layer(), Standing.PROTECTED),
        ('protection = "on"', layer(state="suspended"), Standing.UNPROTECTED),
        ('protection = "on"', layer(findings=("clear_key",)), Standing.UNPROTECTED),
        ('all_volumes = "encrypted"', layer(findings=("sampled_only",)), Standing.UNPROVEN),
        ('all_volumes = "encrypted"', layer(findings=("used_space_only",)), Standing.UNPROTECTED),
        ('cipher_in = "cipher-set:current"', layer(cipher="des3_ede-cbc-essiv:sha256"), Standing.WEAK),
        ('cipher_in = "cipher-set:2020"', layer(cipher="des3_ede-cbc-essiv:sha256", key_bits=192), Standing.PROTECTED),
        ('kdf_in = "kdf-set:current"', layer(cipher="aes-xts-plain64", key_bits=128), Standing.WEAK),
        ('schemes_in = ["luks2"]', layer(), Standing.PROTECTED),
        ('schemes_in = ["bitlocker"]', layer(), Standing.WEAK),
        (
            'schemes_in = ["luks2"]',
            (
                replace(GOOD[0], scheme="gpt", cipher=None, key_bits=None, protectors=()),
                replace(GOOD[0], parent=0),
                replace(GOOD[0], parent=0, scheme="blank", cipher=None, key_bits=None, protectors=()),
            ),
            Standing.PROTECTED,
        ),
        ('protectors_not = ["tpm"]', layer(), Standing.PROTECTED),
        ('protectors_not = ["tpm"]', layer(protectors=(LayerProtector(kind="tpm", kdf=None),)), Standing.WEAK),
    ],
)
def test_layers_are_judged(words, layers, expected):
    rules = compile_rules(parse_rules(FOR_ALL.format(words).encode()))
    verdict = decide(rules, device(evidence(layers=layers)), NOW)
    assert verdict.standing is expected
    assert verdict.reasons


@pytest.mark.parametrize(
    ("words", "counts", "expected"),
    [
        ("people_at_most = 5", (contents(),), []),
        ("people_at_most = 2", (contents(),), ["perhaps_too_many_people"]),
        ("people_at_most = 0", (contents(),), ["too_many_people"]),
        ("people_at_most = 5", (), ["contents_unknown"]),
        ("people_at_most = 5", (contents(complete=False),), ["perhaps_too_many_people"]),
        ("people_at_most = 5", (contents(grade=Grade.CLAIMED),), ["contents_unknown"]),
        ("people_at_most = 0", (contents(grade=Grade.CLAIMED),), ["too_many_people"]),
        ('categories_not = ["health"]', (contents(),), []),
        ('categories_not = ["health"]', (contents(categories=HEALTH),), ["category_not_allowed"]),
        ('categories_not = ["health"]', (contents(complete=False),), ["perhaps_category_not_allowed"]),
        ('categories_not = ["health"]', (contents(void=True),), ["contents_unknown"]),
        ("contents_known = true", (contents(),), []),
        ("contents_known = true", (contents(void=True),), ["contents_withdrawn"]),
        ('contents_max_age = "10d"', (contents(age=10 * DAY),), []),
        ('contents_max_age = "10d"', (contents(age=10 * DAY + 1),), ["contents_old"]),
    ],
)
def test_contents_are_judged(words, counts, expected):
    assert said(words, device(contents=counts)) == expected


@pytest.mark.parametrize(
    ("words", "now", "expected"),
    [
        ("holder_known = true", custody(CustodyState.HELD, holder=HOLDER), []),
        ("holder_known = true", custody(CustodyState.IN_STOCK), []),
        ("holder_known = true", custody(CustodyState.HELD), ["holder_unknown"]),
        ("not_missing = true", MISSING, ["missing"]),
        ("not_missing = true", custody(CustodyState.FOUND), []),
        ('sighted_within = "5d"', custody(seen=5 * DAY), []),
        ('sighted_within = "5d"', custody(seen=5 * DAY + 1), ["not_seen"]),
        ('held_at_most = "5d"', custody(CustodyState.HELD, age=5 * DAY), []),
        ('held_at_most = "5d"', custody(CustodyState.HELD, age=6 * DAY), ["held_too_long"]),
        ('held_at_most = "5d"', custody(CustodyState.RETURNED, age=6 * DAY), []),
        ('offered_at_most = "5d"', custody(CustodyState.OFFERED, age=6 * DAY), ["offer_open"]),
        ('quarantined_at_most = "5d"', custody(CustodyState.QUARANTINED, age=6 * DAY), ["quarantine_open"]),
    ],
)
def test_custody_is_judged(words, now, expected):
    assert said(words, device(custody=now)) == expected


def test_a_device_can_be_told_apart_or_not():
    known = frozenset({(IdentifierScheme.SERIAL, SERIAL)})
    assert said('identified_by = ["serial", "asset_tag"]', device(identifiers=known)) == []
    assert said('identified_by = ["asset_tag"]', device(identifiers=known)) == ["not_identified"]


def test_every_kind_of_device_can_be_decided_under_no_rule_at_all():
    rules = compile_rules(parse_rules(FOR_SOME.format('kind = ["phone"]').encode()))
    for kind in DeviceKind:
        assert decide(rules, device(kind=kind), NOW).standing is Standing.OUT_OF_SCOPE
