"""A device that was found must not lie in quarantine longer than this."""

from __future__ import annotations

from lossproof.model.estate import CustodyState
from lossproof.policy.predicates import Demands, Part, Test
from lossproof.policy.predicates.in_state import at_most
from lossproof.policy.predicates.values import span, span_words

NAME = "quarantined_at_most"
PART = Part.CUSTODY
TEXTS = {"quarantine_open": "It was found, and nobody has finished examining it."}


def parse(value: object) -> int:
    """A time such as `14d`."""
    return span(value)


def says(value: int) -> str:
    """As part of a sentence."""
    return f"be examined within {span_words(value)} of being put in quarantine"


def compile(value: int, demands: Demands) -> Test:  # noqa: A001, ARG001
    """Fails once it has lasted longer."""
    return at_most(CustodyState.QUARANTINED, value, "quarantine_open")
