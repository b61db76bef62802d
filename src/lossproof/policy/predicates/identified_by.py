"""The device must be registered with an identifier of one of these sorts, so that it can be told apart from others like it."""

from __future__ import annotations

from lossproof.model.estate import DeviceState
from lossproof.model.facts.registration import IdentifierScheme
from lossproof.policy.predicates import FAIL, PASS, Demands, Outcome, Part, Test
from lossproof.policy.predicates.values import choice, words

NAME = "identified_by"
PART = Part.CUSTODY
TEXTS = {"not_identified": "Nothing is registered by which it can be told apart from others like it."}

_SPOKEN = {
    "header_sha256": "what was read of its headers",
    "volume_uuid": "a volume's UUID",
    "serial": "a serial number",
}


def parse(value: object) -> tuple[str, ...]:
    """A list of schemes of identifiers."""
    return words(value, tuple(IdentifierScheme))


def says(value: tuple[str, ...]) -> str:
    """Such as "be registered by an asset tag or a serial number"."""
    return f"be registered by {choice([_SPOKEN.get(one, 'an asset tag') for one in value])}"


def compile(value: tuple[str, ...], demands: Demands) -> Test:  # noqa: A001, ARG001
    """Fails where none of them is registered."""
    schemes = frozenset(IdentifierScheme(one) for one in value)
    failed = FAIL._replace(codes=("not_identified",))

    def test(state: DeviceState, at: int) -> Outcome:  # noqa: ARG001
        for scheme, _ in state.identifiers:
            if scheme in schemes:
                return PASS
        return failed

    return test
