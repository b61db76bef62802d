"""How old the evidence may be. Older evidence that shows a device to be protected proves nothing any more; that which shows it to be
unprotected holds until newer evidence says otherwise. 31 days where a rule leaves it out."""

from __future__ import annotations

from lossproof.policy.predicates import Part
from lossproof.policy.predicates.values import span, span_words

NAME = "max_age"
PART = Part.EVIDENCE
TEXTS: dict[str, str] = {}


def parse(value: object) -> int:
    """A time such as `31d`."""
    return span(value)


def says(value: int) -> str:
    """Such as "not older than 31 days"."""
    return f"not older than {span_words(value)}"
