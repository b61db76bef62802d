"""That somebody asked for a device to be encrypted, or reported that it does not encrypt; and what came of it. It has a clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from lossproof.model import vocabulary
from lossproof.model.fact import Authentication, Predicate, Role
from lossproof.model.shapes import Moment, RandomId, code


class Ask(StrEnum):
    """What is asked."""

    ENCRYPT = "encrypt"
    DOES_NOT_ENCRYPT = "does_not_encrypt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Predicate):
    """One device is the statement's subject. `request` is its random id, the same in the answer; `due_at` when an answer is
    owed. Without `outcome` it is made, with one it is answered."""

    KIND: ClassVar[str] = "request"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset({Role.OWNER, Role.REGISTER})

    request: RandomId
    ask: Ask
    by: RandomId | None
    authenticated: Authentication
    due_at: Moment
    outcome: Annotated[str, code(vocabulary.OUTCOMES)] | None = None


PREDICATE = Request
