"""The tables that somebody sent: CSV in any common encoding and delimiter, XLSX, ODS, XLS; read by a confined child.

A register takes such files from people and from other systems, so they are as little trusted as a found document, and the same
readers read them in the same cage. Each sheet of a workbook that has cells is a table; of text that is no table, the lines are
one. Left out: what stands beside the cells, and what sheets are called.
"""

from __future__ import annotations

import os
import re
import tempfile
from typing import IO

from lossproof.discover import protocol
from lossproof.discover.pool import Job, Pool
from lossproof.errors import FormatError, InputError, KeyRequiredError, LossproofError, UnsupportedError

MOST_BYTES = 64 << 20
MOST_ROWS = 250_000
MOST_CELLS = 6_000_000

_ERRORS: dict[str, type[LossproofError]] = {"encrypted": KeyRequiredError, "damaged": FormatError}


def tables(content: bytes, name: str) -> list[list[list[str]]]:
    """The rows of each table in `content`, a file called `name`; cells as text, rows as long as they are, blank ones left out.

    Raises `FormatError`, `UnsupportedError` or `KeyRequiredError` for what cannot be read, `InputError` for a file of more than
    64 MiB, 250,000 rows or six million cells.
    """
    if len(content) > MOST_BYTES:
        raise InputError("the file is larger than 64 MiB", hint="split it")
    taken = _Taken()
    request = protocol.Request(kind="table", name=protocol.sendable(name), size_bytes=len(content))
    with _unnamed_file() as file, Pool(1) as pool:
        file.write(content)
        file.flush()
        job = Job(request, len(content), taken.take, taken.fail, lambda: _read_only(file.fileno()))
        pool.run(iter([job]))
    if taken.error is not None:
        raise taken.error
    return [rows for rows in taken.tables.values() if rows]


class _Taken:
    """What the child says, within bounds."""

    def __init__(self) -> None:
        self.tables: dict[int, list[list[str]]] = {}
        self.error: LossproofError | None = None
        self._rows = self._cells = 0

    def take(self, reply: protocol.Reply) -> None:
        for _, reason, text in reply.unread:
            self.fail(reason, text)
        self._cells += sum(map(len, reply.rows))
        self._rows += len(reply.rows)
        if self._rows > MOST_ROWS or self._cells > MOST_CELLS:
            self.error = InputError("the file has more than 250,000 rows or six million cells", hint="split it")
        if self.error is None and reply.rows:
            self.tables.setdefault(reply.table, []).extend(reply.rows)

    def fail(self, reason: str, text: str) -> None:
        if self.error is None:
            kind = _ERRORS.get(reason, UnsupportedError)
            # What follows says how such a file is treated among documents.
            what = re.split("[:;]", text or reason.replace("_", " "), maxsplit=1)[0]
            hint = "save the list as CSV, XLSX, ODS or XLS" if kind is UnsupportedError else ""
            self.error = kind(f"the table cannot be read: {what}", hint=hint)


def _unnamed_file() -> IO[bytes]:
    """A file that is in no folder: in memory where the system has that, because the table may name people."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("table"), "w+b")
    return tempfile.TemporaryFile()


def _read_only(descriptor: int) -> int:
    """The same file, opened to be read alone where the system has a way."""
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
    except OSError:
        return os.dup(descriptor)
