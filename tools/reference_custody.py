"""The custody page: the drawing and the table of which event may follow which, from `policy.custody`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator

from lossproof.errors import PolicyError
from lossproof.model.estate import CustodyState
from lossproof.model.facts.custody import CustodyEvent
from lossproof.policy import custody, gate

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]


def parts(table: Table) -> Iterator[str]:
    """What stands on the page below its title."""
    yield inspect.cleandoc(custody.__doc__ or "")
    yield "Each row is a state, each column an event; the cell is the state after it. An empty cell is refused."
    yield table(["", *(event.value for event in CustodyEvent)], map(_row, CustodyState))
    yield "## The issue gate"
    yield inspect.cleandoc(gate.__doc__ or "")


def _row(state: CustodyState) -> Iterator[str]:
    yield f"**{state.value}**"
    for event in CustodyEvent:
        try:
            after = {custody.after(state, event, with_somebody=held) for held in (False, True)}
        except PolicyError:
            yield ""
        else:
            yield " or ".join(sorted((one.value for one in after), reverse=True))
