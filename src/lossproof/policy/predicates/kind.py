"""Which sorts of device the rule is for. `usb`, `hdd` and `optical` are other words for `stick`, `disk` and `disc`."""

from __future__ import annotations

from lossproof.model.estate import DeviceState
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.predicates import FAIL, PASS, Demands, Outcome, Part, Test
from lossproof.policy.predicates.values import plurals, words

NAME = "kind"
PART = Part.APPLIES
TEXTS: dict[str, str] = {}

_SYNONYMS = {"usb": DeviceKind.STICK, "hdd": DeviceKind.DISK, "optical": DeviceKind.DISC}


def parse(value: object) -> tuple[str, ...]:
    """A list of kinds of device."""
    known = (
        [_SYNONYMS.get(one, one) if isinstance(one, str) else one for one in value]
        if isinstance(value, list)
        else value
    )
    return words(known, tuple(DeviceKind))


def says(value: tuple[str, ...]) -> str:
    """Such as "are laptops or sticks"."""
    return f"are {plurals(['other device' if one == 'other' else one for one in value], 'or')}"


def compile(value: tuple[str, ...], demands: Demands) -> Test:  # noqa: A001, ARG001
    """Passes devices of these kinds."""
    kinds = frozenset(DeviceKind(one) for one in value)

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        return PASS if state.kind in kinds else FAIL

    return test
