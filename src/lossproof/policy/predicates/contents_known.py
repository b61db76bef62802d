"""Somebody must have counted the people on the device, all of it, with evidence of a good enough grade."""

from __future__ import annotations

from lossproof.model.estate import DeviceState
from lossproof.policy.predicates import Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.counted import counted
from lossproof.policy.predicates.values import yes

NAME = "contents_known"
PART = Part.CONTENTS
TEXTS = {
    "contents_unknown": "Nobody has counted the people whose data is on it, by evidence that counts.",
    "contents_incomplete": "Some of what is on it could not be examined, so the count is not complete.",
    "contents_withdrawn": "The newest count of the people on it was withdrawn.",
}

NOT_COUNTED = Outcome(Answer.UNPROVEN, ("contents_unknown",))


def parse(value: object) -> bool:
    """`true`."""
    return yes(value)


def says(value: bool) -> str:  # noqa: ARG001
    """Always the same."""
    return "have a complete count of the people on them"


def compile(value: bool, demands: Demands) -> Test:  # noqa: A001, ARG001
    """Unproven where there is none, or only part of one."""

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        found = counted(state, demands.level)
        if found.withdrawn:
            return Outcome(Answer.UNPROVEN, ("contents_withdrawn",))
        if found.trusted is None:
            return NOT_COUNTED
        complete = found.trusted.complete
        answer, codes = (Answer.PASS, ()) if complete else (Answer.UNPROVEN, ("contents_incomplete",))
        return Outcome(answer, codes, (found.trusted.leaf,))

    return test
