"""Nobody may hold the device longer than this without handing it back."""

from __future__ import annotations

from lossproof.model.estate import CustodyState
from lossproof.policy.predicates import Demands, Part, Test
from lossproof.policy.predicates.in_state import at_most
from lossproof.policy.predicates.values import span, span_words

NAME = "held_at_most"
PART = Part.CUSTODY
TEXTS = {"held_too_long": "It has been held for longer than the rule allows."}


def parse(value: object) -> int:
    """A time such as `14d`."""
    return span(value)


def says(value: int) -> str:
    """As part of a sentence."""
    return f"not be held for longer than {span_words(value)}"


def compile(value: int, demands: Demands) -> Test:  # noqa: A001, ARG001
    """Fails once it has lasted longer."""
    return at_most(CustodyState.HELD, value, "held_too_long")
