"""That the controller's rules are these from then on: the digest of their text, which is kept in the store as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from lossproof.model.fact import Authentication, Predicate, Role
from lossproof.model.shapes import Digest, Moment, Number, RandomId


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Predicate):
    """One version of the rules. The statement's one subject is the controller; `rules` is the plain SHA-256 of the text in UTF-8,
    `by` the person who decided it."""

    KIND: ClassVar[str] = "policy"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset({Role.OWNER, Role.DECIDER, Role.REGISTER})

    version: Annotated[int, Number(low=1, high=999_999)]
    rules: Digest
    effective_at: Moment
    by: RandomId | None
    authenticated: Authentication


PREDICATE = Policy
