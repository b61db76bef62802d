"""What is known of one device at a moment, as policy reads it: evidence, contents, custody, exemptions. Times are UTC epoch seconds.

Whoever folds a device's facts into these (`jobs`, the register's projection) has chosen what was so by t and known by k; policy
never asks again. Named tuples, since an estate has a hundred thousand of them. Left out: names, texts and paths.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from lossproof.model.fact import Grade, Method, Relation
from lossproof.model.facts.inspection import SeenLayer
from lossproof.model.facts.registration import DeviceKind, IdentifierScheme


class CustodyState(StrEnum):
    """Where a device stands between its owner and its holder."""

    IN_STOCK = "in_stock"
    OFFERED = "offered"
    HELD = "held"
    RETURNED = "returned"
    MISSING = "missing"
    FOUND = "found"
    QUARANTINED = "quarantined"
    DESTROYED = "destroyed"


class Evidence(NamedTuple):
    """One inspection of a device: who signed it, how good its word is, and the layers it saw.

    `signer` is the key's fingerprint, `person` and `organisation` whose key it is. `void` is true where the fact was withdrawn, or
    its key was known to be compromised.
    """

    leaf: int
    true_at: int
    grade: Grade
    method: Method
    layers: tuple[SeenLayer, ...]
    disagreements: tuple[str, ...]
    header: str
    serial: str | None
    signer: str
    person: str | None
    organisation: str
    void: bool


class Contents(NamedTuple):
    """One count of the people on a device. `named_only` is what else may be somebody's (`HoldingFact.unsettled`); `complete` is
    true where all that could be read was examined, to the end."""

    leaf: int
    true_at: int
    grade: Grade
    low: int
    point: int
    high: int
    categories: tuple[tuple[str, int], ...]
    named_only: int
    complete: bool
    void: bool


class CustodyNow(NamedTuple):
    """Who has the device: the state since when, by which leaf; `seen_at` is when anybody last had or saw it."""

    state: CustodyState
    since: int
    leaf: int
    holder: str | None
    organisation: str | None
    seen_at: int | None


class Exemption(NamedTuple):
    """A named person's leave to hand the device to people of `organisation` without fresh proof, until then."""

    id: str
    until: int
    approver: str
    leaf: int
    organisation: str


class DeviceState(NamedTuple):
    """All that policy knows of one device, void ones too: of evidence the newest of each grade, signer and sight, so that none hides
    what another key or another look said; of contents the newest of each grade."""

    device: str
    kind: DeviceKind
    organisation: str
    relation: Relation
    ended: bool = False
    evidence: tuple[Evidence, ...] = ()
    contents: tuple[Contents, ...] = ()
    custody: CustodyNow | None = None
    exemptions: tuple[Exemption, ...] = ()
    identifiers: frozenset[tuple[IdentifierScheme, str]] = frozenset()
