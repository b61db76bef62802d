"""Somebody must have seen the device within this time: accepted it, returned it, or ticked it off in a count."""

from __future__ import annotations

from lossproof.model.estate import DeviceState
from lossproof.policy.predicates import Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.holder_known import NOT_RECORDED
from lossproof.policy.predicates.values import span, span_words

NAME = "sighted_within"
PART = Part.CUSTODY
TEXTS = {
    "never_seen": "Nobody has recorded that they saw it.",
    "not_seen": "Nobody has seen it for too long. Ask its holder to show it.",
}


def parse(value: object) -> int:
    """A time such as `366d`."""
    return span(value)


def says(value: int) -> str:
    """Such as "have been seen within 366 days"."""
    return f"have been seen within {span_words(value)}"


def compile(value: int, demands: Demands) -> Test:  # noqa: A001, ARG001
    """Fails once it is longer ago."""

    def test(state: DeviceState, at: int) -> Outcome:
        custody = state.custody
        if custody is None:
            return NOT_RECORDED
        if custody.seen_at is None:
            return Outcome(Answer.UNPROVEN, ("never_seen",), (custody.leaf,))
        end = custody.seen_at + value + 1
        if at >= end:
            return Outcome(Answer.FAIL, ("not_seen",), (custody.leaf,))
        return Outcome(Answer.PASS, (), (custody.leaf,), end)

    return test
