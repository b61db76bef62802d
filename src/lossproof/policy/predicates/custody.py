"""Which devices the rule is for by where they stand: in stock, held, missing. It is for every device of which nobody recorded that."""

from __future__ import annotations

from lossproof.model.estate import CustodyState, DeviceState
from lossproof.policy.predicates import PASS, Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.values import choice, words

NAME = "custody"
PART = Part.APPLIES
TEXTS: dict[str, str] = {}


def parse(value: object) -> tuple[str, ...]:
    """A list of states of custody."""
    return words(value, tuple(CustodyState))


def says(value: tuple[str, ...]) -> str:
    """Such as "are in stock or held"."""
    return f"are {choice(value)}"


def compile(value: tuple[str, ...], demands: Demands) -> Test:  # noqa: A001, ARG001
    """Passes devices in these states."""
    states = frozenset(CustodyState(one) for one in value)

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        custody = state.custody
        if custody is None or custody.state in states:
            return PASS
        return Outcome(Answer.FAIL, leaves=(custody.leaf,))

    return test
