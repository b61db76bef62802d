"""How long a device has stood in a state of custody. Not a predicate: the `..._at_most` ones ask it."""

from __future__ import annotations

from lossproof.model.estate import CustodyState, DeviceState
from lossproof.policy.predicates import PASS, Answer, Outcome, Test


def at_most(state_of_custody: CustodyState, seconds: int, code: str) -> Test:
    """Fails with `code` once a device has been in the state for longer."""

    def test(state: DeviceState, at: int) -> Outcome:
        custody = state.custody
        if custody is None or custody.state is not state_of_custody:
            return PASS
        end = custody.since + seconds + 1
        if at >= end:
            return Outcome(Answer.FAIL, (code,), (custody.leaf,))
        return Outcome(Answer.PASS, (), (custody.leaf,), end)

    return test
