"""Whether evidence must come from before the device was reported missing, while it is missing. It must where a rule leaves it out."""

from __future__ import annotations

from lossproof.policy.predicates import Part

NAME = "before_loss"
PART = Part.EVIDENCE
TEXTS: dict[str, str] = {}


def parse(value: object) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise ValueError("give true or false")
    return value


def says(value: bool) -> str:
    """As part of a sentence."""
    return "from before a loss" if value else "from before or after a loss"
