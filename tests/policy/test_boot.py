"""A rule that leaves out what a machine needs to start: only that, only beside something else, and never because of a doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fact_samples import LAYER, any_of
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.standing import BAD_TO_GOOD, Standing
from lossproof.policy.boot import without_boot
from lossproof.policy.decide import decide
from lossproof.policy.findings import MEANINGS, Effect
from lossproof.policy.recorded import nested
from lossproof.policy.rules import compile_rules, parse_rules
from lossproof.policy.shape import shape_of
from policy.estate_states import GOOD, NOW, SHIPPED, WEAK, contents, device, evidence, states

RULE = """
[[rule]]
id = "r"
title = "R"
require = { all_volumes = "%s"%s }
on_fail = { say = "S", stop = ["handover"] }
"""


def rules(value="encrypted-except-boot", more=""):
    return compile_rules(parse_rules((RULE % (value, more)).encode()))


EXCEPT, WHOLE = rules(), rules("encrypted")


def part(scheme, *findings):
    return replace(
        LAYER, parent=0, scheme=scheme, cipher=None, key_bits=None, state=None, protectors=(), findings=findings
    )


TABLE = replace(part("gpt"), parent=None)
SEARCHED = ("boot_partition", "nobody_found")
EFI, DATA, GAP = part("fat", *SEARCHED), replace(GOOD[0], parent=0), part("blank", "outside_partitions")
UNSEARCHED = part("fat", "boot_partition")


def said(*layers, by=EXCEPT):
    verdict = decide(by, device(evidence(layers=shape_of((TABLE, *layers)))), NOW)
    return verdict.standing, [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((GAP, EFI, DATA, GAP), Standing.PROTECTED),
        ((EFI, part("unrecognised", *SEARCHED), part("ntfs", *SEARCHED), DATA), Standing.PROTECTED),
        ((EFI, part("blank", "sampled_only", *SEARCHED), DATA), Standing.PROTECTED),
        ((EFI, replace(WEAK[0], parent=0)), Standing.WEAK),
        ((EFI, part("ext"), DATA), Standing.UNPROTECTED),
        ((UNSEARCHED, DATA), Standing.UNPROTECTED),
        ((part("fat", "nobody_found"), DATA), Standing.UNPROTECTED),
        ((EFI, part("headerless"), DATA), Standing.UNPROVEN),
        ((part("headerless", *SEARCHED), DATA), Standing.UNPROVEN),
        ((EFI, part("unrecognised", "outside_partitions"), DATA), Standing.UNPROVEN),
        # What says that it is encrypted is judged wherever it stands.
        ((replace(WEAK[0], parent=0, findings=SEARCHED), DATA), Standing.WEAK),
        ((replace(DATA, findings=(*SEARCHED, "clear_key")), DATA), Standing.UNPROTECTED),
        # Nothing else is there: as without the word.
        ((EFI,), Standing.UNPROTECTED),
        ((GAP, EFI, GAP), Standing.UNPROTECTED),
        ((EFI, part("unrecognised", "outside_partitions")), Standing.UNPROTECTED),
    ],
)
def test_what_a_machine_needs_to_start_is_left_out_and_nothing_else(layers, expected):
    assert said(*layers)[0] is expected
    plain = any(one.scheme in {"fat", "ntfs"} for one in layers)
    if expected is Standing.PROTECTED and plain:
        assert said(*layers, by=WHOLE)[0] is Standing.UNPROTECTED


def test_the_reasons_say_that_something_was_left_out_where_it_made_the_answer():
    assert said(EFI, DATA)[1] == ["encrypted", "boot_partition"]
    assert said(DATA)[1] == ["encrypted"]
    assert "boot_partition" not in said(EFI, part("ext"), DATA)[1]


def test_a_doubt_about_the_table_itself_is_heard():
    table = replace(TABLE, findings=("partition_overlaps",))
    found = decide(EXCEPT, device(evidence(layers=shape_of((table, EFI, DATA)))), NOW)
    assert found.standing is Standing.UNPROVEN


def test_no_other_word_of_the_rule_sees_what_is_left_out():
    only = rules(more=', schemes_in = ["luks2"]')
    assert said(EFI, DATA, by=only)[0] is Standing.PROTECTED
    assert said(UNSEARCHED, DATA, by=only)[0] is Standing.UNPROTECTED


@pytest.mark.parametrize("kind", DeviceKind)
def test_only_laptops_and_tablets_may_have_a_part_that_starts_them(kind):
    state = device(evidence(layers=shape_of((TABLE, EFI, DATA))), kind=kind, contents=(contents(),))
    computers = {DeviceKind.LAPTOP, DeviceKind.TABLET}
    wanted = Standing.PROTECTED if kind in computers else Standing.UNPROTECTED
    assert decide(SHIPPED, state, NOW).standing is wanted
    fully = state._replace(evidence=(evidence(layers=GOOD),))
    assert decide(SHIPPED, fully, NOW).standing is Standing.PROTECTED


@given(any_of(InspectionFact))
def test_what_is_left_is_what_was_there(fact):
    layers = nested(fact.layers)
    left = without_boot(layers)
    assert without_boot(left) == left
    if not any("boot_partition" in one.findings for one in fact.layers):
        assert left is layers


def rank(by, layers):
    return BAD_TO_GOOD.index(decide(by, device(evidence(layers=shape_of(layers))), NOW).standing)


parts = st.builds(
    lambda scheme, findings: (
        replace(DATA, findings=tuple(findings)) if scheme == "luks2" else part(scheme, *dict.fromkeys(findings))
    ),
    st.sampled_from(["luks2", "fat", "ntfs", "unrecognised", "headerless", "blank", "apfs"]),
    st.lists(
        st.sampled_from(["boot_partition", "nobody_found", "nobody_found", "sampled_only", "outside_partitions", "clear_key"]),
        max_size=3,
    ),
)  # fmt: skip
disks = st.lists(parts, min_size=1, max_size=5).map(lambda found: (TABLE, *found))
DOUBTS = sorted(code for code, one in MEANINGS.items() if one.effect is not Effect.NOTE)


@given(disks, st.data())
def test_one_more_doubt_about_a_part_never_makes_a_disk_safer(layers, data):
    place = data.draw(st.integers(0, len(layers) - 1))
    one = replace(layers[place], findings=(*layers[place].findings, data.draw(st.sampled_from(DOUBTS))))
    worse = (*layers[:place], one, *layers[place + 1 :])
    # A blank medium is unprotected, and one of which nobody knows that it is blank is unproven: so it is without the word too.
    assume(rank(WHOLE, worse) <= rank(WHOLE, layers))
    assert rank(EXCEPT, worse) <= rank(EXCEPT, layers)


@given(disks, st.data())
def test_a_part_that_loses_the_mark_or_turns_plain_never_makes_a_disk_safer(layers, data):
    place = data.draw(st.integers(1, len(layers) - 1))
    one = layers[place]
    assume("outside_partitions" not in one.findings)
    mark = data.draw(st.sampled_from(SEARCHED))
    unmarked = replace(one, findings=tuple(code for code in one.findings if code != mark))
    before = rank(EXCEPT, layers)
    assert rank(EXCEPT, (*layers[:place], unmarked, *layers[place + 1 :])) <= before
    assert rank(EXCEPT, (*layers[:place], part("fat"), *layers[place + 1 :])) <= before


@given(disks)
def test_the_word_excuses_and_never_condemns(layers):
    assert rank(EXCEPT, layers) >= rank(WHOLE, layers)
    if not any("boot_partition" in one.findings for one in layers):
        assert rank(EXCEPT, layers) == rank(WHOLE, layers)


@given(states)
def test_a_device_without_boot_partitions_is_judged_the_same_under_both(state):
    assert decide(EXCEPT, state, NOW) == decide(WHOLE, state, NOW)
