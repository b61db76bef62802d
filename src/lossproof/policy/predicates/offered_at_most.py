"""An offer of the device must be answered within this time."""

from __future__ import annotations

from lossproof.model.estate import CustodyState
from lossproof.policy.predicates import Demands, Part, Test
from lossproof.policy.predicates.in_state import at_most
from lossproof.policy.predicates.values import span, span_words

NAME = "offered_at_most"
PART = Part.CUSTODY
TEXTS = {"offer_open": "It was offered, and nobody has accepted or declined it. Take it back into stock."}


def parse(value: object) -> int:
    """A time such as `14d`."""
    return span(value)


def says(value: int) -> str:
    """As part of a sentence."""
    return f"be accepted or declined within {span_words(value)} of an offer"


def compile(value: int, demands: Demands) -> Test:  # noqa: A001, ARG001
    """Fails once it has lasted longer."""
    return at_most(CustodyState.OFFERED, value, "offer_open")
