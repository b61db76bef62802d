"""The device must not be missing."""

from __future__ import annotations

from lossproof.model.estate import CustodyState, DeviceState
from lossproof.policy.predicates import PASS, Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.values import yes

NAME = "not_missing"
PART = Part.CUSTODY
TEXTS = {"missing": "It is missing."}


def parse(value: object) -> bool:
    """`true`."""
    return yes(value)


def says(value: bool) -> str:  # noqa: ARG001
    """Always the same."""
    return "not be missing"


def compile(value: bool, demands: Demands) -> Test:  # noqa: A001, ARG001
    """Fails for a device that was reported missing."""

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        custody = state.custody
        if custody is not None and custody.state is CustodyState.MISSING:
            return Outcome(Answer.FAIL, ("missing",), (custody.leaf,))
        return PASS

    return test
