"""Which devices the rule is for by whose they are, named by random id."""

from __future__ import annotations

import re

from lossproof.model.estate import DeviceState
from lossproof.policy.predicates import FAIL, PASS, Demands, Outcome, Part, Test

NAME = "organisation"
PART = Part.APPLIES
TEXTS: dict[str, str] = {}

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def parse(value: object) -> tuple[str, ...]:
    """A list of organisations' random ids."""
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(one, str) and _ID.fullmatch(one) for one in value)
    ):
        raise ValueError("give a list of random ids of organisations, 32 hexadecimal digits each")
    return tuple(sorted(set(value)))


def says(value: tuple[str, ...]) -> str:
    """Such as "belong to one of 2 organisations that the rule names"."""
    return f"belong to {'an organisation' if len(value) == 1 else f'one of {len(value)} organisations'} that the rule names"


def compile(value: tuple[str, ...], demands: Demands) -> Test:  # noqa: A001, ARG001
    """Passes devices of these organisations."""
    these = frozenset(value)

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        return PASS if state.organisation in these else FAIL

    return test
