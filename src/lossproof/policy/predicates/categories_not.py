"""No data of these categories, such as health, may be on the device. A device that was not counted to the end is unproven."""

from __future__ import annotations

from lossproof.model import vocabulary
from lossproof.model.estate import DeviceState
from lossproof.policy.predicates import Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.contents_known import NOT_COUNTED
from lossproof.policy.predicates.counted import counted
from lossproof.policy.predicates.values import choice, words

NAME = "categories_not"
PART = Part.CONTENTS
TEXTS = {
    "category_not_allowed": "There is data on it of a category that the rule keeps off such devices.",
    "perhaps_category_not_allowed": "Not all of it was examined, so data of a category that is not allowed may be on it.",
}


def parse(value: object) -> tuple[str, ...]:
    """A list of categories of personal data."""
    return words(value, vocabulary.CATEGORIES)


def says(value: tuple[str, ...]) -> str:
    """Such as "hold no data on health or criminal offence"."""
    return f"hold no data on {choice(value)}"


def compile(value: tuple[str, ...], demands: Demands) -> Test:  # noqa: A001
    """Bad news counts from any grade, good news only from a good enough one."""
    refused = frozenset(value)

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        found = counted(state, demands.level)
        for one in found.heard:
            if any(name in refused and count > 0 for name, count in one.categories):
                return Outcome(Answer.FAIL, ("category_not_allowed",), (one.leaf,))
        if found.trusted is None or found.withdrawn:
            return NOT_COUNTED
        if not all(one.complete for one in found.heard):
            return Outcome(Answer.UNPROVEN, ("perhaps_category_not_allowed",), (found.trusted.leaf,))
        return Outcome(Answer.PASS, (), (found.trusted.leaf,))

    return test
