from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.model.fact import Grade, Method, Relation, Role
from lossproof.policy.grade import grade

RANK = {one: rank for rank, one in enumerate(Grade)}
FOUND_OUT = {one: rank for rank, one in enumerate((Method.REPORTED, Method.READ, Method.EXAMINED))}

relations, roles, methods = st.sampled_from(Relation), st.sampled_from(Role), st.sampled_from(Method)


def rank(relation, role, method) -> int:
    return RANK[grade(relation=relation, role=role, method=method)]


@pytest.mark.parametrize(
    ("relation", "role", "method", "wanted"),
    [
        ("controller", "inspector", "read", "observed"),
        ("controller", "agent", "read", "observed"),
        ("controller", "auditor", "read", "observed"),
        ("controller", "auditor", "examined", "examined"),
        ("auditor", "auditor", "read", "observed"),
        ("auditor", "auditor", "examined", "examined"),
        ("regulator", "auditor", "read", "observed"),
        ("regulator", "auditor", "examined", "examined"),
        ("controller", "importer", "reported", "imported"),
        ("controller", "importer", "read", "imported"),
        ("controller", "agent", "reported", "imported"),
        ("auditor", "auditor", "reported", "imported"),
        ("controller", "inspector", "examined", "observed"),
        ("auditor", "inspector", "read", "claimed"),
        ("regulator", "agent", "read", "claimed"),
        ("auditor", "inspector", "reported", "claimed"),
        ("controller", "owner", "read", "claimed"),
        ("controller", "decider", "read", "claimed"),
    ],
)
def test_a_word_is_as_good_as_who_said_it_and_how_it_was_found_out(relation, role, method, wanted):
    assert grade(relation=Relation(relation), role=Role(role), method=Method(method)) is Grade(wanted)


@given(roles, methods)
def test_what_a_processor_signs_is_only_claimed(role, method):
    assert grade(relation=Relation.PROCESSOR, role=role, method=method) is Grade.CLAIMED


@given(relations, roles, methods, methods)
def test_a_better_method_never_lowers_a_grade(relation, role, one, other):
    worse, better = sorted((one, other), key=FOUND_OUT.__getitem__)
    assert rank(relation, role, worse) <= rank(relation, role, better)


@given(relations, roles, methods)
def test_nobody_is_believed_more_than_the_controllers_own_and_nobody_less_than_a_processor(relation, role, method):
    assert rank(Relation.PROCESSOR, role, method) <= rank(relation, role, method)
    assert rank(relation, role, method) <= rank(Relation.CONTROLLER, role, method)


@given(relations, roles, methods)
def test_only_an_auditor_examines(relation, role, method):
    if grade(relation=relation, role=role, method=method) is Grade.EXAMINED:
        assert (role, method) == (Role.AUDITOR, Method.EXAMINED)


@given(relations, roles)
def test_a_report_of_another_system_is_never_an_observation(relation, role):
    assert rank(relation, role, Method.REPORTED) <= RANK[Grade.IMPORTED]
