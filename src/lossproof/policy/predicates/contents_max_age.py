"""The count of the people on the device must not be older than this."""

from __future__ import annotations

from lossproof.model.estate import DeviceState
from lossproof.policy.predicates import Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.contents_known import NOT_COUNTED
from lossproof.policy.predicates.counted import counted
from lossproof.policy.predicates.values import span, span_words

NAME = "contents_max_age"
PART = Part.CONTENTS
TEXTS = {"contents_old": "What is on it was counted too long ago."}


def parse(value: object) -> int:
    """A time such as `366d`."""
    return span(value)


def says(value: int) -> str:
    """Such as "have been counted within 366 days"."""
    return f"have had the people on them counted within {span_words(value)}"


def compile(value: int, demands: Demands) -> Test:  # noqa: A001
    """Unproven where the newest count of a good enough grade is older, or there is none."""

    def test(state: DeviceState, at: int) -> Outcome:
        trusted = counted(state, demands.level).trusted
        if trusted is None:
            return NOT_COUNTED
        end = trusted.true_at + value + 1
        if at >= end:
            return Outcome(Answer.UNPROVEN, ("contents_old",), (trusted.leaf,))
        return Outcome(Answer.PASS, (), (trusted.leaf,), end)

    return test
