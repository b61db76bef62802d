"""One entry of the log: when what became known about which subject, and which leaf spoke of it before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from lossproof.model.shapes import DAY, TIME, Digest, LeafIndex, Number, RandomId, Shaped, Text, code

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far apart two clocks may be before one of them is called wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Shaped):
    """`kind` is `fact`, and `digest` the SHA-256 of the envelope's bytes; or `heads`, `digest` the root over (subject, last leaf),
    and `about` None. `known_at` is the log's clock, to the millisecond. `previous` is the last leaf about the subject (of heads:
    the last heads leaf), or None."""

    v: Annotated[int, Number(low=1, high=1)]
    kind: Annotated[str, code("fact heads")]
    known_at: Annotated[str, Text(pattern=rf"{DAY}T{TIME}\.\d{{3}}Z", moment=True)]
    about: RandomId | None
    previous: LeafIndex | None
    digest: Digest

    def __post_init__(self) -> None:
        """Check every field, and that facts have a subject and heads none."""
        Shaped.__post_init__(self)
        if (self.about is None) != (self.kind == "heads"):
            raise ValueError("about: of facts alone, and of all of them")
