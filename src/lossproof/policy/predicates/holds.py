"""Which devices the rule is for by what is on them. Nothing is on a device only if a complete count of a good enough grade says so,
not older than the rule's evidence may be, and the device has not been handed out since. A rule without "-or-unknown" leaves out
the devices whose contents nobody counted."""

from __future__ import annotations

from lossproof.model.estate import Contents, DeviceState
from lossproof.policy.predicates import FAIL, PASS, Answer, Demands, Outcome, Part, Test
from lossproof.policy.predicates.counted import counted, possible, settled
from lossproof.policy.predicates.values import one_of

NAME = "holds"
PART = Part.APPLIES
TEXTS: dict[str, str] = {}

_WORDS = {"personal": "personal data", "special": "health data", "criminal_offence": "data on criminal offences"}
_OR_UNKNOWN = "-or-unknown"


def parse(value: object) -> str:
    """`any`, `personal`, `special` or `criminal_offence`; the last three also with `-or-unknown`."""
    return one_of(value, ["any", *_WORDS, *(f"{one}{_OR_UNKNOWN}" for one in _WORDS)])


def says(value: str) -> str:
    """Such as "hold personal data or nobody knows what"."""
    if value == "any":
        return "hold anything or nothing"
    return f"hold {_WORDS[value.removesuffix(_OR_UNKNOWN)]}{' or nobody knows what' if _OR_UNKNOWN in value else ''}"


def compile(value: str, demands: Demands) -> Test:  # noqa: A001
    """Passes devices that hold it, or may."""
    what, unknown_too = value.removesuffix(_OR_UNKNOWN), value.endswith(_OR_UNKNOWN)
    category = {"special": "health", "criminal_offence": "criminal_offence"}.get(what)

    def test(state: DeviceState, at: int) -> Outcome:
        for one in counted(state, demands.level).heard:
            if _holds(one, category):
                return Outcome(Answer.PASS, leaves=(one.leaf,))
        if not unknown_too:
            return FAIL
        shown = settled(state, demands.level)
        if shown is None or at > shown.true_at + demands.max_age:
            return PASS
        return Outcome(Answer.FAIL, leaves=(shown.leaf,), until=shown.true_at + demands.max_age + 1)

    def any_device(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        return PASS

    return any_device if what == "any" else test


def _holds(one: Contents, category: str | None) -> bool:
    return possible(one) if category is None else any(name == category and count > 0 for name, count in one.categories)
