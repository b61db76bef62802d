"""How old the evidence may be at the moment a device is handed over, where the rule stops that. 24 hours where such a rule leaves it
out."""

from __future__ import annotations

from lossproof.policy.predicates import Part
from lossproof.policy.predicates.values import span, span_words

NAME = "fresh"
PART = Part.EVIDENCE
TEXTS: dict[str, str] = {}


def parse(value: object) -> int:
    """A time such as `24h`."""
    return span(value)


def says(value: int) -> str:
    """Such as "not older than 24 hours when the device is handed over"."""
    return f"not older than {span_words(value)} when a device is handed over"
