"""While a device is held, it must be known by whom."""

from __future__ import annotations

from lossproof.model.estate import CustodyState, DeviceState
from lossproof.policy.predicates import PASS, Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.values import yes

NAME = "holder_known"
PART = Part.CUSTODY
TEXTS = {
    "custody_unknown": "Nobody has recorded who has it.",
    "holder_unknown": "It was handed out, and it is not known to whom.",
}

NOT_RECORDED = Outcome(Answer.UNPROVEN, ("custody_unknown",))


def parse(value: object) -> bool:
    """`true`."""
    return yes(value)


def says(value: bool) -> str:  # noqa: ARG001
    """Always the same."""
    return "have a known holder while they are held"


def compile(value: bool, demands: Demands) -> Test:  # noqa: A001, ARG001
    """Fails for a held device without a holder."""

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        custody = state.custody
        if custody is None:
            return NOT_RECORDED
        if custody.state is not CustodyState.HELD:
            return PASS
        if custody.holder is None:
            return Outcome(Answer.FAIL, ("holder_unknown",), (custody.leaf,))
        return Outcome(Answer.PASS, (), (custody.leaf,))

    return test
