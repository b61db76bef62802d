from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.schemes import linux_raid
from vector_files import ask, assert_cases, assert_survives, cases, look, mutations

IMAGE = cases(linux_raid.NAME)[0].image[: 1 << 18]


def test_real_and_made_images_are_named():
    assert_cases(linux_raid.NAME)


def test_damaged_images_are_answered_or_refused_and_never_protected():
    assert_survives(*linux_raid.SCHEMES)


@given(st.binary(max_size=4096))
def test_any_bytes_are_answered_or_refused(data):
    for scheme in linux_raid.SCHEMES:
        ask(scheme, data)


@given(mutations(IMAGE))
def test_changed_images_are_answered_or_refused(data):
    for scheme in linux_raid.SCHEMES:
        ask(scheme, data)


def test_a_mirror_is_entered_and_what_it_holds_is_not_a_conflict():
    for case in cases("linux_raid"):
        layer = look(case.image).layers[0]
        inner = [part.scheme for part in layer.layers if "outside_partitions" not in part.findings]
        assert inner == (["ext"] if case.name.startswith("level1") else [])
        assert "conflicting_signatures" not in layer.findings


def test_a_member_of_another_level_is_not_known():
    case = next(case for case in cases("linux_raid") if case.name == "level5_1_2")
    assert look(case.image).protection.value == "unknown"
