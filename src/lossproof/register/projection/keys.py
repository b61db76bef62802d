"""Whose word a fact is: the keys of the log by the leaf that enrolled them, and the relation of every organisation.

Rows hold a key as one number, its `signer`: the leaf of its enrolment, which is the same in every rebuilding. What a key was when
it signed it stays, but for being compromised, which the log's own projection keeps.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lossproof.errors import StoreError
from lossproof.ledger.database import Database
from lossproof.ledger.projection import Projection
from lossproof.ledger.reading import Log, Reader
from lossproof.model.fact import Grade, Method, Relation, Role
from lossproof.policy.grade import grade

ASKED = 400
"""How many values are asked for in one statement."""

_COLUMNS = "leaf, fingerprint, organisation, role, person, compromised"


class Signer(NamedTuple):
    """A key: `leaf` enrolled it, `compromised` is the leaf by which it was known to be, or None."""

    leaf: int
    fingerprint: str
    organisation: str
    role: Role
    person: str | None
    compromised: int | None


class Signers:
    """The keys and organisations of one log, read as they are asked for and remembered. Made anew for each transaction."""

    def __init__(self, database: Database, log: Log) -> None:
        self._database = database
        self._log = log
        self._by_mark: dict[str, Signer] = {}
        self._by_leaf: dict[int, Signer] = {}
        self._relations: dict[str, Relation] = {}

    def by_mark(self, marks: Iterable[str]) -> dict[str, Signer]:
        """The keys with these fingerprints, and others that are remembered."""
        missing = sorted(set(marks) - self._by_mark.keys())
        for first in range(0, len(missing), ASKED):
            some = missing[first : first + ASKED]
            self._remember(f"fingerprint IN ({', '.join('?' * len(some))})", some)
        return self._by_mark

    def by_leaf(self, leaves: Iterable[int]) -> dict[int, Signer]:
        """The keys that these leaves enrolled, and others that are remembered."""
        missing = sorted(set(leaves) - self._by_leaf.keys())
        for first in range(0, len(missing), ASKED):
            some = missing[first : first + ASKED]
            self._remember(f"leaf IN ({', '.join('?' * len(some))})", some)
        return self._by_leaf

    def _remember(self, condition: str, values: Iterable[str | int]) -> None:
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM ledger_key WHERE log = ? AND {condition}",  # noqa: S608  our own text
            (self._log.number, *values),
        )
        for leaf, mark, organisation, role, person, compromised in rows:
            one = Signer(leaf, mark, organisation, Role(role), person, compromised)
            self._by_mark[mark] = self._by_leaf[leaf] = one

    def grade(self, signer: Signer, method: Method) -> Grade:
        """The grade of what this key found out by `method`."""
        return grade(relation=self.relation(signer.organisation), role=signer.role, method=method)

    def relation(self, organisation: str) -> Relation:
        """The relation of an organisation to the controller, which it keeps. Raises `StoreError` where it was never registered."""
        if organisation not in self._relations:
            rows = self._database.execute(
                "SELECT subject, relation FROM ledger_organisation WHERE log = ?", (self._log.number,)
            )
            self._relations |= {subject: Relation(relation) for subject, relation in rows}
        if organisation not in self._relations:
            found = Projection(Reader(self._database, self._log)).relation(organisation)
            if found is None:
                raise StoreError(
                    "the store lacks an organisation that a fact names", hint="see `lossproof ledger fsck`"
                )
            self._relations[organisation] = found
        return self._relations[organisation]
