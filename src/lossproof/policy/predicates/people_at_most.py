"""At most so many people's data may be on the device. More for certain fails; perhaps more, or not counted to the end, is unproven."""

from __future__ import annotations

from lossproof.model.estate import DeviceState
from lossproof.policy.predicates import Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.contents_known import NOT_COUNTED
from lossproof.policy.predicates.counted import counted

NAME = "people_at_most"
PART = Part.CONTENTS
TEXTS = {
    "too_many_people": "There is data of more people on it than the rule allows.",
    "perhaps_too_many_people": "There may be data of more people on it than the rule allows.",
}


def parse(value: object) -> int:
    """A whole number from 0 on."""
    if type(value) is not int or not 0 <= value <= 99_990_000:
        raise ValueError("give a whole number of people, from 0 on")
    return value


def says(value: int) -> str:
    """Such as "hold data of at most 500 people"."""
    return f"hold data of at most {value} people"


def compile(value: int, demands: Demands) -> Test:  # noqa: A001
    """Bad news counts from any grade, good news only from a good enough one."""

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        found = counted(state, demands.level)
        worst = next((one for one in found.heard if one.low > value), None)
        if worst is not None:
            return Outcome(Answer.FAIL, ("too_many_people",), (worst.leaf,))
        if found.trusted is None or found.withdrawn:
            return NOT_COUNTED
        if any(one.high + one.named_only > value or not one.complete for one in found.heard):
            return Outcome(
                Answer.UNPROVEN, ("perhaps_too_many_people",), tuple(sorted(one.leaf for one in found.heard))
            )
        return Outcome(Answer.PASS, (), (found.trusted.leaf,))

    return test
