"""How many statements a page sends to the database: by Django's wrapper, since its debug log cannot read the ledger's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def at_most(number: int) -> Iterator[list[str]]:
    """Fail where more than so many statements are sent in the block by this thread."""
    from django.db import connection

    seen: list[str] = []

    def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counted):
        yield seen
    assert len(seen) <= number, [one[:120] for one in seen]
