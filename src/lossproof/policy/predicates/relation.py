"""Which devices the rule is for by what their organisation is to the controller: the controller's own, or a processor's."""

from __future__ import annotations

from lossproof.model.estate import DeviceState
from lossproof.model.fact import Relation
from lossproof.policy.predicates import FAIL, PASS, Demands, Outcome, Part, Test
from lossproof.policy.predicates.values import choice, words

NAME = "relation"
PART = Part.APPLIES
TEXTS: dict[str, str] = {}


def parse(value: object) -> tuple[str, ...]:
    """A list of relations."""
    return words(value, tuple(Relation))


def says(value: tuple[str, ...]) -> str:
    """Such as "belong to the controller or a processor"."""
    return f"belong to {choice(['the controller' if one == 'controller' else f'a {one}' for one in value])}"


def compile(value: tuple[str, ...], demands: Demands) -> Test:  # noqa: A001, ARG001
    """Passes devices of organisations in these relations."""
    relations = frozenset(Relation(one) for one in value)

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        return PASS if state.relation in relations else FAIL

    return test
