"""Copying a store in PostgreSQL with its own programs, `pg_dump` and `pg_restore`, in their custom format.

`pg_dump` reads the very snapshot that is replayed here (`pg_export_snapshot`, PostgreSQL documentation 9.28.5), and what it
wrote is then read back without a server: every leaf and envelope as `pg_restore` gives them (COPY's text format, section
"COPY"). One schema is copied, the one that the URL looks in; owners and rights are left out. What the programs print is not
shown: it may quote a row. The password comes from libpq's password file.

Trust: a copy is a program for the server that it is put back into; `pg_restore` runs it with the rights of that user.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import IO

from lossproof.errors import FormatError, InputError, StoreError, VerificationError
from lossproof.ledger.backup import replayed
from lossproof.ledger.database import Database, open_database
from lossproof.ledger.replay import Progress, Replayed
from lossproof.ledger.schema import check_tables
from lossproof.ledger.tree import EMPTY_ROOT, HASH_BYTES, Frontier, leaf_hash

_COPY = re.compile(rb"COPY \S+ \(([^)]*)\) FROM stdin;\n")
_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) ledger_setting ", re.MULTILINE)
_SCHEMA = re.compile(r"^\d+; \d+ \d+ (?:SCHEMA|COMMENT|ACL) - ")
_BATCH = 4096


def dump(database: Database, url: str, path: Path, progress: Progress | None) -> tuple[Replayed, ...]:
    """Write the store behind `database` to the file `path`, and read it back; every log in it.

    Raises `VerificationError` where the log does not hold, or the copy has other leaves; `InputError` where the programs are not
    installed; `StoreError` where they fail.
    """
    with database.snapshot():
        snapshot = str(database.execute("SELECT pg_export_snapshot()")[0][0])
        command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password"]
        where = [
            f"--snapshot={snapshot}",
            f"--schema={_quoted(_schema(database))}",
            f"--file={path}",
            f"--dbname={url}",
        ]
        _run([*command, *where])
        found = replayed(database, progress)
    _compare(path, found)
    return found


def load(copy: Path, url: str, progress: Progress | None) -> tuple[Replayed, ...]:
    """Make the store at `url` of a copy, in one transaction, and replay what is then there; every log of it.

    Raises `InputError` where there is a ledger already, or the copy belongs in another schema, `FormatError` where it is no copy
    of a store, `StoreError` where the server or its programs fail, `VerificationError` where the log does not hold.
    """
    listed = _listed(copy)
    table = _TABLE.search(listed)
    if table is None:
        raise FormatError(f"there is no ledger in {copy}")
    with open_database(url) as database:
        if database.has_table("ledger_setting"):
            raise InputError("there is a ledger in this store already", hint="a ledger is never overwritten")
        if _schema(database) != table[1]:
            raise InputError(
                f"the copy is of the schema {table[1]}, and the URL looks in another",
                hint="make that schema in the new database, and have the URL look there",
            )
        wanted = "".join(line for line in listed.splitlines(keepends=True) if _SCHEMA.match(line) is None)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as contents:
            contents.write(wanted)
            contents.flush()
            command = ["pg_restore", "--no-owner", "--no-privileges", "--no-password", "--single-transaction"]
            where = ["--exit-on-error", f"--use-list={contents.name}", f"--dbname={url}", str(copy)]
            _run([*command, *where])
        check_tables(database)
        return replayed(database, progress)


def _schema(database: Database) -> str:
    name = database.execute("SELECT current_schema()")[0][0]
    if name is None:
        raise InputError(
            "the URL looks in a schema that is not in the database", hint="make it there, or name another in the URL"
        )
    return str(name)


def _quoted(schema: str) -> str:
    """The name as a pattern of pg_dump that means this name alone."""
    return '"' + schema.replace('"', '""') + '"'


def _compare(path: Path, found: tuple[Replayed, ...]) -> None:
    """Return if the copy has the leaves that were replayed, and envelopes that are what they are called."""
    trees = dict(enumerate((bytearray(HASH_BYTES * one.size) for one in found), 1))
    seen = dict.fromkeys(trees, 0)
    for log, leaf, entry in _rows(path, "ledger_leaf", ("log", "leaf", "entry")):
        number, index = _number(log), _number(leaf)
        if number not in trees or not index < found[number - 1].size:
            raise VerificationError("the copy has a leaf that the store does not have")
        trees[number][index * HASH_BYTES : (index + 1) * HASH_BYTES] = leaf_hash(_bytes(entry))
        seen[number] += 1
    for number, one in enumerate(found, 1):
        if seen[number] != one.size or _root(trees[number]).hex() != one.root:
            raise VerificationError("the leaves in the copy do not give the root of the store")
    for digest, envelope in _rows(path, "ledger_envelope", ("digest", "bytes")):
        if hashlib.sha256(_bytes(envelope)).digest() != _bytes(digest):
            raise VerificationError("the copy has an envelope that is not what its digest says")


def _root(hashes: bytearray) -> bytes:
    frontier = Frontier()
    for start in range(0, len(hashes), _BATCH * HASH_BYTES):
        batch = bytes(hashes[start : start + _BATCH * HASH_BYTES])
        frontier = frontier.append(batch[at : at + HASH_BYTES] for at in range(0, len(batch), HASH_BYTES))
    return frontier.root() if hashes else EMPTY_ROOT


def _rows(path: Path, table: str, columns: tuple[str, ...]) -> Iterator[tuple[bytes, ...]]:
    """These columns of every row of a table, as COPY writes them."""
    with _reading(["pg_restore", "--data-only", f"--table={table}", "--file=-", str(path)]) as lines:
        places: list[int] = []
        for line in lines:
            if not places:
                start = _COPY.fullmatch(line)
                if start is not None:
                    names = start[1].decode().split(", ")
                    places = [names.index(column) for column in columns]
                continue
            if line == b"\\.\n":
                places = []
                continue
            fields = line.removesuffix(b"\n").split(b"\t")
            yield tuple(fields[place] for place in places)


def _number(field: bytes) -> int:
    if not field.isdigit():
        raise VerificationError("a row of the copy is not of its shape")
    return int(field)


def _bytes(field: bytes) -> bytes:
    """A binary column as COPY writes it: a doubled backslash, x, hexadecimal."""
    if not field.startswith(b"\\\\x"):
        raise VerificationError("a row of the copy is not of its shape")
    return bytes.fromhex(field[3:].decode("ascii", "replace"))


def _listed(copy: Path) -> str:
    """What the copy says that it holds, a line a thing. Raises `FormatError` where it is no copy."""
    try:
        with _reading(["pg_restore", "--list", str(copy)]) as lines:
            return b"".join(lines).decode("utf-8", "replace")
    except StoreError:
        raise FormatError(f"{copy} is not a copy that pg_restore reads") from None


def _run(command: list[str]) -> None:
    """Run a program to its end. Raises `StoreError` where it fails."""
    with _reading(command) as lines:
        lines.read()


@contextmanager
def _reading(command: list[str]) -> Iterator[IO[bytes]]:
    """What a program prints. Raises `StoreError` where it fails."""
    child = _start(command)
    assert child.stdout is not None  # noqa: S101  it was started with a pipe
    try:
        yield child.stdout
        _finish(child)
    finally:
        # Whoever stops reading early wants no more of it.
        child.kill()
        child.wait()
        child.stdout.close()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    program = which(command[0])
    if program is None:
        raise InputError(
            f"{command[0]} is not installed", hint="it comes with PostgreSQL's client programs, in the server's version"
        )
    try:
        return subprocess.Popen(
            [program, *command[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise StoreError(f"{command[0]} cannot be started: {error.strerror or 'the system refused'}") from None


def _finish(child: subprocess.Popen[bytes]) -> None:
    name = Path(str(child.args[0] if isinstance(child.args, list) else child.args)).name
    if child.wait() != 0:
        raise StoreError(
            f"{name} ended with status {child.returncode}",
            hint=f"run {name} by hand with the same URL: it says why, and may quote rows",
        )
