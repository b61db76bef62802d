"""How good the evidence must be: `claimed` (a processor's own word), `imported` (another system said so), `observed` (lossproof read the
device for the controller) or `examined` (an auditor took it apart). `observed` where a rule leaves it out."""

from __future__ import annotations

from lossproof.model.fact import Grade
from lossproof.policy.predicates import Part
from lossproof.policy.predicates.values import one_of

NAME = "level"
PART = Part.EVIDENCE
TEXTS: dict[str, str] = {}


def parse(value: object) -> Grade:
    """A grade; `>=observed` and `observed` say the same."""
    return Grade(one_of(value.removeprefix(">=") if isinstance(value, str) else value, tuple(Grade)))


def says(value: Grade) -> str:
    """Such as "observed or better"."""
    return str(value) if value is Grade.EXAMINED else f"{value} or better"
