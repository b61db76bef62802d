"""What a kind of erasable thing is: what a module of `kinds` calls `KIND`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models

from lossproof.ledger.store import Ledger


class Ground(NamedTuple):
    """Under which rule something is erased, and when."""

    rule: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. `what` says what it is and what is left of it, `since` from when its days are counted, both for people.

    `due(ledger, before, most)` gives the keys of at most so many things whose days had begun by `before`: never what is erased
    already, nor what must not go yet. `erase(ledger, keys, ground)` erases them, in the transaction of the caller.
    """

    name: str
    what: str
    since: str
    due: Callable[[Ledger, datetime, int], list[str]]
    erase: Callable[[Ledger, Sequence[str], Ground], None]


def rows(name: str, what: str, since: str, table: type[models.Model], time: str) -> Kind:
    """The kind of rows of a table that are deleted whole; their days are counted from the column `time`."""
    objects: Any = table._default_manager

    def due(_ledger: Ledger, before: datetime, most: int) -> list[str]:
        return [str(key) for key in objects.filter(**{f"{time}__lte": before}).values_list("pk", flat=True)[:most]]

    def erase(_ledger: Ledger, keys: Sequence[str], _ground: Ground) -> None:
        objects.filter(pk__in=keys).delete()

    return Kind(name=name, what=what, since=since, due=due, erase=erase)
