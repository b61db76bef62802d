"""How much personal data a device held when it was read: counts, and the digest of the sealed manifest of the people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from lossproof.model import vocabulary
from lossproof.model.fact import LOOKERS, Method, Predicate, Role
from lossproof.model.shapes import Bytes, Count, Digest, RandomId, Shaped, Tool, code

LOCKED = "locked"
"""Why a part that nobody reads without its secret was not examined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleCount(Shaped):
    """How many distinct people: `low <= point <= high`."""

    low: Count
    point: Count
    high: Count

    def __post_init__(self) -> None:
        """Check every field, and their order."""
        Shaped.__post_init__(self)
        if not self.low <= self.point <= self.high:
            raise ValueError("people: low, point and high in this order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Shaped):
    """Different values of an identifier, and how often any was seen."""

    distinct: Count
    mentions: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Shaped):
    """The sealed list of the people, kept beside the log: its ciphertext's digest, its length in whole sectors, and who can open it:
    the SHA-256 of the recipient's text."""

    sha256: Digest
    size_bytes: Bytes
    recipient: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingFact(Predicate):
    """Counts only. `raw` are the people in what no file claims, counted apart; `not_examined` counts reasons; `exposed` is what
    `check` concluded, or None where nobody could say. `scan` is random, `rules` the version of the linking rules."""

    KIND: ClassVar[str] = "holding"
    SIGNERS: ClassVar[frozenset[Role]] = LOOKERS

    method: Method
    tool: Tool
    scan: RandomId
    rules: Count
    people: PeopleCount
    raw: PeopleCount
    people_by_category: dict[Annotated[str, code(vocabulary.CATEGORIES)], Count]
    identifiers: dict[Annotated[str, code(vocabulary.IDENTIFIERS)], Seen]
    unattributed: dict[Annotated[str, code(vocabulary.IDENTIFIERS)], Count]
    named_only: Count
    possible: Count
    files: Count
    not_examined: dict[Annotated[str, code(vocabulary.NOT_EXAMINED)], Count]
    interrupted: bool
    exposed: bool | None
    manifest: Manifest | None

    @property
    def from_outside(self) -> bool:
        """Whether parts were locked and nothing of anybody was found in the rest: of what is on the device it says nothing."""
        found = self.people.high or self.raw.high or self.unsettled
        return bool(self.not_examined.get(LOCKED)) and not found

    @property
    def unsettled(self) -> int:
        """How much beside the people counted may be somebody's: names without a number, numbers without a name, and what is possible."""
        return self.named_only + self.possible + sum(self.unattributed.values())

    def signers(self) -> frozenset[Role]:
        """A register passes on what other systems report, and looks at nothing itself."""
        return self.SIGNERS | {Role.REGISTER} if self.method is Method.REPORTED else self.SIGNERS


PREDICATE = HoldingFact
